// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/value.h"

#include "base/text.h"

namespace fhir::path {

using schema::Format;

Item Item::of_bool(bool value) {
    Item item;
    item.kind = Kind::boolean;
    item.flag = value;
    return item;
}

Item Item::of_integer(std::int64_t value) {
    Item item;
    item.kind = Kind::integer;
    item.integer = value;
    return item;
}

Item Item::of_text(Kind kind, std::string text, std::string unit) {
    Item item;
    item.kind = kind;
    item.text = std::move(text);
    item.unit = std::move(unit);
    return item;
}

namespace {

// How the text of a primitive is to be read; by JSON's own kinds when the type is not known.
Format format_of(const Item& item, const schema::Schema& schema) {
    if (item.type != schema::no_type) return schema.type(item.type).format;
    switch (item.node.kind()) {
        case fhir::Kind::boolean: return Format::boolean;
        case fhir::Kind::number: return Format::decimal;
        default: return Format::string;
    }
}

Item primitive(const Item& item, const schema::Schema& schema) {
    const std::string_view text = item.node.text();
    switch (format_of(item, schema)) {
        case Format::boolean:
            if (text == "true" || text == "false") return Item::of_bool(text == "true");
            break;
        case Format::integer:
        case Format::unsigned_int:
        case Format::positive_int:
            if (const auto number = base::to_integer(text)) return Item::of_integer(*number);
            break;
        case Format::decimal: return Item::of_text(Item::Kind::decimal, std::string(text));
        case Format::date: return Item::of_text(Item::Kind::date, std::string(text));
        case Format::date_time:
        case Format::instant: return Item::of_text(Item::Kind::date_time, std::string(text));
        case Format::time: return Item::of_text(Item::Kind::time, std::string(text));
        default: break;
    }
    return Item::of_text(Item::Kind::string, std::string(text));
}

}  // namespace

std::optional<Item> system_value(const Item& item, const schema::Schema& schema) {
    if (!item.is_node()) return item;
    if (!item.node) return {};
    if (item.node.has_value()) return primitive(item, schema);
    if (item.node.kind() != fhir::Kind::complex || item.type == schema::no_type) return {};
    const schema::TypeId quantity = schema.find_type("Quantity");
    if (quantity == schema::no_type || !schema.derives_from(item.type, quantity)) return {};
    const View value = item.node.child("value"_name);
    if (!value.has_value() || item.node.child("comparator"_name)) return {};
    const bool ucum = item.node.text("system"_name) == "http://unitsofmeasure.org";
    const std::string_view unit = ucum ? item.node.text("code"_name) : item.node.text("unit"_name);
    return Item::of_text(Item::Kind::quantity, std::string(value.text()), std::string(unit.empty() ? "1" : unit));
}

std::optional<std::string> text_of(const Item& item, const schema::Schema& schema) {
    if (item.is_node() && item.node.has_value()) return std::string(item.node.text());
    const auto value = system_value(item, schema);
    if (!value) return {};
    switch (value->kind) {
        case Item::Kind::node: return {};
        case Item::Kind::boolean: return value->flag ? "true" : "false";
        case Item::Kind::integer: return std::to_string(value->integer);
        case Item::Kind::quantity: return value->text + " '" + value->unit + "'";
        default: return value->text;
    }
}

}  // namespace fhir::path
