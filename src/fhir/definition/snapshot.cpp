// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/snapshot.h"

#include "fhir/definition/library.h"
#include "fhir/definition/snapshot_maker.h"
#include "fhir/tree/builder.h"

namespace fhir::definition {

namespace {

class Writer {
public:
    explicit Writer(Builder& build) : build_(build) {}

    void write(const ElementNode& node, const std::string& parent_path, const std::string& parent_id) {
        const std::string step = node.slice.empty() ? node.tail : node.tail + ":" + node.slice;
        const std::string path = parent_path.empty() ? node.tail : parent_path + "." + node.tail;
        const std::string id = parent_id.empty() ? step : parent_id + "." + step;
        build_.open("element"_name, true);
        build_.value("id"_name, id);
        put(node, "extension");
        build_.value("path"_name, path);
        put(node, "representation");
        if (!node.slice.empty()) build_.value(build_.name("sliceName"), node.slice);
        put(node, "slicing");
        put(node, "short");
        if (!node.min.empty()) build_.value("min"_name, node.min, Kind::number);
        if (!node.max.empty()) build_.value("max"_name, node.max);
        put(node, "base");
        put(node, "type");
        for (const View property : node.properties) {
            const std::string_view name = property.name_text();
            if (name != "extension" && name != "representation" && name != "slicing" && name != "short" && name != "base" && name != "type")
                build_.copy(property);
        }
        build_.close();
        for (const ElementNode& child : node.children) write(child, path, id);
    }

private:
    void put(const ElementNode& node, std::string_view name) {
        for (const View property : node.properties)
            if (property.name_text() == name) build_.copy(property);
    }
    Builder& build_;
};

}  // namespace

base::Result<Document> make_snapshot(View definition, const schema::Schema& schema, const StructureLookup& lookup, base::Findings& findings) {
    if (!definition.child("differential"_name))
        return base::Fault{base::Fault::Kind::invalid, "there is neither a snapshot nor a differential", "StructureDefinition.differential"};
    SnapshotMaker maker(schema, lookup, findings);
    TRY(const ElementNode root, maker.make(definition));
    Builder build(schema.names());
    build.resource(definition.resource_type());
    const auto snapshot = [&] {
        build.open("snapshot"_name);
        Writer(build).write(root, {}, {});
        build.close();
    };
    bool written = false;
    for (const View child : definition.children()) {
        if (child.name() == "snapshot"_name) continue;
        if (child.name() == "differential"_name) {
            snapshot();
            written = true;
        }
        build.copy(child);
    }
    if (!written) snapshot();
    return std::move(build).finish();
}

base::Result<Document> make_snapshot(View definition, const Library& library, std::string_view package, base::Findings& findings) {
    const StructureLookup lookup = [&](std::string_view canonical) -> std::shared_ptr<const Document> {
        const auto found = library.find("StructureDefinition", canonical, package);
        return found ? found->document : nullptr;
    };
    return make_snapshot(definition, library.schema(), lookup, findings);
}

base::Findings check_differential(View definition, const Library& library, std::string_view package) {
    base::Findings findings;
    if (!definition.child("differential"_name)) return findings;
    const auto made = make_snapshot(definition, library, package, findings);
    if (!made) findings.push_back({base::Severity::warning, base::IssueType::not_found, "StructureDefinition.baseDefinition", made.fault().text});
    return findings;
}

}  // namespace fhir::definition
