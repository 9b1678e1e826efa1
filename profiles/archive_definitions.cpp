// SPDX-License-Identifier: Apache-2.0
// archive_definitions OUTPUT PACK EXPANSIONS PACKAGE...: FHIR packages (directories or .tgz) into one archive of
// definitions, found by canonical URL (fhir/definition/library.h). PACK is the packed schema that XML is read with;
// the expansions in the package EXPANSIONS are put into the value sets that they belong to.

#include "product.h"

#include "fhir/definition/compile_package.h"
#include "fhir/definition/package.h"
#include "fhir/tree/builder.h"

#include <fmt/format.h>
#include <cstdio>
#include <map>

namespace {

using namespace fhir::literals;
using fhir::definition::ArchiveWriter;

std::string key(fhir::View value_set) {
    return fmt::format("{}|{}", value_set.text("url"_name), value_set.text("version"_name));
}

base::Result<std::string> archive(const char* pack, const char* expansions, int count, char** packages) {
    TRY(const auto schema, fhir::schema::Schema::open(pack));
    ArchiveWriter writer(9);
    std::map<std::string, fhir::Document, std::less<>> expanded;
    TRY(fhir::definition::read_package(expansions, [&](std::string_view name, std::string_view bytes) -> base::Result<void> {
        if (name == "package.json") return {};
        TRY(auto value_set, fhir::definition::read_definition(bytes, schema));
        std::string url = key(value_set.root());
        expanded.insert_or_assign(std::move(url), std::move(value_set));
        return {};
    }));
    std::size_t used = 0;
    const auto with_expansion = [&](const fhir::Document& resource) {
        const auto found = expanded.find(key(resource.root()));
        fhir::Builder build(schema.names());
        build.resource(resource.root().resource_type());
        build.copy_children(resource.root());
        if (found != expanded.end() && found->second.root().resource_type() == resource.root().resource_type() &&
            !resource.root().child("expansion"_name)) {
            build.copy(found->second.root().child("expansion"_name));
            ++used;
        }
        return std::move(build).finish();
    };
    for (int i = 0; i < count; ++i)
        TRY(fhir::definition::add_package(writer, packages[i], schema, false, with_expansion));
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
        for (const base::Finding& finding : writer.package(i).findings)
            fmt::print("{}: {}: {}\n", writer.package(i).label(), finding.where, finding.text);
    fmt::print("{} definitions, {} of {} expansions used\n", writer.size(), used, expanded.size());
    return std::move(writer).finish();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        fmt::print(stderr, "usage: archive_definitions OUTPUT PACK EXPANSIONS PACKAGE...\n");
        return 2;
    }
    const auto made = archive(argv[2], argv[3], argc - 4, argv + 4);
    if (!made) {
        fmt::print(stderr, "archive_definitions: {} {}\n", made.fault().text, made.fault().where);
        return 1;
    }
    if (!write_product(argv[1], *made)) {
        fmt::print(stderr, "archive_definitions: {} cannot be written\n", argv[1]);
        return 1;
    }
    fmt::print("{}: {} bytes\n", argv[1], made->size());
    return 0;
}
