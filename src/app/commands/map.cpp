// SPDX-License-Identifier: Apache-2.0
// Translates HL7 v2 messages to FHIR without storing anything, explains each element, and checks the maps.
#include "app/commands.h"
#include "app/definitions.h"
#include "app/places.h"
#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"
#include "hl7v2/adapter.h"
#include "hl7v2/parse.h"
#include "mapping/explain.h"

#include <fmt/format.h>

namespace app::commands {

namespace {

constexpr std::string_view usage =
    "usage: andiron map FILE [--explain] [--site DIR]\n"
    "       andiron map --check [--site DIR]\n\n"
    "Translates an HL7 v2 message (- is standard input) and prints a FHIR collection Bundle; what was imperfect goes to standard\n"
    "error. Nothing is stored.\n\n"
    "  --explain    print each element with the line of the map that made it, and what no line took\n"
    "  --check      prove every map against the FHIR definitions, without a message\n"
    "  --site DIR   maps of a site: its rows change ours one by one\n";

struct Options {
    bool explain = false;
    bool check = false;
    bool help = false;
    std::string site;
    std::string file;
};

base::Result<Options> read(const Arguments& arguments) {
    using base::Fault;
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--help") {
            options.help = true;
        } else if (argument == "--explain") {
            options.explain = true;
        } else if (argument == "--check") {
            options.check = true;
        } else if (argument == "--site" && i + 1 < arguments.size()) {
            options.site = arguments[++i];
        } else if (argument.starts_with("--") || !options.file.empty()) {
            return Fault{Fault::Kind::unsupported, "unknown argument " + argument};
        } else {
            options.file = argument;
        }
    }
    if (!options.help && !options.check && options.file.empty()) return Fault{Fault::Kind::unsupported, "no file given"};
    return options;
}

fhir::Document collection(const mapping::Translation& translation, const fhir::Names& names) {
    using namespace fhir::literals;
    fhir::Builder build(names);
    build.resource("Bundle");
    build.value("type"_name, "collection");
    for (const mapping::Entry& entry : translation.entries) {
        build.open("entry"_name, true);
        build.copy(entry.resource.root(), "resource"_name, false);
        build.close();
    }
    return std::move(build).finish();
}

}  // namespace

int map(const Arguments& arguments) {
    const auto options = read(arguments);
    if (!options) return wrong_usage(options.fault().text, "map");
    if (options->help) {
        fmt::print("{}", usage);
        return 0;
    }
    const auto schema = open_definitions();
    if (!schema) return fail(schema.fault());
    const Places where = places();
    mapping::Folders folders{.maps = {where.maps + "/hl7v2"}, .vocabulary = {where.vocabulary}};
    if (!options->site.empty()) {
        folders.maps.push_back(options->site);
        folders.vocabulary.push_back(options->site);
    }
    const auto library = mapping::load_library(folders, *schema);
    if (!library) return fail(library.fault());
    const auto grammar = hl7v2::Grammar::load(where.structure + "/hl7v2");
    if (!grammar) return fail(grammar.fault());
    if (options->check) {
        fmt::print("the maps hold: every target, type and code agrees with FHIR {}\n", schema->fhir_version());
        return 0;
    }

    auto bytes = read_file(options->file);
    if (!bytes) return fail(bytes.fault());
    const auto message = hl7v2::parse(*std::move(bytes));
    if (!message) return fail(message.fault());
    const auto structure = grammar->of(*message);
    if (!structure) return fail(structure.fault());
    const auto translation = hl7v2::translate(*message, **structure, *library,
                                              {.received = base::system_clock().now(), .trace = options->explain});
    if (!translation) return fail(translation.fault());
    for (const base::Finding& finding : translation->findings)
        fmt::print(stderr, "{}: {}: {}\n", base::spelling(finding.severity), finding.where, finding.text);
    if (options->explain) {
        fmt::print("{}", mapping::explain(*translation, false));
    } else {
        fmt::print("{}", fhir::codec::to_pretty_json(collection(*translation, schema->names()).root()));
    }
    return 0;
}

}  // namespace app::commands
