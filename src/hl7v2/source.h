// SPDX-License-Identifier: Apache-2.0
#pragma once

// A message with its groups, as the map engine reads it (mapping/source.h).
//
// Steps by name go to groups and segments, by number to fields, components and subcomponents. A field that holds
// nothing but separators is empty; "" is `deleted` (HL7 v2 2.5.3). Message and tree must outlive it; one thread.

#include "hl7v2/message.h"
#include "hl7v2/structure.h"
#include "mapping/source.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hl7v2 {

class MessageSource final : public mapping::Source {
public:
    MessageSource(const Message& message, const Tree& tree) : message_(message), tree_(tree), delimiters_(message.delimiters()) {}

    mapping::Node root() const override;
    mapping::Node first(const mapping::Node& from, const mapping::Step& step) const override;
    mapping::Node next(const mapping::Node& node) const override;
    mapping::Node beside(const mapping::Node& node, std::string_view name) const override;
    std::string_view text(const mapping::Node& node, std::string& store) const override;
    std::string where(const mapping::Node& node) const override;
    std::vector<mapping::Node> atoms() const override;
    std::string_view bytes() const override { return message_.bytes(); }

private:
    enum Level : std::uint8_t { group, segment, repetition, component, subcomponent };
    mapping::Node of_tree(const Node& node) const;
    mapping::Node cut(const mapping::Node& above, std::string_view all, char separator, int number, Level level) const;
    mapping::Node told_by_event(const mapping::Node& type, const mapping::Node& otherwise) const;
    const Node* below(const Node& of, std::string_view name, std::string_view except) const;
    const Node* nearest(std::uint32_t group, std::string_view name, std::string_view from) const;

    const Message& message_;
    const Tree& tree_;
    Delimiters delimiters_;
    // What stands nearest, once found: a message with thousands of groups asks the same of each.
    // Names are the program's and the tree's own.
    struct Asked {
        std::uint32_t group;
        std::string_view name, from;
        bool operator==(const Asked&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Asked& asked) const {
            const std::hash<std::string_view> hash;
            return (asked.group * std::size_t{0x9E3779B97F4A7C15}) ^ hash(asked.name) ^ (hash(asked.from) << 1);
        }
    };
    mutable std::unordered_map<Asked, const Node*, Hash> found_;
};

}  // namespace hl7v2
