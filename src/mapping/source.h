// SPDX-License-Identifier: Apache-2.0
#pragma once

// The port that a foreign document answers, so that one engine serves v2 messages, CDA documents, ASTM records and
// DICOM data sets. A document is a tree of Nodes: groups, segments, fields and what is inside them.
//
// A Node is a handle of a few words that the document fills in and the engine only hands back. The bytes below it
// are one range of the document's bytes: that is how the engine knows which atoms a row has taken.
// Every answer costs at most the bytes of its parent; absence is a Node without text, never a fault.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mapping {

struct Node {
    const char* text = nullptr;   // nullptr: this node is not there at all
    std::uint32_t length = 0;     // 0: it is there, and empty
    std::uint32_t rest = 0;       // bytes behind it that may hold further repeats
    std::uint32_t line = 0;       // segment, record: the document's own counting
    std::uint32_t group = 0;      // the group it stands in
    std::uint16_t field = 0;
    std::uint16_t repetition = 0;
    std::uint16_t component = 0;
    std::uint16_t subcomponent = 0;
    std::uint8_t level = 0;
    bool deleted = false;         // sent as "delete what you have" (HL7 v2 2.5.3)

    explicit operator bool() const { return text != nullptr; }
    bool valued() const { return length != 0 && !deleted; }
};

// One step down: by number (fields, components: from 1) or by name (groups, segments, elements).
struct Step {
    int number = 0;
    int repetition = 0;      // 0: all of them
    std::string_view name{};  // lives as long as the program
};

class Source {
public:
    virtual ~Source() = default;

    virtual Node root() const = 0;
    // The first of what `step` names below `from`; next() walks its repeats. Both end with a false Node.
    virtual Node first(const Node& from, const Step& step) const = 0;
    virtual Node next(const Node& node) const = 0;
    // The segment (record) of that name that stands nearest: in the same group, else in the groups around it.
    virtual Node beside(const Node& node, std::string_view name) const = 0;
    // The text that is meant, unescaped UTF-8: a view of the document, or of `store` when it had to be made.
    virtual std::string_view text(const Node& node, std::string& store) const = 0;
    // "PID-3[2].1": for findings and for the residue.
    virtual std::string where(const Node& node) const = 0;
    // Every primitive value that was sent, in order, with the bytes it covers.
    virtual std::vector<Node> atoms() const = 0;
    // All bytes: a Node's text lies within.
    virtual std::string_view bytes() const = 0;
};

}  // namespace mapping
