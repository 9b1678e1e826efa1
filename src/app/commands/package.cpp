// SPDX-License-Identifier: Apache-2.0
// Looks into FHIR packages and compiles them with the compiler that makes our own definitions.
#include "app/commands.h"
#include "app/definitions.h"
#include "base/text.h"
#include "fhir/codec/xml.h"
#include "fhir/definition/compile.h"
#include "fhir/definition/package.h"

#include <fmt/format.h>

#include <fstream>
#include <map>

namespace app::commands {

namespace {

using base::Fault;

constexpr std::string_view usage =
    "usage: andiron package show PACKAGE\n"
    "       andiron package compile PACKAGE... --out FILE\n\n"
    "A PACKAGE is a folder or a .tgz archive as FHIR registries publish them.\n\n"
    "  show       count what is in it, by resource type\n"
    "  compile    compile the definitions of all packages together into one packed file\n\n"
    "Profiles are counted, not yet applied when resources are checked.\n";

// Packages also carry schematrons and the like beside the resources.
bool is_resource_file(std::string_view name) {
    return name.ends_with(".json") || name.ends_with(".xml") || name.find('.') == std::string_view::npos;
}

base::Result<fhir::Document> read_definition(std::string_view name, std::string_view bytes, const fhir::schema::Schema& schema) {
    if (name.ends_with(".xml")) return fhir::codec::read_xml(bytes, schema);
    return fhir::codec::read_json(bytes, schema.names());
}

int show(const std::string& package, const fhir::schema::Schema& schema) {
    std::map<std::string, std::size_t, std::less<>> counts;
    std::size_t unreadable = 0;
    const auto read = fhir::definition::read_package(package, [&](std::string_view name, std::string_view bytes) -> base::Result<void> {
        if (!is_resource_file(name)) return {};
        const auto document = read_definition(name, bytes, schema);
        if (!document) {
            ++unreadable;
            fmt::print(stderr, "{}: {}\n", name, document.fault().text);
            return {};
        }
        ++counts[std::string(document->root().resource_type())];
        return {};
    });
    if (!read) return fail(read.fault());
    for (const auto& [type, count] : counts) fmt::print("{:>6}  {}\n", count, type);
    if (unreadable > 0) fmt::print("{:>6}  not readable as FHIR R4\n", unreadable);
    return 0;
}

int compile(const Arguments& packages, const std::string& out, const fhir::schema::Schema& schema) {
    fhir::definition::Compiler compiler;
    for (const std::string& package : packages) {
        const auto read = fhir::definition::read_package(package, [&](std::string_view name, std::string_view bytes) -> base::Result<void> {
            const bool wanted = name.starts_with("StructureDefinition") || name.starts_with("SearchParameter") || name.starts_with("ValueSet");
            if (!wanted || !is_resource_file(name)) return {};
            const auto document = read_definition(name, bytes, schema);
            if (document) {
                compiler.add(document->root());
            } else {
                fmt::print(stderr, "left out {}: {}\n", name, document.fault().text);
            }
            return {};
        });
        if (!read) return fail(read.fault());
    }
    const auto counts = compiler.counts();
    const auto packed = std::move(compiler).finish();
    if (!packed) return fail(packed.fault());
    std::ofstream file(out, std::ios::binary);
    if (!file.write(packed->data(), static_cast<std::streamsize>(packed->size()))) {
        fmt::print(stderr, "andiron: cannot write {}\n", out);
        return 74;
    }
    fmt::print("{}: {} types, {} profiles seen, {} search parameters, {} value sets, {} bytes\n", out, counts.types, counts.profiles,
               counts.parameters, counts.value_sets, packed->size());
    return 0;
}

}  // namespace

int package(const Arguments& arguments) {
    if (arguments.empty() || arguments[0] == "--help") {
        fmt::print("{}", usage);
        return arguments.empty() ? 64 : 0;
    }
    const auto schema = open_definitions();
    if (!schema) return fail(schema.fault());
    if (arguments[0] == "show" && arguments.size() == 2) return show(arguments[1], *schema);
    if (arguments[0] == "compile") {
        Arguments packages;
        std::string out;
        for (std::size_t i = 1; i < arguments.size(); ++i) {
            if (arguments[i] == "--out" && i + 1 < arguments.size()) {
                out = arguments[++i];
            } else {
                packages.push_back(arguments[i]);
            }
        }
        if (!packages.empty() && !out.empty()) return compile(packages, out, *schema);
    }
    return wrong_usage("say show PACKAGE, or compile PACKAGE... --out FILE", "package");
}

}  // namespace app::commands
