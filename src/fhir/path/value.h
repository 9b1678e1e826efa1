// SPDX-License-Identifier: Apache-2.0
#pragma once

// What FHIRPath computes with: an Item is an element of a document, or a value that was computed.
//
// 48 bytes, copied freely, owns nothing: text is a view into the document, the program or the arena of the evaluation, and all of
// them must outlive it (program.h: an Answer keeps its arena). Decimals and dates keep their text, so "1.00" and "2024-05"
// stay what they are.

#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fhir::path {

struct Item {
    enum class Kind : std::uint8_t {
        node,  // an element; or, without a view, a resource of which only the type is known (resolve())
        boolean, integer, decimal, string, date, date_time, time, quantity,
        type_info  // what type() gives: text = name, unit = namespace
    };

    Kind kind = Kind::node;
    bool flag = false;                         // boolean; integer: a Long
    schema::TypeId type = schema::no_type;     // node: its FHIR type when known
    View node{};
    std::string_view text{};  // string; digits of a decimal or of a quantity's number; date, dateTime, time without '@'

    bool is_node() const { return kind == Kind::node; }
    bool is_number() const { return kind == Kind::integer || kind == Kind::decimal; }
    std::int64_t integer() const { return kind == Kind::integer ? extra_.integer : 0; }
    // The row a node was reached by, when there is one.
    const schema::Element* element() const { return kind == Kind::node ? extra_.element : nullptr; }
    // Quantity: UCUM code or calendar word as it was written; never empty.
    std::string_view unit() const {
        return kind == Kind::quantity || kind == Kind::type_info ? std::string_view{extra_.unit, unit_length_} : std::string_view{};
    }

    static Item of(View node, schema::TypeId type, const schema::Element* element = nullptr) {
        Item item;
        item.node = node;
        item.type = type;
        item.extra_.element = element;
        return item;
    }
    static Item of_bool(bool value) {
        Item item;
        item.kind = Kind::boolean;
        item.flag = value;
        return item;
    }
    static Item of_integer(std::int64_t value, bool is_long = false) {
        Item item;
        item.kind = Kind::integer;
        item.flag = is_long;
        item.extra_.integer = value;
        return item;
    }
    static Item of_text(Kind kind, std::string_view text) {
        Item item;
        item.kind = kind;
        item.text = text;
        return item;
    }
    static Item of_quantity(std::string_view number, std::string_view unit) {
        Item item = of_text(Kind::quantity, number);
        item.extra_.unit = unit.data();
        item.unit_length_ = static_cast<std::uint32_t>(unit.size());
        return item;
    }
    static Item of_type(std::string_view space, std::string_view name) {
        Item item = of_quantity(name, space);
        item.kind = Kind::type_info;
        return item;
    }

private:
    std::uint32_t unit_length_ = 0;
    union Extra {
        const schema::Element* element = nullptr;
        std::int64_t integer;
        const char* unit;
    } extra_{};
};

using Collection = std::vector<Item>;

// The system value of a primitive element (FHIR R4 2.9 "using FHIR types in expressions"), of a Quantity element, or the
// computed value itself. Nothing for other complex elements and for primitives without value.
std::optional<Item> system_value(const Item& item, const schema::Schema& schema);

// As text: what toString() says; nothing for complex elements.
std::optional<std::string> text_of(const Item& item, const schema::Schema& schema);

// "Patient", "code"; of values "Boolean", "String" and so on (without "System.").
std::string_view type_of(const Item& item, const schema::Schema& schema);

}  // namespace fhir::path
