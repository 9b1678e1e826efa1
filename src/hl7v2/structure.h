// SPDX-License-Identifier: Apache-2.0
#pragma once

// The segments of a message in their groups: PATIENT_RESULT / ORDER_OBSERVATION / OBSERVATION ...
//
// A Tree is one compact vector; its leaves are segment numbers of the Message and its names belong to the
// Message and the Structure, which must both outlive it. Every segment of the message is in it exactly once,
// in the order of the message within each group: what the grammar does not expect (Z-segments, wrong order, a second
// PV1) is attached to an open group, marked and remarked upon, never lost. One table look-up a segment.

#include "base/finding.h"
#include "hl7v2/grammar.h"
#include "hl7v2/message.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace hl7v2 {

struct Node {
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    std::string_view name;          // of the group or segment
    std::uint32_t segment = none;   // Message::segment(segment); none: a group
    std::uint32_t parent = none;
    std::uint32_t first_child = none;
    std::uint32_t last_child = none;
    std::uint32_t next = none;      // sibling
    std::uint16_t element = 0;      // of the Structure; 0 for the message and for what is unexpected
    bool expected = true;           // false: the grammar has no such segment here

    bool is_group() const { return segment == none; }
};

class Tree {
public:
    const Node& root() const { return nodes_[0]; }
    const Node& node(std::uint32_t index) const { return nodes_[index]; }
    std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
    std::uint32_t index(const Node& node) const { return static_cast<std::uint32_t>(&node - nodes_.data()); }

    // Children one by one: for (auto c = tree.child(n); c; c = tree.next(*c)). nullptr at the end. With a name: those only.
    const Node* child(const Node& of) const { return at(of.first_child); }
    const Node* next(const Node& of) const { return at(of.next); }
    const Node* child(const Node& of, std::string_view name) const;
    const Node* next(const Node& of, std::string_view name) const;

    // What was not as the grammar says. Missing parts: `required`, an error (a warning where the table says so), where =
    // the segment's name. Unexpected ones: `structure`, a warning; Z-segments an information.
    const base::Findings& findings() const { return findings_; }

private:
    friend Tree arrange(const Message&, const Structure*);
    const Node* at(std::uint32_t index) const { return index == Node::none ? nullptr : &nodes_[index]; }
    std::uint32_t append(Node node);
    std::vector<Node> nodes_;
    base::Findings findings_;
};

// Without a structure (an unknown message type): all segments below the root, as expected.
Tree arrange(const Message& message, const Structure* structure);

}  // namespace hl7v2
