// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests and benchmarks: every FHIRPath expression that R4 publishes, read from its package, and the elements of a resource
// that each invariant speaks of. Not for the server.

#include "fhir/codec/xml.h"
#include "fhir/path/program.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace fhir::path::testing {

struct Published {
    std::string where;  // "StructureDefinition Patient, pat-1 on Patient.contact"
    std::string key;    // "pat-1"
    std::string path;   // "Patient.contact"; empty for search parameters and for profiles of a type
    std::string text;
    bool error = true;  // the invariant's severity
};

// Invariants whose published text is false on data that R4 allows (fhir/profile corrects them for validation).
inline bool misprinted(std::string_view text) {
    return text.starts_with("fullUrl.contains('/_history/')") || text.starts_with("name.matches('[A-Z]") ||
           text.starts_with("reference.startsWith('#').not() or") || text.starts_with("probability is decimal implies");
}

inline std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Constraints of all snapshots, and the expressions of all search parameters; empty when the package is not there.
inline std::vector<Published> published_expressions(const std::string& folder, const schema::Schema& schema) {
    std::vector<Published> all;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
        const std::string name = entry.path().stem().string();
        const bool structure = name.starts_with("StructureDefinition-");
        if (entry.path().extension() != ".xml" || (!structure && !name.starts_with("SearchParameter-"))) continue;
        const auto document = codec::read_xml(bytes_of(entry.path()), schema, {.depth = 256}, codec::Order::any);
        if (!document) continue;
        const View root = document->root();
        const View expression = root.child("expression");
        const bool profile = root.child("derivation").text() == "constraint";
        if (!structure && expression) all.push_back({name, {}, {}, std::string(expression.text()), true});
        for (View element = root.child("snapshot").child("element"); element; element = element.next_same())
            for (View one = element.child("constraint"); one; one = one.next_same()) {
                const std::string key(one.child("key").text());
                const std::string path(element.child("path").text());
                if (one.child("expression"))
                    all.push_back({name + ", " + key + " on " + path, key, profile ? std::string{} : path, std::string(one.child("expression").text()),
                                   one.child("severity").text() == "error"});
            }
    }
    return all;
}

// Calls `visit(element, its paths)` for the resource and everything below it: "Patient.name" as well as "HumanName".
inline void walk(const Item& item, const std::string& path, const schema::Schema& schema,
                 const std::function<void(const Item&, const std::string&, const Item&)>& visit, const Item& resource, int depth = 0) {
    visit(item, path, resource);
    if (depth > 60 || item.type == schema::no_type) return;
    const schema::Type& type = schema.type(item.type);
    const bool datatype = type.kind == schema::TypeKind::complex || type.kind == schema::TypeKind::primitive;
    if (datatype && depth > 0) visit(item, std::string(schema.type_name(item.type)), resource);
    const std::string own = type.kind == schema::TypeKind::backbone || type.kind == schema::TypeKind::resource ? path : std::string(schema.type_name(item.type));
    for (View child : item.node.children()) {
        const schema::Element* const row = schema.element(item.type, child.name());
        if (!row) continue;
        if (row->is(schema::Element::resource_inside)) {
            const Item inside = resource_item(child, schema);
            visit(inside, own + "." + std::string(child.name_text()), inside);
            walk(inside, std::string(child.resource_type()), schema, visit, inside, depth + 1);
            continue;
        }
        const bool choice = row->base != row->name;
        const std::string name = choice ? std::string(schema.names().text(row->base)) + "[x]" : std::string(child.name_text());
        walk(Item::of(child, row->type, row), own + "." + name, schema, visit, resource, depth + 1);
    }
}

}  // namespace fhir::path::testing
