// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/source.h"

#include "hl7v2/escape.h"
#include "hl7v2/location.h"

namespace hl7v2 {

using mapping::Step;
using Place = mapping::Node;

Place MessageSource::root() const { return of_tree(tree_.root()); }

Place MessageSource::of_tree(const Node& node) const {
    Place place;
    place.group = tree_.index(node);
    if (node.is_group()) {
        place.text = message_.bytes().data();
        place.level = group;
    } else {
        const std::string_view raw = message_.segment(node.segment).raw();
        place.text = raw.data();
        place.length = static_cast<std::uint32_t>(raw.size());
        place.line = node.segment;
        place.level = segment;
    }
    return place;
}

// The part `number` of `all`, and what is behind it.
Place MessageSource::cut(const Place& above, std::string_view all, char separator, int number, Level level) const {
    std::size_t begin = 0;
    for (int i = 1; i < number; ++i) {
        const std::size_t at = separator == '\0' ? std::string_view::npos : all.find(separator, begin);
        if (at == std::string_view::npos) return {};
        begin = at + 1;
    }
    std::size_t end = separator == '\0' ? std::string_view::npos : all.find(separator, begin);
    if (end == std::string_view::npos) end = all.size();
    Place place = above;
    place.text = all.data() + begin;
    place.length = static_cast<std::uint32_t>(end - begin);
    place.rest = static_cast<std::uint32_t>(all.size() - end);
    place.level = level;
    const std::string_view raw(place.text, place.length);
    place.deleted = raw == "\"\"";
    bool only_separators = true;
    for (char c : raw)
        if (!delimiters_.separates(c)) {
            only_separators = false;
            break;
        }
    if (only_separators) place.length = 0;
    switch (level) {
        case repetition: place.repetition = static_cast<std::uint16_t>(number); break;
        case component: place.component = static_cast<std::uint16_t>(number); break;
        case subcomponent: place.subcomponent = static_cast<std::uint16_t>(number); break;
        default: break;
    }
    return place;
}

Place MessageSource::first(const Place& from, const Step& step) const {
    if (!step.name.empty()) {
        if (from.level != group) return {};
        const Node* node = tree_.child(tree_.node(from.group), step.name);
        return node == nullptr ? Place{} : of_tree(*node);
    }
    const std::string_view raw(from.text, from.length);
    switch (from.level) {
        case segment: {
            Place field = from;
            field.field = static_cast<std::uint16_t>(step.number);
            const std::string_view all = message_.segment(from.line).field(step.number).raw();
            if (all.empty()) return {};
            // MSH-1 and MSH-2 are separators themselves.
            const bool literal = from.line == 0 && step.number <= 2;
            return cut(field, all, literal ? '\0' : delimiters_.repetition, step.repetition == 0 ? 1 : step.repetition,
                       literal ? subcomponent : repetition);
        }
        case repetition: {
            const Place part = cut(from, raw, delimiters_.component, step.number, component);
            return part.length == 0 && from.line == 0 && from.field == 9 && step.number == 2 ? told_by_event(from, part) : part;
        }
        case component: return cut(from, raw, delimiters_.subcomponent, step.number, subcomponent);
        case subcomponent: return step.number == 1 ? from : Place{};
        default: return {};
    }
}

// A trigger event that MSH-9 leaves out stands in EVN-1 (Message::trigger).
Place MessageSource::told_by_event(const Place& type, const Place& otherwise) const {
    const Segment event = message_.first("EVN");
    const std::string_view code = event.field(1).raw();
    if (code.empty()) return otherwise;
    Place field = type;
    field.line = static_cast<std::uint32_t>(event.index());
    field.field = 1;
    const Place first = cut(field, code, delimiters_.repetition, 1, repetition);
    return cut(first, std::string_view(first.text, first.length), delimiters_.component, 1, component);
}

Place MessageSource::next(const Place& node) const {
    if (node.level == group || node.level == segment) {
        const Node& here = tree_.node(node.group);
        const Node* next = tree_.next(here, here.name);
        return next == nullptr ? Place{} : of_tree(*next);
    }
    if (node.level != repetition || node.rest == 0) return {};
    const char* end = node.text;
    // The length of a part of separators only was set to nothing: find its real end again.
    const std::string_view field = message_.segment(node.line).field(node.field).raw();
    end = field.data() + field.size() - node.rest;
    Place next = cut(node, std::string_view(end + 1, node.rest - 1), delimiters_.repetition, 1, repetition);
    next.repetition = static_cast<std::uint16_t>(node.repetition + 1);
    return next;
}

const Node* MessageSource::below(const Node& of, std::string_view name, std::string_view except) const {
    if (const Node* direct = tree_.child(of, name)) return direct;
    for (const Node* child = tree_.child(of); child != nullptr; child = tree_.next(*child))
        if (child->is_group() && child->name != except)
            if (const Node* found = below(*child, name, {})) return found;
    return nullptr;
}

const Node* MessageSource::nearest(std::uint32_t of, std::string_view name, std::string_view from) const {
    const Asked key{of, name, from};
    if (const auto known = found_.find(key); known != found_.end()) return known->second;
    const Node& node = tree_.node(of);
    const Node* found = below(node, name, from);
    if (found == nullptr && node.parent != Node::none) found = nearest(node.parent, name, node.name);
    found_.emplace(key, found);
    return found;
}

Place MessageSource::beside(const Place& node, std::string_view name) const {
    const Node& here = tree_.node(node.group);
    if (!here.is_group() && here.name == name) return of_tree(here);
    const std::uint32_t group_index = here.is_group() ? node.group : here.parent;
    const Node* found = nearest(group_index, name, {});
    return found == nullptr ? Place{} : of_tree(*found);
}

std::string_view MessageSource::text(const Place& node, std::string& store) const {
    const std::string_view raw(node.text, node.length);
    if (delimiters_.escape == '\0' || raw.find(delimiters_.escape) == std::string_view::npos || (node.line == 0 && node.field == 2))
        return raw;
    store = unescape(raw, delimiters_);
    return store;
}

std::string MessageSource::where(const Place& node) const {
    if (node.level == group) return std::string(tree_.node(node.group).name);
    const Segment segment_here = message_.segment(node.line);
    Location location;
    location.segment = segment_here.name();
    location.sequence = segment_here.sequence();
    location.field = node.field;
    location.repetition = node.repetition;
    location.component = node.component;
    location.subcomponent = node.subcomponent;
    return location.text();
}

std::vector<Place> MessageSource::atoms() const {
    std::vector<Place> all;
    for (std::size_t line = 0; line < message_.size(); ++line) {
        const Segment here = message_.segment(line);
        Place above;
        above.line = static_cast<std::uint32_t>(line);
        for (int number = line == 0 ? 3 : 1; number <= here.fields(); ++number) {
            above.field = static_cast<std::uint16_t>(number);
            std::string_view field = here.field(number).raw();
            if (field.empty()) continue;
            // One walk over the field: an atom ends at every separator.
            std::uint16_t repeat = 1, comp = 1, sub = 1;
            std::size_t begin = 0;
            for (std::size_t at = 0; at <= field.size(); ++at) {
                if (at < field.size() && !(delimiters_.separates(field[at]) && field[at] != delimiters_.field)) continue;
                if (at > begin) {
                    Place atom = above;
                    atom.text = field.data() + begin;
                    atom.length = static_cast<std::uint32_t>(at - begin);
                    atom.level = subcomponent;
                    atom.repetition = repeat;
                    atom.component = comp;
                    atom.subcomponent = sub;
                    all.push_back(atom);
                }
                begin = at + 1;
                if (at == field.size()) break;
                if (field[at] == delimiters_.repetition) ++repeat, comp = sub = 1;
                else if (field[at] == delimiters_.component) ++comp, sub = 1;
                else ++sub;
            }
        }
    }
    return all;
}

}  // namespace hl7v2
