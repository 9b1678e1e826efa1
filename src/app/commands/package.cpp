// SPDX-License-Identifier: Apache-2.0
// Looks into FHIR packages, installs them, and compiles them with the compiler that makes our own definitions.
#include "app/commands.h"
#include "app/definitions.h"
#include "app/packages.h"
#include "base/flags.h"
#include "fhir/definition/compile.h"
#include "fhir/definition/compile_package.h"
#include "fhir/definition/package.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

namespace app::commands {

namespace {

using namespace fhir::literals;

constexpr std::string_view usage =
    "usage: andiron package show PACKAGE\n"
    "       andiron package add PACKAGE... [--data FOLDER]\n"
    "       andiron package list [--data FOLDER]\n"
    "       andiron package remove NAME#VERSION... [--data FOLDER]\n"
    "       andiron package compile PACKAGE... --out FILE\n\n"
    "A PACKAGE is a folder or a .tgz archive as FHIR registries publish them.\n\n"
    "  show       say what is in it: resources by type, profiles, extensions, dependencies\n"
    "  add        install it: its profiles, value sets, code systems and search parameters are active when the server\n"
    "             starts the next time; several versions of one package may stand side by side\n"
    "  list       the installed packages and what they depend on\n"
    "  remove     uninstall it\n"
    "  compile    compile the types that the packages define together into one packed file (for packages like\n"
    "             hl7.fhir.r4.core, not for guides)\n\n"
    "  --data FOLDER   the server's data folder, default ./data\n\n"
    "Exit codes: 0 done, 64 wrong usage, 65 not a sound package, 66 no such package, 74 or 75 it cannot be written.\n";

// Packages also carry schematrons and the like beside the resources.
bool is_resource_file(std::string_view name) {
    return name.ends_with(".json") || name.ends_with(".xml") || name.find('.') == std::string_view::npos;
}

// Where a StructureDefinition is counted: what kind of thing does it define?
std::string_view sort_of(fhir::View definition) {
    if (definition.text("derivation"_name) != "constraint") return definition.text("kind"_name) == "logical" ? "logical models" : "types";
    return definition.text("type"_name) == "Extension" ? "extensions" : "profiles";
}

void print(const fhir::definition::PackageFacts& facts) {
    fmt::print("{}{}{}, {} definitions\n", facts.label(), facts.title.empty() ? "" : "  ", facts.title, facts.definitions);
    for (const std::string& dependency : facts.dependencies) {
        const bool missing = std::find(facts.missing.begin(), facts.missing.end(), dependency) != facts.missing.end();
        fmt::print("  depends on {}{}\n", dependency, missing ? ", which is not installed" : "");
    }
    for (const base::Finding& finding : facts.findings)
        fmt::print("  {}: {}{}{}\n", base::spelling(finding.severity), finding.where, finding.where.empty() ? "" : ": ", finding.text);
}

int show(const std::string& package, const fhir::schema::Schema& schema) {
    std::map<std::string, std::size_t, std::less<>> counts;
    std::map<std::string_view, std::vector<std::string>> structures;
    fhir::definition::Manifest manifest;
    std::size_t unreadable = 0;
    const auto read = fhir::definition::read_package(package, [&](std::string_view name, std::string_view bytes) -> base::Result<void> {
        if (name == "package.json") {
            TRY(manifest, fhir::definition::read_manifest(bytes, schema.names()));
            return {};
        }
        if (!is_resource_file(name)) return {};
        const auto document = fhir::definition::read_definition(bytes, schema);
        if (!document) {
            ++unreadable;
            fmt::print(stderr, "{}: {}\n", name, document.fault().text);
            return {};
        }
        const fhir::View root = document->root();
        ++counts[std::string(root.resource_type())];
        if (root.child("kind"_name) && root.child("baseDefinition"_name))
            structures[sort_of(root)].push_back(fmt::format("{}  on {}", root.text("url"_name), root.text("type"_name)));
        return {};
    });
    if (!read) return fail(read.fault());
    if (!manifest.name.empty()) fmt::print("{}  {}\n", manifest.label(), manifest.title);
    for (const std::string& dependency : manifest.dependencies) fmt::print("  depends on {}\n", dependency);
    for (const auto& [type, count] : counts) fmt::print("{:>6}  {}\n", count, type);
    if (unreadable > 0) fmt::print("{:>6}  not readable as FHIR R4\n", unreadable);
    for (auto& [sort, urls] : structures) {
        fmt::print("{} {}\n", urls.size(), sort);
        std::sort(urls.begin(), urls.end());
        for (const std::string& url : urls) fmt::print("  {}\n", url);
    }
    return 0;
}

int add(const Arguments& packages, const std::string& data, const fhir::schema::Schema& schema) {
    auto library = open_library(schema);
    if (!library) return fail(library.fault());
    load_packages(data, *library);  // what cannot be read is said by "list"
    for (const std::string& package : packages) {
        const auto facts = install_package(data, package, *library);
        if (!facts) return fail(facts.fault());
        print(*facts);
    }
    return 0;
}

int list(const std::string& data, const fhir::schema::Schema& schema) {
    auto library = open_library(schema);
    if (!library) return fail(library.fault());
    const std::size_t own = library->packages().size();
    bool sound = true;
    for (const base::Finding& finding : load_packages(data, *library)) {
        if (finding.severity != base::Severity::error) continue;
        fmt::print(stderr, "andiron: {}: {}\n", finding.where, finding.text);
        sound = false;
    }
    const auto all = library->packages();
    for (std::size_t i = own; i < all.size(); ++i) print(all[i]);
    return sound ? 0 : 65;
}

int remove(const Arguments& labels, const std::string& data) {
    for (const std::string& label : labels)
        if (const auto removed = remove_package(data, label); !removed) return fail(removed.fault());
    return 0;
}

int compile(const Arguments& packages, const std::string& out, const fhir::schema::Schema& schema) {
    fhir::definition::Compiler compiler;
    for (const std::string& package : packages) {
        const auto read = fhir::definition::read_package(package, [&](std::string_view name, std::string_view bytes) -> base::Result<void> {
            const bool wanted = name.starts_with("StructureDefinition") || name.starts_with("SearchParameter") || name.starts_with("ValueSet");
            if (!wanted || !is_resource_file(name)) return {};
            const auto document = fhir::definition::read_definition(bytes, schema);
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
    bool help = false;
    std::string out;
    std::string data = "data";
    Arguments rest;
    base::Flags flags;
    flags.sign("--help", help).text("--out", out).text("--data", data).others(rest);
    if (const auto done = flags.read(arguments); !done) return wrong_usage(done.fault().text, "package");
    if (help || rest.empty()) {
        fmt::print("{}", usage);
        return help ? 0 : 64;
    }
    const std::string what = rest.front();
    rest.erase(rest.begin());
    const auto schema = open_definitions();
    if (!schema) return fail(schema.fault());
    if (what == "show" && rest.size() == 1) return show(rest[0], *schema);
    if (what == "add" && !rest.empty()) return add(rest, data, *schema);
    if (what == "list" && rest.empty()) return list(data, *schema);
    if (what == "remove" && !rest.empty()) return remove(rest, data);
    if (what == "compile" && !rest.empty() && !out.empty()) return compile(rest, out, *schema);
    return wrong_usage("say show, add, list, remove or compile, and what", "package");
}

}  // namespace app::commands
