// SPDX-License-Identifier: Apache-2.0
#include "fhir/tree/builder.h"

#include <cassert>

namespace fhir {

Builder::Builder(const Names& names) : growth_(names) {
    growth_.bytes().reserve(256);  // most resources fit, in one piece
    open_.reserve(8);
}

Document::Index Builder::lay(View source, Name name, bool list) {
    if (LongText shared = source.shared()) return growth_.append(name, source.kind(), list, std::move(shared));
    return growth_.append(name, source.kind(), list, source.primitive() ? source.text() : source.resource_type());
}

Document::Index Builder::join_last(Document::Index index) {
    Open& parent = open_.back();
    (parent.last == 0 ? growth_.node(parent.node).first : growth_.node(parent.last).next) = index;
    parent.last = index;
    return index;
}

Document::Index Builder::append(Name name, Kind kind, bool list, std::string_view text) { return join(growth_.append(name, kind, list, text)); }

Document::Index Builder::join(Document::Index index) {
    const Name name = growth_.node(index).name;
    if (open_.empty()) {
        assert(index == 0);  // one root
        return index;
    }
    Open& parent = open_.back();
    if (parent.last == 0) {
        growth_.node(parent.node).first = index;
        parent.last = index;
        return index;
    }
    const Document::Index place = growth_.node(parent.last).name == name ? parent.last : last_named(parent, name);
    growth_.node(index).next = growth_.node(place).next;
    growth_.node(place).next = index;
    if (place == parent.last) parent.last = index;
    return index;
}

// Items of one name stand together, whenever they are added: behind the last so named, else behind all.
Document::Index Builder::last_named(const Open& parent, Name name) const {
    Document::Index found = parent.last;
    for (Document::Index child = growth_.node(parent.node).first; child != 0; child = growth_.node(child).next)
        if (growth_.node(child).name == name) found = child;
    return found;
}

void Builder::resource(std::string_view type) { resource(no_name, type); }

void Builder::resource(Name name, std::string_view type, bool list) {
    open_.push_back({append(name, Kind::complex, list, type), 0});
}

void Builder::open(Name name, bool list) { open_.push_back({append(name, Kind::complex, list, {}), 0}); }

void Builder::close() {
    assert(!open_.empty());
    open_.pop_back();
}

void Builder::value(Name name, std::string_view text, Kind kind, bool list) { append(name, kind, list, text); }

void Builder::value(Name name, LongText text, Kind kind, bool list) { join(growth_.append(name, kind, list, std::move(text))); }

void Builder::flag(Name name, bool value, bool list) { append(name, Kind::boolean, list, value ? "true" : "false"); }

void Builder::number(Name name, std::int64_t value, bool list) {
    append(name, Kind::number, list, std::to_string(value));
}

void Builder::open_value(Name name, std::string_view text, Kind kind, bool list) {
    open_.push_back({append(name, kind, list, text), 0});
}

void Builder::copy(View source, Name name, bool list) {
    open_.push_back({join(lay(source, name, list)), 0});
    copy_children(source);
    open_.pop_back();
}

void Builder::copy(View source) { copy(source, own_name(source), source.list()); }

Name Builder::own_name(View source) {
    return source.name() >= local_base ? growth_.name(source.name_text()) : source.name();
}

void Builder::copy_children(View source) {
    // In an element that is still empty nothing needs to be put together: the source's items stand together already.
    const bool fresh = open_.back().last == 0;
    for (View child : source.children()) {
        if (!fresh) {
            copy(child);
            continue;
        }
        open_.push_back({join_last(lay(child, own_name(child), child.list())), 0});
        copy_children(child);
        open_.pop_back();
    }
}

Document Builder::finish() && { return std::move(growth_).finish(); }

}  // namespace fhir
