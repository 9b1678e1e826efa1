// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/value.h"

#include "base/text.h"
#include "fhir/path/quantity.h"

namespace fhir::path {

using schema::Format;

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
        case Format::decimal: return Item::of_text(Item::Kind::decimal, text);
        case Format::date: return Item::of_text(Item::Kind::date, text);
        case Format::date_time:
        case Format::instant: return Item::of_text(Item::Kind::date_time, text);
        case Format::time: return Item::of_text(Item::Kind::time, text);
        default: break;
    }
    return Item::of_text(Item::Kind::string, text);
}

}  // namespace

std::optional<Item> system_value(const Item& item, const schema::Schema& schema) {
    if (!item.is_node()) return item.kind == Item::Kind::type_info ? std::nullopt : std::optional(item);
    if (!item.node) return {};
    if (item.node.has_value()) return primitive(item, schema);
    if (item.node.kind() != fhir::Kind::complex || item.type == schema::no_type) return {};
    const schema::TypeId quantity = schema.find_type("Quantity");
    if (quantity == schema::no_type || !schema.derives_from(item.type, quantity)) return {};
    const View value = item.node.child("value"_name);
    if (!value.has_value() || item.node.child("comparator"_name)) return {};
    const bool ucum = item.node.text("system"_name) == "http://unitsofmeasure.org";
    const std::string_view unit = ucum ? item.node.text("code"_name) : item.node.text("unit"_name);
    return Item::of_quantity(value.text(), unit.empty() ? std::string_view("1") : unit);
}

std::optional<std::string> text_of(const Item& item, const schema::Schema& schema) {
    if (item.is_node() && item.node.has_value()) return std::string(item.node.text());
    const auto value = system_value(item, schema);
    if (!value) return {};
    switch (value->kind) {
        case Item::Kind::node: case Item::Kind::type_info: return {};
        case Item::Kind::boolean: return value->flag ? "true" : "false";
        case Item::Kind::integer: return std::to_string(value->integer());
        case Item::Kind::quantity:
            return std::string(value->text) + (is_calendar_word(value->unit()) ? " " + std::string(value->unit())
                                                                              : " '" + std::string(value->unit()) + "'");
        default: return std::string(value->text);
    }
}

std::string_view type_of(const Item& item, const schema::Schema& schema) {
    switch (item.kind) {
        case Item::Kind::node: return item.type == schema::no_type ? std::string_view{} : schema.type_name(item.type);
        case Item::Kind::boolean: return "Boolean";
        case Item::Kind::integer: return item.flag ? "Long" : "Integer";
        case Item::Kind::decimal: return "Decimal";
        case Item::Kind::string: return "String";
        case Item::Kind::date: return "Date";
        case Item::Kind::date_time: return "DateTime";
        case Item::Kind::time: return "Time";
        case Item::Kind::quantity: return "Quantity";
        case Item::Kind::type_info: return "TypeInfo";
    }
    return {};
}

}  // namespace fhir::path
