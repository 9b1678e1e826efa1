// SPDX-License-Identifier: Apache-2.0
#include "app/commands.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace app {

namespace {

struct Command {
    std::string_view name;
    int (*run)(const Arguments&);
    std::string_view what;
};

constexpr Command table[] = {
    {"serve", commands::serve, "run the server: FHIR, HL7 v2 over MLLP, management"},
    {"validate", commands::validate, "check FHIR files against the definitions"},
    {"path", commands::path, "evaluate a FHIRPath expression on a resource"},
    {"map", commands::map, "translate an HL7 v2 message to FHIR, or check the maps"},
    {"package", commands::package, "look into FHIR packages, install them, compile them"},
    {"unit", commands::unit, "check, compare and convert UCUM units"},
    {"code", commands::code, "ask about codes: check, look up, expand, subsume"},
    {"send", commands::send, "send HL7 v2 messages over MLLP and print the answers"},
    {"listen", commands::listen, "receive HL7 v2 messages over MLLP for trials"},
    {"desk", commands::desk, "see what became of messages; replay, edit or discard them"},
    {"backup", commands::backup, "save the data of a running server, or prove a backup"},
    {"restore", commands::restore, "make a data folder of a backup"},
    {"test", commands::test, "run conformance suites against a FHIR server, ours or another"},
    {"version", commands::version, "print the version"},
};

void help() {
    fmt::print("Andiron: a FHIR R4 server and interoperability gateway\n\nusage: andiron COMMAND [ARGUMENT...]\n\n");
    for (const Command& command : table) fmt::print("  {:<10} {}\n", command.name, command.what);
    fmt::print("\nandiron COMMAND --help tells more.\n");
}

int exit_code(base::Fault::Kind kind) {
    using Kind = base::Fault::Kind;
    switch (kind) {
        case Kind::malformed:
        case Kind::invalid:
        case Kind::too_large: return 65;
        case Kind::unsupported: return 64;
        case Kind::unknown:
        case Kind::denied: return 77;
        case Kind::missing:
        case Kind::gone: return 66;
        case Kind::bug: return 70;
        default: return 75;
    }
}

}  // namespace

int run(const Arguments& arguments) {
    if (arguments.empty()) {
        help();
        return 64;
    }
    if (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
        help();
        return 0;
    }
    if (arguments[0] == "--version") return commands::version({});
    for (const Command& command : table) {
        if (command.name != arguments[0]) continue;
        try {
            if (arguments.back() == "--help") return command.run({"--help"});  // also behind a second word: "package add --help"
            return command.run({arguments.begin() + 1, arguments.end()});
        } catch (const std::exception& error) {
            fmt::print(stderr, "andiron {}: internal error: {}\n", command.name, error.what());
            return 70;
        }
    }
    fmt::print(stderr, "andiron: no command \"{}\"; andiron --help lists them\n", arguments[0]);
    return 64;
}

int fail(const base::Fault& fault) {
    fmt::print(stderr, "andiron: {}{}{}\n", fault.text, fault.where.empty() ? "" : " at ", fault.where);
    for (const base::Finding& finding : fault.findings)
        if (finding.text != fault.text) fmt::print(stderr, "  {}: {}: {}\n", base::spelling(finding.severity), finding.where, finding.text);
    return exit_code(fault.kind);
}

int wrong_usage(std::string_view text, std::string_view command) {
    fmt::print(stderr, "andiron {0}: {1}\nandiron {0} --help tells more.\n", command, text);
    return 64;
}

base::Result<std::string> read_file(const std::string& path) {
    if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::error_code ignored;
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path, ignored)) return base::Fault{base::Fault::Kind::missing, "cannot read " + path};
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace app
