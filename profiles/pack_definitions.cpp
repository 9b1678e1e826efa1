// SPDX-License-Identifier: Apache-2.0
// pack_definitions OUTPUT PACKAGE...: compiles FHIR packages (directories or .tgz) into one packed file.
// A build step; what it makes is mapped by the server at start (fhir/schema/schema.h).

#include "product.h"

#include "fhir/codec/json.h"
#include "fhir/codec/xml.h"
#include "fhir/definition/compile.h"
#include "fhir/definition/package.h"

#include <fmt/format.h>
#include <cstdio>

namespace {

bool wanted(std::string_view name) {
    return name.starts_with("StructureDefinition-") || name.starts_with("SearchParameter-") ||
           name.starts_with("ValueSet-");
}

base::Result<void> add_file(fhir::definition::Compiler& compiler, const fhir::Names& names, std::string_view name,
                            std::string_view bytes) {
    if (!wanted(name)) return {};
    auto document =
        bytes.find_first_not_of(" \t\r\n") != std::string_view::npos && bytes[bytes.find_first_not_of(" \t\r\n")] == '{'
            ? fhir::codec::read_json(bytes, names)
            : fhir::codec::read_plain_xml(bytes, names);
    if (!document) return base::Fault{document.fault().kind, fmt::format("{}: {}", name, document.fault().text)};
    compiler.add(document->root());
    return {};
}

base::Result<std::string> compile(int count, char** packages) {
    fhir::definition::Compiler compiler;
    const fhir::Names names;
    for (int i = 0; i < count; ++i) {
        TRY(fhir::definition::read_package(packages[i], [&](std::string_view name, std::string_view bytes) {
            return add_file(compiler, names, name, bytes);
        }));
    }
    const auto counts = compiler.counts();
    fmt::print("{} types, {} search parameters, {} value sets; {} profiles left aside\n", counts.types,
               counts.parameters, counts.value_sets, counts.profiles);
    return std::move(compiler).finish();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr, "usage: pack_definitions OUTPUT PACKAGE...\n");
        return 2;
    }
    const auto packed = compile(argc - 2, argv + 2);
    if (!packed) {
        fmt::print(stderr, "pack_definitions: {} {}\n", packed.fault().text, packed.fault().where);
        return 1;
    }
    if (!write_product(argv[1], *packed)) {
        fmt::print(stderr, "pack_definitions: {} cannot be written\n", argv[1]);
        return 1;
    }
    fmt::print("{}: {} bytes\n", argv[1], packed->size());
    return 0;
}
