// SPDX-License-Identifier: Apache-2.0
#include "exchange/outbound_references.h"

#include "fhir/codec/json.h"
#include "fhir/path/program.h"
#include "fhir/resource/reference.h"

#include <algorithm>

namespace exchange {

using fhir::path::Item;
using Kind = fhir::resource::ReferenceText::Kind;

const fhir::Document* References::keep(const std::string& body) {
    auto read = fhir::codec::read_json(body, schema_.names());
    if (!read) return nullptr;
    kept_.push_back(std::make_unique<const fhir::Document>(*std::move(read)));
    return kept_.back().get();
}

std::optional<Item> References::resolve(const Item& reference, const Item& root) {
    if (!reference.is_node() || !reference.node) return std::nullopt;
    const fhir::View child = reference.node.child("reference");
    const auto text = fhir::resource::read_reference(child ? child.text() : reference.node.text());
    if (text.kind == Kind::contained) {
        for (fhir::View one = root.node.child("contained"); one; one = one.next_same())
            if (one.child("id").text() == text.id) return fhir::path::resource_item(one, schema_);
        return std::nullopt;
    }
    if (text.kind == Kind::absolute && std::find(own_bases_.begin(), own_bases_.end(), text.base) == own_bases_.end()) return std::nullopt;
    if (text.kind != Kind::relative && text.kind != Kind::absolute) return std::nullopt;
    const std::string name = std::string(text.type) + '/' + std::string(text.id);
    auto known = found_.find(name);
    if (known == found_.end()) {
        const auto version = snapshot_.read(std::string(text.type), std::string(text.id));
        const bool there = version && *version && !(*version)->deleted();
        known = found_.emplace(name, there ? keep(*(*version)->body) : nullptr).first;
    }
    if (known->second == nullptr) return std::nullopt;
    return fhir::path::resource_item(known->second->root(), schema_);
}

namespace {

constexpr std::string_view person = "Patient/";

// "Patient/1" of a reference to it or to one of its versions.
std::string person_of(fhir::View reference) {
    const std::string_view text = reference.child("reference").text();
    return text.starts_with(person) ? std::string(text.substr(0, text.find('/', person.size()))) : std::string();
}

std::string first_reference(fhir::View element, int depth) {
    if (depth > 8) return {};
    for (fhir::View child = element.first_child(); child; child = child.next()) {
        if (std::string found = person_of(child); !found.empty()) return found;
        if (std::string found = first_reference(child, depth + 1); !found.empty()) return found;
    }
    return {};
}

}  // namespace

std::string patient_of(fhir::View resource) {
    if (resource.resource_type() == person.substr(0, person.size() - 1)) return std::string(person) + std::string(resource.child("id").text());
    // Whose it is, whoever else is spoken of before: in a lane of another's it could overtake.
    for (const char* const element : {"subject", "patient"})
        if (std::string found = person_of(resource.child(element)); !found.empty()) return found;
    return first_reference(resource, 0);
}

}  // namespace exchange
