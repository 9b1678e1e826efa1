// SPDX-License-Identifier: Apache-2.0
#pragma once

// What FHIRPath computes with: an Item is an element of a document, or a value that was computed.
//
// An element's Item costs no allocation. Decimals and dates keep their text, so "1.00" and "2024-05" stay what they
// are. An Item borrows its Document, and the Schema's numbers; both must outlive it.

#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <optional>
#include <string>
#include <vector>

namespace fhir::path {

struct Item {
    enum class Kind : std::uint8_t {
        node,  // an element; or, without a view, a resource of which only the type is known (resolve())
        boolean, integer, decimal, string, date, date_time, time, quantity
    };

    Kind kind = Kind::node;
    bool flag = false;                         // boolean
    schema::TypeId type = schema::no_type;     // node: its FHIR type when known
    View node{};
    const schema::Element* element = nullptr;  // the row it was reached by, when there is one
    std::int64_t integer = 0;
    std::string text{};  // string; digits of a decimal or of a quantity's number; date, dateTime, time without '@'
    std::string unit{};  // quantity: UCUM code or calendar word

    bool is_node() const { return kind == Kind::node; }

    static Item of(View node, schema::TypeId type, const schema::Element* element = nullptr) {
        Item item;
        item.node = node;
        item.type = type;
        item.element = element;
        return item;
    }
    static Item of_bool(bool value);
    static Item of_integer(std::int64_t value);
    static Item of_text(Kind kind, std::string text, std::string unit = {});
};

using Collection = std::vector<Item>;

// The system value of a primitive element (FHIR R4 2.9 "using FHIR types in expressions"), of a Quantity element, or the
// computed value itself. Nothing for other complex elements and for primitives without value.
std::optional<Item> system_value(const Item& item, const schema::Schema& schema);

// As text: what toString() says; nothing for complex elements.
std::optional<std::string> text_of(const Item& item, const schema::Schema& schema);

}  // namespace fhir::path
