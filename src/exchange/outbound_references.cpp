// SPDX-License-Identifier: Apache-2.0
#include "exchange/outbound_references.h"

#include "fhir/codec/json.h"
#include "fhir/path/program.h"
#include "fhir/tree/builder.h"

#include <algorithm>

namespace exchange {

using fhir::path::Item;
using Kind = fhir::resource::ReferenceText::Kind;
using namespace fhir::literals;

namespace {

constexpr int most_referring = 100;

}  // namespace

const fhir::Document* References::keep(const std::string& body) {
    auto read = fhir::codec::read_json(body, schema_.names());
    if (!read) return nullptr;
    kept_.push_back(std::make_unique<const fhir::Document>(*std::move(read)));
    return kept_.back().get();
}

bool References::ours(const fhir::resource::ReferenceText& text) const {
    return text.kind == Kind::relative ||
           (text.kind == Kind::absolute && std::find(own_bases_.begin(), own_bases_.end(), text.base) != own_bases_.end());
}

const fhir::Document* References::referring(std::string_view question) {
    const auto mark = question.find('?'), equals = question.find('=', mark);
    if (equals == std::string_view::npos) return nullptr;
    const std::string type(question.substr(0, mark));
    const auto to = fhir::resource::read_reference(question.substr(equals + 1));
    const fhir::search::Parameter* parameter = parameters_.find(type, std::string(question.substr(mark + 1, equals - mark - 1)));
    if (parameter == nullptr || !ours(to)) return nullptr;
    const store::Step step{.type = type, .parameters = {parameter}, .target = std::string(to.type), .backward = true};
    const auto found = snapshot_.follow({{std::string(to.type), std::string(to.id)}}, step, fhir::search::Reach::everything(), most_referring);
    if (!found) return nullptr;
    fhir::Builder build(schema_.names());
    build.resource("Bundle");
    build.value("type"_name, "searchset");
    for (const store::Version& one : *found) {
        const fhir::Document* body = one.body ? keep(*one.body) : nullptr;
        if (body == nullptr) continue;
        build.open("entry"_name, true);
        build.copy(body->root(), "resource"_name, false);
        build.close();
    }
    kept_.push_back(std::make_unique<const fhir::Document>(std::move(build).finish()));
    return kept_.back().get();
}

std::optional<Item> References::resolve(const Item& reference, const Item& root) {
    if (!reference.is_node() && reference.text.find('?') != std::string_view::npos) {
        const std::string question(reference.text);
        auto known = found_.find(question);
        if (known == found_.end()) known = found_.emplace(question, referring(question)).first;
        if (known->second == nullptr) return std::nullopt;
        return fhir::path::resource_item(known->second->root(), schema_);
    }
    if (!reference.is_node() || !reference.node) return std::nullopt;
    const fhir::View child = reference.node.child("reference");
    const auto text = fhir::resource::read_reference(child ? child.text() : reference.node.text());
    if (text.kind == Kind::contained) {
        for (fhir::View one = root.node.child("contained"); one; one = one.next_same())
            if (one.child("id").text() == text.id) return fhir::path::resource_item(one, schema_);
        return std::nullopt;
    }
    if (!ours(text)) return std::nullopt;
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
