// SPDX-License-Identifier: Apache-2.0
#pragma once

// Resources while rows are still adding to them: one arena of linked nodes for a whole translation.
//
// A Document is append only and rows are not in its order: identifiers come from three fields, a report from two
// segments. A Draft takes nodes in any order, keeps children in the schema's order and repeats together, and is
// copied into a Document once, at the end. Adding costs a constant for what comes in order.

#include "fhir/tree/builder.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mapping {

class Draft {
public:
    using Index = std::uint32_t;  // 0: none

    struct Shape {                // what the schema says about an element
        fhir::Name name = fhir::no_name;
        std::uint16_t place = 0;
        bool list = false;
        fhir::Name choice = fhir::no_name;  // the element that it is a form of: "value" of valueQuantity; no_name: it is no choice
    };

    struct Node {
        fhir::Name name = fhir::no_name;
        fhir::Name choice = fhir::no_name;
        std::uint16_t place = 0;
        std::uint16_t label = 0;   // items of one label are one item
        fhir::Kind kind = fhir::Kind::complex;
        bool list = false;
        std::string_view text;
        std::int32_t reference = -1;  // the resource whose id this text will be
        std::uint32_t row = 0;        // the row that made it
        Index parent = 0, first = 0, last = 0, next = 0, previous = 0, recent = 0;
    };

    Draft() {
        nodes_.reserve(256);
        nodes_.resize(1);
    }

    Index resource(std::string_view type);
    Index add(Index parent, const Shape& shape, fhir::Kind kind, std::uint32_t row, std::uint16_t label = 0);
    Index find(Index parent, fhir::Name name, std::uint16_t label) const;  // an item of that label; 0 when there is none
    Index find(Index parent, fhir::Name name) const;                       // the first so named
    void remove(Index node);
    void move_first(Index node);  // before its siblings of the same name

    Node& node(Index index) { return nodes_[index]; }
    const Node& node(Index index) const { return nodes_[index]; }
    std::size_t size() const { return nodes_.size(); }

    // `text` kept until the draft goes; one that is long (fhir::long_text) without a copy, for documents to share.
    std::string_view keep(std::string_view text);
    std::string_view keep(std::string&& text);
    fhir::LongText shared(std::string_view kept) const;  // null for all others

private:
    std::vector<Node> nodes_;
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::size_t used_ = 0, room_ = 0;
    std::vector<fhir::LongText> long_;
};

}  // namespace mapping
