// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/shape.h"

#include <string_view>
#include <utility>

namespace fhir::search {

namespace {

constexpr std::pair<std::string_view, Shape> complex_types[] = {
    {"Coding", Shape::coding},        {"CodeableConcept", Shape::concept_}, {"Identifier", Shape::identifier},
    {"ContactPoint", Shape::contact_point}, {"HumanName", Shape::human_name}, {"Address", Shape::address},
    {"Period", Shape::period},        {"Timing", Shape::timing},            {"Quantity", Shape::quantity},
    {"Money", Shape::money},          {"Range", Shape::range},              {"Reference", Shape::reference},
    {"SampledData", Shape::sampled_data},   {"Extension", Shape::extension},  {"Resource", Shape::resource},
};

Shape of_primitive(schema::Format format) {
    using schema::Format;
    switch (format) {
        case Format::boolean: return Shape::boolean;
        case Format::integer: case Format::unsigned_int: case Format::positive_int: return Shape::integer;
        case Format::decimal: return Shape::decimal;
        case Format::code: return Shape::code;
        case Format::canonical: return Shape::canonical;
        case Format::uri: case Format::url: case Format::oid: case Format::uuid: return Shape::uri;
        case Format::date: case Format::date_time: case Format::instant: return Shape::date;
        case Format::none: case Format::base64: case Format::xhtml: return Shape::none;
        default: return Shape::text;
    }
}

}  // namespace

char case_counts(Shape shape) {
    switch (shape) {
        case Shape::identifier: case Shape::reference: case Shape::text: case Shape::uri: case Shape::canonical: return 'y';
        case Shape::coding: case Shape::concept_: case Shape::contact_point: case Shape::code: case Shape::boolean: case Shape::quantity: return 'n';
        default: return '-';
    }
}

Shapes::Shapes(const schema::Schema& schema) : shapes_(schema.type_count(), Shape::none) {
    for (std::size_t i = 1; i < shapes_.size(); ++i) {
        const auto id = static_cast<schema::TypeId>(i);
        const schema::Type& type = schema.type(id);
        if (type.kind == schema::TypeKind::primitive) shapes_[i] = of_primitive(type.format);
        else if (type.kind == schema::TypeKind::resource) shapes_[i] = Shape::resource;
        else
            for (const auto& [name, shape] : complex_types)
                if (const auto base = schema.find_type(name); base != schema::no_type && schema.derives_from(id, base))
                    shapes_[i] = shape;
    }
}

}  // namespace fhir::search
