// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the names of a FHIR GraphQL document mean (FHIR R4 graphql.html): which fields there are in which place. Checking a document
// before it runs and running it ask the same table.

#include "fhir/schema/schema.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace fhir::graphql {

// What is selected from.
struct Shape {
    enum class Kind : std::uint8_t {
        query,       // the system: Patient, PatientList, PatientConnection
        element,     // a resource or an element of that type
        any,         // a resource whose type is not known before it is there
        connection,  // a page of `type`
        edge         // a match on it
    };
    Kind kind = Kind::element;
    schema::TypeId type = schema::no_type;
    bool operator==(const Shape&) const = default;
    auto operator<=>(const Shape&) const = default;
};

struct Member {
    enum class Kind : std::uint8_t {
        type_name,      // __typename
        resource_type,  // resourceType
        element,
        twin,           // id and extensions of a primitive: _birthDate
        resource,       // what a Reference points to
        one,            // Patient(id: ...)
        list,           // PatientList(...); in a resource: those that refer to it
        connection,     // PatientConnection(...)
        scalar,         // of a connection or an edge: count, mode ...
        edges,
        match           // the resource of an edge
    };
    Kind kind = Kind::element;
    Shape inside{};                           // what its own fields are selected from
    const schema::Element* element = nullptr; // element, twin
    bool list = false;
    bool leaf = false;                        // has no fields
};

// nullopt: there is no such field. In a shape of kind any only what every resource has is known.
std::optional<Member> find_member(const Shape& shape, std::string_view name, const schema::Schema& schema);

// "Patient", "PatientContact" (a part of Patient), "PatientConnection", "PatientEdge", "Query".
std::string type_name(const Shape& shape, const schema::Schema& schema);

// Does the condition of a fragment hold for what has this shape? nullopt: it names no type that there is. For a resource that is
// not known yet every type of resource fits.
std::optional<bool> fits(const Shape& shape, std::string_view condition, const schema::Schema& schema);

// What is selected from inside a fragment with that condition: narrower than `shape` when that is not known yet.
Shape narrowed(const Shape& shape, std::string_view condition, const schema::Schema& schema);

}  // namespace fhir::graphql
