// SPDX-License-Identifier: Apache-2.0
#pragma once

// What rows ask of a source: values, whether a condition holds, and which bytes have been read.
//
// Knows nothing of targets. One for a run; a question costs the bytes that it looks at.

#include "mapping/program.h"
#include "mapping/run.h"
#include "mapping/source.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mapping {

class Reader {
public:
    // Bytes of the source that a row has looked at: an element holds them, or they were left out on purpose.
    enum Mark : std::uint8_t { unread, kept, dropped };

    Reader(const Source& source, const RunOptions& options)
        : source_(source), options_(options), covered_(source.bytes().size() + 1, unread) {}

    // Every node that `value` names, seen from `from`, until `visit` returns false.
    template <class F>
    void each(const Value& value, const Node& from, F&& visit) const {
        Node start = value.here ? from : beside(value.anchor, from);
        if (!start) return;
        if (value.steps.empty()) {
            visit(start);
            return;
        }
        for (Node at = source_.first(start, value.steps[0]); at; at = source_.next(at)) {
            Node deep = at;
            for (std::size_t i = 1; deep && i < value.steps.size(); ++i) deep = source_.first(deep, value.steps[i]);
            if (deep && !visit(deep)) return;
            if (value.steps[0].repetition != 0) return;
        }
    }

    // The first that is valued, else the first.
    Node one(const Value& value, const Node& from) const;
    // What was given from outside under that name; empty when nothing was.
    std::string_view outside(std::string_view name) const;
    // Text of a path, $name or "text with {paths}"; empty when nothing in it is valued. Marks what it read when `take_it`.
    std::string_view text_of(const Value& value, const Node& from, std::string& store, bool take_it);
    bool holds(const Test& test, const Node& node);

    void take(const Node& node, Mark mark);
    // The same bytes were read before, at `like`: what came of them there holds here.
    void take_like(const Node& node, const Node& like);
    Mark mark(const Node& node) const { return static_cast<Mark>(covered_[place(node)]); }

private:
    // "ORDER_DETAIL.RXO": what stands below the group that is nearest, too.
    Node beside(std::string_view anchor, const Node& from) const {
        std::size_t dot = anchor.find('.');
        Node at = source_.beside(from, anchor.substr(0, dot));
        while (at && dot != std::string_view::npos) {
            anchor.remove_prefix(dot + 1);
            dot = anchor.find('.');
            at = source_.first(at, {0, 0, anchor.substr(0, dot)});
        }
        return at;
    }
    std::size_t place(const Node& node) const { return static_cast<std::size_t>(node.text - source_.bytes().data()); }

    const Source& source_;
    const RunOptions& options_;
    std::vector<std::uint8_t> covered_;
};

}  // namespace mapping
