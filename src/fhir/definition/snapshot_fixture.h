// SPDX-License-Identifier: Apache-2.0
#pragma once

// For the test and the benchmark of snapshots: does a snapshot that was made from a differential say the same as the
// published one? Compared is what decides about data; words are not.

#include "fhir/codec/json.h"
#include "fhir/definition/compile_package.h"
#include "fhir/definition/library.h"
#include "fhir/definition/package.h"
#include "fhir/definition/snapshot.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace fhir::definition::agreement {

struct Difference {
    std::string id, what, published, made;
};

// Versions of canonicals are put in by some publishers' tools and not by others'.
inline std::string text_of(View view) {
    if (view.primitive()) {
        const std::string text(view.text());
        if (text.starts_with("http") && text.find('#') != std::string::npos) return text.substr(text.find('#'));
        return text.starts_with("http") ? text.substr(0, text.find('|')) : text;
    }
    std::multiset<std::string> parts;
    for (const View child : view.children()) {
        const std::string_view name = child.name_text();
        if (name != "extension" && name != "id" && name != "description" && name != "aggregation" && name != "additional")
            if (name != "ordered" || child.text() != "false") parts.insert(std::string(name) + "=" + text_of(child));
    }
    std::string all = "{";
    for (const std::string& part : parts) all += part + " ";
    return all + "}";
}

// What is compared, by name: "min" -> "1", "type" -> all types in one text.
inline std::map<std::string, std::string> facts_of(View element) {
    std::map<std::string, std::multiset<std::string>> sets;
    for (const View child : element.children()) {
        const std::string name(child.name_text());
        if (name == "constraint") {
            sets[name].insert(std::string(child.child("key").text()));
        } else if (name == "path" || name == "min" || name == "max" || name == "type" || name == "binding" || name == "slicing" || name == "sliceName" ||
                   name == "mustSupport" || name == "isModifier" || name == "maxLength" || name == "contentReference" || name.starts_with("fixed") || name.starts_with("pattern")) {
            sets[name].insert(text_of(child));
        }
    }
    std::map<std::string, std::string> facts;
    for (const auto& [name, values] : sets) {
        std::string& all = facts[name];
        for (const std::string& value : values) all += value + " ";
    }
    for (const char* flag : {"mustSupport", "isModifier"})
        if (facts[flag] == "false " || facts[flag].empty()) facts.erase(flag);
    return facts;
}

// The least number of items that the slices of an element ask for; some tools write it into the element's own min.
inline int asked_by_slices(View published, View element) {
    int sum = 0;
    for (const View other : published.child("snapshot"_name).children("element"_name)) {
        const std::string_view id = other.text("id"_name);
        const std::string_view start = element.text("id"_name);
        if (!id.starts_with(start) || id.size() <= start.size() || id[start.size()] != ':' || id.find('.', start.size()) != std::string_view::npos) continue;
        sum += std::atoi(std::string(other.text("min"_name)).c_str());
    }
    return sum;
}

inline std::vector<Difference> compare(View published, View made) {
    std::vector<Difference> differences;
    std::map<std::string, View> others;
    for (const View element : made.child("snapshot"_name).children("element"_name)) others.emplace(element.text("id"_name), element);
    std::string order;
    for (const View element : published.child("snapshot"_name).children("element"_name)) {
        const std::string id(element.text("id"_name));
        const auto other = others.find(id);
        if (other == others.end()) {
            differences.push_back({id, "missing", "", ""});
            continue;
        }
        const auto expected = facts_of(element);
        const auto got = facts_of(other->second);
        std::set<std::string> names;
        for (const auto& [name, value] : expected) names.insert(name);
        for (const auto& [name, value] : got) names.insert(name);
        for (const std::string& name : names) {
            const auto a = expected.find(name);
            const auto b = got.find(name);
            const std::string left = a == expected.end() ? "" : a->second;
            const std::string right = b == got.end() ? "" : b->second;
            if (name == "min" && left != right && std::atoi(left.c_str()) == asked_by_slices(published, element)) continue;
            if (left != right) differences.push_back({id, name, left, right});
        }
        others.erase(other);
    }
    for (const auto& [id, element] : others) differences.push_back({id, "added", "", ""});
    return differences;
}

// Not in the template below: clang 14 does not see constants made by ""_name there.
inline bool is_whole_profile(View root) {
    return root.text("derivation"_name) == "constraint" && root.child("snapshot"_name) && root.child("differential"_name);
}

// Calls `visit(definition, package label)` with every profile of a package that has both a differential and a snapshot.
template <class Visit>
base::Result<void> each_profile(const std::string& path, const schema::Schema& schema, const Visit& visit) {
    std::string label;
    std::vector<Document> profiles;
    TRY(read_package(path, [&](std::string_view name, std::string_view bytes) -> base::Result<void> {
        if (name == "package.json") {
            TRY(const Manifest manifest, read_manifest(bytes, schema.names()));
            label = manifest.name == "hl7.fhir.r4.corexml" ? "hl7.fhir.r4.core#" + manifest.version : manifest.label();
        }
        if (!name.starts_with("StructureDefinition-")) return {};
        TRY(Document document, read_definition(bytes, schema));
        if (is_whole_profile(document.root())) profiles.push_back(std::move(document));
        return {};
    }));
    for (const Document& profile : profiles) visit(profile.root(), label);
    return {};
}

}  // namespace fhir::definition::agreement
