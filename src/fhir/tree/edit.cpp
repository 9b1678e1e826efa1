// SPDX-License-Identifier: Apache-2.0
#include "fhir/tree/edit.h"

#include <cassert>
#include <utility>

namespace fhir {

Edit::Edit(Document document) : growth_(std::move(document)), parents_(growth_.nodes().size(), 0) {
    // Only what hangs together counts: the arena may hold nodes that no link reaches.
    std::vector<Index> open{0};
    while (!open.empty()) {
        const Index index = open.back();
        open.pop_back();
        for (Index child = growth_.node(index).first; child != 0; child = growth_.node(child).next) {
            parents_[child] = index;
            open.push_back(child);
        }
    }
}

Edit::Index Edit::lay(View source, Name name, bool list) {
    parents_.push_back(0);
    if (LongText shared = source.shared()) return growth_.append(name, source.kind(), list, std::move(shared));
    return growth_.append(name, source.kind(), list, source.primitive() ? source.text() : source.resource_type());
}

Edit::Index Edit::copy(View source, Name name, bool list) {
    assert(&source.document() != &document());
    const Index made = lay(source, name, list);
    Index last = 0;
    for (const View child : source.children()) {
        const Name own = child.name() >= local_base ? growth_.name(child.name_text()) : child.name();
        const Index below = copy(child, own, child.list());
        parents_[below] = made;
        (last == 0 ? growth_.node(made).first : growth_.node(last).next) = below;
        last = below;
    }
    return made;
}

Edit::Index Edit::make(Name name, bool list) {
    parents_.push_back(0);
    return growth_.append({name, Kind::complex, list, 0, 0, 0, 0});
}

Edit::Index* Edit::link_to(Index index) {
    Index* link = &growth_.node(parents_[index]).first;
    while (*link != index && *link != 0) link = &growth_.node(*link).next;
    return *link == 0 ? nullptr : link;
}

void Edit::append(Index parent, Index child) {
    Index last = 0, same = 0;
    for (Index at = growth_.node(parent).first; at != 0; at = growth_.node(at).next) {
        last = at;
        if (growth_.node(at).name == growth_.node(child).name) same = at;
    }
    const Index place = same != 0 ? same : last;
    Index& link = place == 0 ? growth_.node(parent).first : growth_.node(place).next;
    growth_.node(child).next = link;
    link = child;
    parents_[child] = parent;
}

void Edit::insert_before(Index sibling, Index child) {
    Index* link = link_to(sibling);
    assert(link != nullptr);
    growth_.node(child).next = sibling;
    *link = child;
    parents_[child] = parents_[sibling];
}

void Edit::insert_after(Index sibling, Index child) {
    growth_.node(child).next = growth_.node(sibling).next;
    growth_.node(sibling).next = child;
    parents_[child] = parents_[sibling];
}

void Edit::replace(Index old, Index fresh) {
    insert_after(old, fresh);
    remove(old);
}

void Edit::remove(Index index) {
    Index* link = index == 0 ? nullptr : link_to(index);
    if (link == nullptr) return;
    *link = growth_.node(index).next;
    growth_.node(index).next = 0;
}

}  // namespace fhir
