// SPDX-License-Identifier: Apache-2.0
// Checks resources against the definitions and prints what is wrong, a line each.
#include "app/commands.h"
#include "app/definitions.h"
#include "fhir/validate/structure.h"

#include <fmt/format.h>

namespace app::commands {

namespace {

constexpr std::string_view usage =
    "usage: andiron validate FILE... [--quiet]\n\n"
    "Checks each FHIR R4 resource (JSON or XML; - is standard input): well-formed, known elements, cardinality, choice types,\n"
    "primitive formats, required bindings, narrative. Prints FILE: SEVERITY: PLACE: what is wrong. Exit 0 when there is no error,\n"
    "65 when there is one, 66 when a file cannot be read.\n";

void print(const std::string& file, const base::Finding& finding) {
    fmt::print("{}: {}: {}{}{}\n", file, base::spelling(finding.severity), finding.where, finding.where.empty() ? "" : ": ",
               finding.text);
}

}  // namespace

int validate(const Arguments& arguments) {
    bool quiet = false;
    Arguments files;
    for (const std::string& argument : arguments) {
        if (argument == "--help") {
            fmt::print("{}", usage);
            return 0;
        }
        if (argument == "--quiet") {
            quiet = true;
        } else if (argument.starts_with("--")) {
            return wrong_usage("unknown flag " + argument, "validate");
        } else {
            files.push_back(argument);
        }
    }
    if (files.empty()) return wrong_usage("no file given", "validate");
    auto schema = open_definitions();
    if (!schema) return fail(schema.fault());

    std::size_t bad = 0;
    for (const std::string& file : files) {
        const auto bytes = read_file(file);
        if (!bytes) return fail(bytes.fault());
        const auto document = read_resource(*bytes, *schema);
        const base::Findings findings = document ? fhir::validate::check_structure(document->root(), *schema)
                                                 : document.fault().findings;
        for (const base::Finding& finding : findings) print(file, finding);
        if (!document || base::any_error(findings)) {
            ++bad;
        } else if (!quiet) {
            fmt::print("{}: valid {}\n", file, document->root().resource_type());
        }
    }
    return bad == 0 ? 0 : 65;
}

}  // namespace app::commands
