// SPDX-License-Identifier: Apache-2.0
#include "mapping/draft.h"

#include <algorithm>
#include <cstring>

namespace mapping {

Draft::Index Draft::resource(std::string_view type) {
    Node node;
    node.text = type;
    nodes_.push_back(node);
    return static_cast<Index>(nodes_.size() - 1);
}

Draft::Index Draft::add(Index parent, const Shape& shape, fhir::Kind kind, std::uint32_t row, std::uint16_t label) {
    Node made;
    made.name = shape.name;
    made.choice = shape.choice;
    made.place = shape.place;
    made.list = shape.list;
    made.kind = kind;
    made.row = row;
    made.label = label;
    made.parent = parent;
    const Index index = static_cast<Index>(nodes_.size());
    nodes_.push_back(made);

    Node& above = nodes_[parent];
    Index before = 0;  // the node to stand behind
    if (above.last != 0 && nodes_[above.last].place <= shape.place) {
        before = above.last;
    } else if (above.recent != 0 && nodes_[above.recent].place == shape.place) {
        before = above.recent;
    } else {
        for (Index at = above.first; at != 0 && nodes_[at].place <= shape.place; at = nodes_[at].next) before = at;
    }
    // Neighbours of one name stay together: pass over the rest of the run.
    while (before != 0 && nodes_[before].next != 0 && nodes_[nodes_[before].next].place <= shape.place) before = nodes_[before].next;
    if (before == 0) {
        nodes_[index].next = above.first;
        above.first = index;
    } else {
        nodes_[index].next = nodes_[before].next;
        nodes_[before].next = index;
    }
    nodes_[index].previous = before;
    if (nodes_[index].next == 0) above.last = index;
    else nodes_[nodes_[index].next].previous = index;
    above.recent = index;
    return index;
}

Draft::Index Draft::find(Index parent, fhir::Name name, std::uint16_t label) const {
    for (Index at = nodes_[parent].first; at != 0; at = nodes_[at].next)
        if (nodes_[at].name == name && nodes_[at].label == label) return at;
    return 0;
}

Draft::Index Draft::find(Index parent, fhir::Name name) const {
    for (Index at = nodes_[parent].first; at != 0; at = nodes_[at].next)
        if (nodes_[at].name == name) return at;
    return 0;
}

void Draft::remove(Index node) {
    Node& above = nodes_[nodes_[node].parent];
    const Index before = nodes_[node].previous, behind = nodes_[node].next;
    (before == 0 ? above.first : nodes_[before].next) = behind;
    (behind == 0 ? above.last : nodes_[behind].previous) = before;
    if (above.recent == node) above.recent = before;
}

void Draft::move_first(Index node) {
    const Index parent = nodes_[node].parent;
    const fhir::Name name = nodes_[node].name;
    const Index at = find(parent, name);
    if (at == 0 || at == node) return;
    remove(node);
    const Index before = nodes_[at].previous;
    nodes_[node].next = at;
    nodes_[node].previous = before;
    nodes_[at].previous = node;
    (before == 0 ? nodes_[parent].first : nodes_[before].next) = node;
}

std::string_view Draft::keep(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() >= fhir::long_text) return keep(std::string(text));
    if (text.size() > room_ - used_) {
        room_ = std::max<std::size_t>(text.size(), 4096);
        used_ = 0;
        blocks_.push_back(std::make_unique<char[]>(room_));
    }
    char* to = blocks_.back().get() + used_;
    std::memcpy(to, text.data(), text.size());
    used_ += text.size();
    return {to, text.size()};
}

std::string_view Draft::keep(std::string&& text) {
    if (text.size() < fhir::long_text) return keep(std::string_view(text));
    long_.push_back(std::make_shared<const std::string>(std::move(text)));
    return *long_.back();
}

fhir::LongText Draft::shared(std::string_view kept) const {
    if (kept.size() < fhir::long_text) return nullptr;
    const auto found = std::find_if(long_.begin(), long_.end(), [&](const fhir::LongText& one) { return one->data() == kept.data(); });
    return found == long_.end() ? nullptr : *found;
}

}  // namespace mapping
