// SPDX-License-Identifier: Apache-2.0
#include "fhir/tree/document.h"

#include "fhir/tree/view.h"

#include <cassert>

namespace fhir {

View Document::root() const { return nodes_.empty() ? View{} : View{*this, 0}; }

std::string_view Document::name_text(Name name) const {
    return name >= local_base ? std::string_view(local_names_[name - local_base]) : names_->text(name);
}

Name Document::find(std::string_view text) const {
    if (const Name name = names_->find(text); name != no_name) return name;
    for (std::size_t i = 0; i < local_names_.size(); ++i)
        if (local_names_[i] == text) return static_cast<Name>(local_base + i);
    return no_name;
}

Document::Index Growth::append(Document::Node node) {
    document_.nodes_.push_back(node);
    return static_cast<Document::Index>(document_.nodes_.size() - 1);
}

Name Growth::name(std::string_view text) {
    if (const Name name = document_.names_->find(text); name != no_name) return name;
    // Beyond 32,767 unknown names they share the last number: such a document is refused by any validation,
    // and until then nothing grows without bound.
    const auto [place, fresh] = locals_.try_emplace(std::string(text), Name{0});
    if (fresh) {
        if (document_.local_names_.size() < local_base - 1U) document_.local_names_.emplace_back(text);
        place->second = static_cast<Name>(local_base + document_.local_names_.size() - 1);
    }
    return place->second;
}

View View::next_same() const {
    const Name wanted = name();
    for (View sibling = next(); sibling; sibling = sibling.next())
        if (sibling.name() == wanted) return sibling;
    return {};
}

View View::child(Name name) const {
    for (View child = first_child(); child; child = child.next())
        if (child.name() == name) return child;
    return {};
}

View View::child(std::string_view name) const {
    if (!document_) return {};
    const Name number = document_->find(name);
    return number == no_name ? View{} : child(number);
}

std::size_t View::count(Name name) const {
    std::size_t count = 0;
    for ([[maybe_unused]] View child : children(name)) ++count;
    return count;
}

bool equal(View a, View b) {
    if (a.kind() != b.kind() || a.text() != b.text() || a.resource_type() != b.resource_type()) return false;
    std::size_t left = 0;
    std::size_t right = 0;
    for (View child : a.children()) {
        ++left;
        // The k-th `name` here must equal the k-th `name` there.
        if (View first = a.child(child.name()); first == child) {
            View other = b.child(child.name_text());
            for (View mine = first; mine; mine = mine.next_same(), other = other.next_same())
                if (!other || mine.list() != other.list() || !equal(mine, other)) return false;
        }
    }
    for ([[maybe_unused]] View child : b.children()) ++right;
    return left == right;
}

}  // namespace fhir
