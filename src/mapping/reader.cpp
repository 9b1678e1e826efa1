// SPDX-License-Identifier: Apache-2.0
#include "mapping/reader.h"

#include "mapping/convert.h"

#include <algorithm>

namespace mapping {

namespace {

bool compare(int count, const Test& test) {
    return test.comparison == '>' ? count > test.number : test.comparison == '<' ? count < test.number : count == test.number;
}

}  // namespace

Node Reader::one(const Value& value, const Node& from) const {
    Node found;
    each(value, from, [&](const Node& node) {
        if (!found || node.valued()) found = node;
        return !node.valued();
    });
    return found;
}

std::string_view Reader::outside(std::string_view name) const {
    for (const auto& [key, text] : options_.outside)
        if (key == name) return text;
    return {};
}

std::string_view Reader::text_of(const Value& value, const Node& from, std::string& store, bool take_it) {
    if (value.kind == SourceText::Kind::outside) return outside(value.anchor);
    if (value.kind == SourceText::Kind::path) {
        const Node node = one(value, from);
        if (!node.valued()) return {};
        if (take_it) take(node, kept);
        return source_.text(node, store);
    }
    std::string made;
    bool any = false;
    for (std::size_t i = 0; i < value.pieces.size(); ++i) {
        made += value.pieces[i];
        if (i >= value.parts.size()) continue;
        std::string piece;
        const std::string_view text = text_of(value.parts[i], from, piece, take_it);
        any = any || !text.empty();
        made += text;
    }
    if (!any) return {};
    // What was absent leaves no gap.
    store.clear();
    for (char c : made)
        if (c != ' ' || (!store.empty() && store.back() != ' ')) store += c;
    while (!store.empty() && store.back() == ' ') store.pop_back();
    return store;
}

void Reader::take(const Node& node, Mark mark) {
    if (!node || node.length == 0) return;
    const std::size_t at = place(node);
    for (std::size_t i = at; i < at + node.length; ++i)
        if (covered_[i] != kept) covered_[i] = mark;
}

void Reader::take_like(const Node& node, const Node& like) {
    const std::size_t to = place(node), from = place(like);
    for (std::size_t i = 0; i < node.length && i < like.length; ++i)
        if (covered_[to + i] != kept) covered_[to + i] = covered_[from + i];
}

bool Reader::holds(const Test& test, const Node& node) {
    switch (test.kind) {
        case Condition::Kind::always: return true;
        case Condition::Kind::all:
            return std::all_of(test.parts.begin(), test.parts.end(), [&](const Test& part) { return holds(part, node); });
        case Condition::Kind::any:
            return std::any_of(test.parts.begin(), test.parts.end(), [&](const Test& part) { return holds(part, node); });
        case Condition::Kind::none: return !holds(test.parts[0], node);
        case Condition::Kind::valued: {
            if (test.value.kind == SourceText::Kind::outside) return !outside(test.value.anchor).empty();
            const Node found = one(test.value, node);
            // A group has no text of its own: it is there, or it is not.
            const bool named = !test.value.here && test.value.steps.empty();
            return found.valued() || (named && found && found.length == 0 && !found.deleted);
        }
        case Condition::Kind::one_of: {
            std::string store;
            const std::string_view text = text_of(test.value, node, store, false);
            return std::find(test.values.begin(), test.values.end(), text) != test.values.end();
        }
        case Condition::Kind::count: {
            int count = 0;
            if (!test.value.here && test.value.steps.empty()) {  // of segments and groups
                for (Node at = source_.beside(node, test.value.anchor); at; at = source_.next(at)) ++count;
                return compare(count, test);
            }
            each(test.value, node, [&](const Node&) { return ++count, true; });
            return compare(count, test);
        }
        case Condition::Kind::length: {
            std::string store;
            return compare(static_cast<int>(text_of(test.value, node, store, false).size()), test);
        }
        case Condition::Kind::is: {
            std::string store;
            return convert(test.conversion, text_of(test.value, node, store, false), options_.zone).has_value();
        }
        case Condition::Kind::setting:
            return std::find(options_.settings.begin(), options_.settings.end(), test.values[0]) != options_.settings.end();
    }
    return false;
}

}  // namespace mapping
