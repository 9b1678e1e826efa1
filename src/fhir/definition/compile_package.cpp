// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/compile_package.h"

#include "fhir/codec/json.h"
#include "fhir/codec/xml.h"
#include "fhir/definition/package.h"


namespace fhir::definition {

namespace {

// Packages also carry schematrons and the like beside the resources.
bool is_resource_file(std::string_view name) {
    return name.ends_with(".json") || name.ends_with(".xml") || name.find('.') == std::string_view::npos;
}

// HL7 publishes R4's own definitions in two packages that differ in their format alone.
std::string known_name(std::string name) {
    if (name.ends_with(".corexml")) name.resize(name.size() - 3);
    return name;
}

}  // namespace

base::Result<Document> read_definition(std::string_view bytes, const schema::Schema& schema) {
    const auto first = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (first != std::string_view::npos && bytes[first] == '<') return codec::read_xml(bytes, schema);
    return codec::read_json(bytes, schema.names());
}

base::Result<void> add_package(ArchiveWriter& writer, const std::string& path, const schema::Schema& schema, bool whole,
                               const Change& change) {
    const std::size_t package = writer.add_package({});
    Manifest manifest;
    base::Findings findings;
    TRY(read_package(path, [&](std::string_view name, std::string_view bytes) -> base::Result<void> {
        if (name == "package.json") {
            TRY(manifest, read_manifest(bytes, schema.names()));
            manifest.name = known_name(std::move(manifest.name));
            return {};
        }
        if (!is_resource_file(name)) return {};
        if (const auto resource = read_definition(bytes, schema)) {
            if (change) {
                writer.add(change(*resource).root(), package, whole);
            } else {
                writer.add(resource->root(), package, whole);
            }
        } else {
            findings.push_back({base::Severity::warning, base::IssueType::structure, std::string(name),
                                "left out: " + resource.fault().text});
        }
        return {};
    }));
    if (manifest.name.empty())
        return base::Fault{base::Fault::Kind::malformed, "the package is refused: it has no package.json"};
    manifest.findings = std::move(findings);
    writer.package(package) = std::move(manifest);
    return {};
}

base::Result<std::string> compile_package(const std::string& path, const schema::Schema& schema, int level) {
    ArchiveWriter writer(level);
    TRY(add_package(writer, path, schema, true));
    return std::move(writer).finish();
}

}  // namespace fhir::definition
