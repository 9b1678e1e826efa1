// SPDX-License-Identifier: Apache-2.0
#include "fhir/tree/document.h"

#include "fhir/tree/view.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

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

Growth::Growth(Document document) : document_(std::move(document)) {
    for (std::size_t i = 0; i < document_.local_names_.size(); ++i)
        locals_.emplace(document_.local_names_[i], static_cast<Name>(local_base + i));
}

Document::Index Growth::append(Document::Node node) {
    document_.nodes_.push_back(node);
    return static_cast<Document::Index>(document_.nodes_.size() - 1);
}

Document::Index Growth::append(Name name, Kind kind, bool list, std::string_view text) {
    if (text.size() >= long_text) return append(name, kind, list, std::make_shared<const std::string>(text));
    const auto offset = static_cast<std::uint32_t>(bytes().size());
    bytes().append(text);
    return append({name, kind, list, offset, static_cast<std::uint32_t>(text.size()), 0, 0});
}

Document::Index Growth::append(Name name, Kind kind, bool list, LongText text) {
    const auto number = static_cast<std::uint32_t>(Document::shared_base + document_.shared_.size());
    const auto length = static_cast<std::uint32_t>(text->size());
    document_.shared_.push_back(std::move(text));
    return append({name, kind, list, number, length, 0, 0});
}

Name Growth::name(std::string_view text) {
    if (const Name name = document_.names_->find(text); name != no_name) return name;
    // Beyond 32,767 unknown names they share the last number (readers refuse such a text), so that nothing grows without bound.
    const auto [place, fresh] = locals_.try_emplace(std::string(text), Name{0});
    if (fresh) {
        if (!full()) document_.local_names_.emplace_back(text);
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

std::size_t View::count() const {
    std::size_t count = 0;
    for ([[maybe_unused]] View child : children()) ++count;
    return count;
}

std::size_t View::count(Name name) const {
    std::size_t count = 0;
    for ([[maybe_unused]] View child : children(name)) ++count;
    return count;
}

namespace {

// Finds the first child of a name in the other element. Mostly both have the same order, and the next one is it; elements
// with very many children get an index, so that comparing stays cheap whatever they hold.
class Counterpart {
public:
    explicit Counterpart(View parent) : next_(parent.first_child()) {
        std::size_t names = 0;
        View before;
        for (View child : parent.children()) {
            if (!before || before.name() != child.name()) ++names;
            before = child;
        }
        if (names <= 64) {
            parent_ = parent;
            return;
        }
        index_.reserve(names);
        before = View{};
        for (View child : parent.children()) {
            if (!before || before.name() != child.name()) index_.emplace_back(child.name_text(), child);
            before = child;
        }
        std::stable_sort(index_.begin(), index_.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
    }
    View find(View child) {
        View found = next_;
        if (!found || found.name_text() != child.name_text()) found = search(child.name_text());
        next_ = found;
        while (next_ && next_.name() == found.name()) next_ = next_.next();
        return found;
    }

private:
    View search(std::string_view name) const {
        if (parent_) return parent_.child(name);
        const auto place = std::lower_bound(index_.begin(), index_.end(), name,
                                            [](const auto& entry, std::string_view text) { return entry.first < text; });
        return place == index_.end() || place->first != name ? View{} : place->second;
    }

    View parent_;
    View next_;
    std::vector<std::pair<std::string_view, View>> index_;
};

}  // namespace

bool equal(View a, View b) {
    if (a.kind() != b.kind() || a.text() != b.text() || a.resource_type() != b.resource_type()) return false;
    if (a.count() != b.count()) return false;
    if (!a.first_child()) return true;
    Counterpart counterpart(b);
    for (View mine = a.first_child(); mine;) {
        const Name name = mine.name();
        View other = counterpart.find(mine);
        const Name other_name = other.name();
        for (; mine && mine.name() == name; mine = mine.next(), other = other.next())
            if (!other || other.name() != other_name || mine.list() != other.list() || !equal(mine, other)) return false;
    }
    return true;
}

}  // namespace fhir
