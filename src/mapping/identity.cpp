// SPDX-License-Identifier: Apache-2.0
#include "mapping/identity.h"

#include <algorithm>
#include <utility>

namespace mapping {

namespace {

using Index = Draft::Index;

std::string_view text_at(const Draft& draft, Index element, fhir::Name name) {
    const Index found = draft.find(element, name);
    return found == 0 ? std::string_view{} : draft.node(found).text;
}

std::string_view identifier_type(const IdentityOf& of, Index item) {
    const auto& shapes = of.shapes;
    const Index type = of.draft.find(item, shapes.identifier_type.name);
    const Index coding = type == 0 ? 0 : of.draft.find(type, shapes.coding.name);
    return coding == 0 ? std::string_view{} : text_at(of.draft, coding, shapes.code.name);
}

// An Identifier with a system is one for everybody; a number alone is its sender's.
std::string identifier_text(const IdentityOf& of, Index item) {
    const auto& shapes = of.shapes;
    const std::string_view system = text_at(of.draft, item, shapes.identifier_system.name);
    const std::string_view value = text_at(of.draft, item, shapes.identifier_value.name);
    if (value.empty() || (system.empty() && of.options.sender.empty())) return {};
    return (system.empty() ? '|' + of.options.sender : std::string(system)) + '|' + std::string(value);
}

std::string identity_part(const Map& map, const Row::Part& part, const Node& node, const IdentityOf& of, std::optional<Number>* number) {
    if (!part.handle.empty()) return std::string(of.id_of(part.handle));
    std::string store;
    if (!part.is_element) {
        if (part.value.kind == SourceText::Kind::outside && part.value.anchor == "sender") return of.options.sender;
        // What is about this message alone may be made by several maps.
        if (part.value.kind == SourceText::Kind::outside && part.value.anchor == "digest") return of.options.digest + '|' + map.name;
        return std::string(of.reader.text_of(part.value, node, store, false));
    }
    Index at = of.root;
    const auto& steps = part.element.steps;
    for (std::size_t i = 0; i + 1 < steps.size(); ++i)
        if ((at = of.draft.find(at, steps[i].shape.name)) == 0) return {};
    const TargetStep& last = steps.back();
    std::string best;
    std::size_t rank = part.types.size() + (part.only_these ? 0 : 1);  // the place of its type among those looked for
    for (Index item = of.draft.node(at).first; item != 0 && rank > 0; item = of.draft.node(item).next) {
        const Draft::Node& candidate = of.draft.node(item);
        if (candidate.name != last.shape.name || (last.labelled && candidate.label != last.label)) continue;
        std::size_t here = 0;
        if (!part.types.empty()) {
            const std::string_view type = identifier_type(of, item), system = text_at(of.draft, item, of.shapes.identifier_system.name);
            const auto found = std::find_if(part.types.begin(), part.types.end(), [&](const std::string& name) { return name == type || name == system; });
            here = static_cast<std::size_t>(found - part.types.begin());
        }
        if (here >= rank) continue;
        std::string text = last.primitive ? std::string(candidate.text) : identifier_text(of, item);
        if (text.empty()) continue;
        best = std::move(text);
        rank = here;
        if (last.primitive) continue;
        const std::string_view system = text_at(of.draft, item, of.shapes.identifier_system.name);
        if (system.empty()) number->reset();
        else *number = Number{std::string(system), std::string(text_at(of.draft, item, of.shapes.identifier_value.name))};
    }
    return best;
}

}  // namespace

Identity identify(const Map& map, const Node& node, const IdentityOf& of) {
    for (const Row& row : map.identities) {
        std::string name = std::to_string(&row - map.identities.data());
        bool whole = true;
        std::optional<Number> number;
        for (const Row::Part& part : row.identity) {
            const std::string text = identity_part(map, part, node, of, &number);
            if (text.empty() && !part.optional) whole = false;
            // Lengths keep "a","bc" and "ab","c" apart.
            name += '|' + std::to_string(text.size()) + ':' + text;
        }
        if (row.identity.size() > 1) number.reset();
        const bool of_message = std::any_of(row.identity.begin(), row.identity.end(), [](const Row::Part& part) {
            return part.handle.empty() && !part.is_element && part.value.kind == SourceText::Kind::outside && part.value.anchor == "digest";
        });
        if (whole) return {std::move(name), row.numbered, of_message, std::move(number)};
    }
    return {"message|" + of.options.digest + '|' + map.name, true, true, {}};
}

}  // namespace mapping
