// SPDX-License-Identifier: Apache-2.0
#include "fhir/graphql/member.h"

#include <array>

namespace fhir::graphql {

namespace {

using Kind = Member::Kind;
using schema::Schema;

std::optional<Member> leaf(Kind kind) { return Member{.kind = kind, .leaf = true}; }

// "PatientList" -> Patient; no_type when it is none.
schema::TypeId resource_before(std::string_view name, std::string_view suffix, const Schema& schema) {
    if (!name.ends_with(suffix)) return schema::no_type;
    name.remove_suffix(suffix.size());
    return schema.is_resource(name) ? schema.find_type(name) : schema::no_type;
}

std::optional<Member> search(std::string_view name, const Schema& schema) {
    if (const auto type = resource_before(name, "List", schema); type != schema::no_type)
        return Member{.kind = Kind::list, .inside = {Shape::Kind::element, type}, .list = true};
    if (const auto type = resource_before(name, "Connection", schema); type != schema::no_type)
        return Member{.kind = Kind::connection, .inside = {Shape::Kind::connection, type}};
    return std::nullopt;
}

std::optional<Member> of_element(const Shape& shape, std::string_view name, const Schema& schema) {
    const bool twin = name.starts_with('_');
    if (const Name number = schema.names().find(twin ? name.substr(1) : name); number != no_name) {
        const schema::Element* element = schema.element(shape.type, number);
        const bool primitive = element != nullptr && schema.type(element->type).kind == schema::TypeKind::primitive;
        if (element != nullptr && (primitive || !twin)) {
            Member found{.kind = twin ? Kind::twin : Kind::element, .element = element, .list = element->repeats(), .leaf = primitive && !twin};
            if (twin) found.inside = {Shape::Kind::element, schema.find_type("Element")};
            else if (element->is(schema::Element::resource_inside)) found.inside = {Shape::Kind::any, schema::no_type};
            else found.inside = {Shape::Kind::element, element->type};
            return found;
        }
    }
    const schema::Type& type = schema.type(shape.type);
    if (type.kind == schema::TypeKind::resource) {
        if (name == "resourceType") return leaf(Kind::resource_type);
        return search(name, schema);
    }
    if (name == "resource" && schema.type_name(shape.type) == "Reference")
        return Member{.kind = Kind::resource, .inside = {Shape::Kind::any, schema::no_type}};
    return std::nullopt;
}

std::optional<Member> of_any(std::string_view name, const Schema& schema) {
    if (name == "resourceType") return leaf(Kind::resource_type);
    auto found = of_element({Shape::Kind::element, schema.find_type("Resource")}, name, schema);
    if (found) return found;
    return of_element({Shape::Kind::element, schema.find_type("DomainResource")}, name, schema);
}

std::optional<Member> of_query(std::string_view name, const Schema& schema) {
    // Before the types whose name is the beginning: List is a resource, and ListList its list.
    if (schema.is_resource(name)) return Member{.kind = Kind::one, .inside = {Shape::Kind::element, schema.find_type(name)}};
    return search(name, schema);
}

}  // namespace

std::optional<Member> find_member(const Shape& shape, std::string_view name, const Schema& schema) {
    if (name == "__typename") return leaf(Kind::type_name);
    switch (shape.kind) {
        case Shape::Kind::query: return of_query(name, schema);
        case Shape::Kind::any: return of_any(name, schema);
        case Shape::Kind::element: return of_element(shape, name, schema);
        case Shape::Kind::connection:
            if (name == "edges") return Member{.kind = Kind::edges, .inside = {Shape::Kind::edge, shape.type}, .list = true};
            for (const std::string_view scalar : {"count", "offset", "pagesize", "first", "previous", "next", "last"})
                if (name == scalar) return leaf(Kind::scalar);
            return std::nullopt;
        case Shape::Kind::edge:
            if (name == "resource") return Member{.kind = Kind::match, .inside = {Shape::Kind::element, shape.type}};
            if (name == "mode" || name == "score") return leaf(Kind::scalar);
            return std::nullopt;
    }
    return std::nullopt;
}

namespace {

std::string without_dots(std::string_view path) {
    std::string name;
    bool up = false;
    for (const char c : path) {
        if (c != '.') name += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        up = c == '.';
    }
    return name;
}

// Only backbone elements have names that are written in two ways.
schema::TypeId named(std::string_view name, const Schema& schema) {
    if (const auto type = schema.find_type(name); type != schema::no_type) return type;
    for (std::size_t id = 1; id < schema.type_count(); ++id) {
        const auto type = static_cast<schema::TypeId>(id);
        if (schema.type(type).kind == schema::TypeKind::backbone && without_dots(schema.type_name(type)) == name) return type;
    }
    return schema::no_type;
}

}  // namespace

std::string type_name(const Shape& shape, const Schema& schema) {
    const std::string type = shape.type == schema::no_type ? "Resource" : without_dots(schema.type_name(shape.type));
    switch (shape.kind) {
        case Shape::Kind::query: return "Query";
        case Shape::Kind::connection: return type + "Connection";
        case Shape::Kind::edge: return type + "Edge";
        default: return type;
    }
}

std::optional<bool> fits(const Shape& shape, std::string_view condition, const Schema& schema) {
    if (condition.empty() || condition == type_name(shape, schema)) return true;
    const schema::TypeId wanted = named(condition, schema);
    if (wanted == schema::no_type) {
        const bool known = condition == "Query" || resource_before(condition, "Connection", schema) != schema::no_type ||
                           resource_before(condition, "Edge", schema) != schema::no_type;
        return known ? std::optional<bool>(false) : std::nullopt;
    }
    if (shape.kind == Shape::Kind::any) return schema.type(wanted).kind == schema::TypeKind::resource;
    return shape.kind == Shape::Kind::element && schema.derives_from(shape.type, wanted);
}

Shape narrowed(const Shape& shape, std::string_view condition, const Schema& schema) {
    if (shape.kind != Shape::Kind::any || condition.empty()) return shape;
    const schema::TypeId wanted = named(condition, schema);
    return schema.is_resource(condition) ? Shape{Shape::Kind::element, wanted} : shape;
}

}  // namespace fhir::graphql
