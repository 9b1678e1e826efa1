// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the compiler keeps of a StructureDefinition: the snapshot's elements that decide what may stand where.

#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <string>
#include <string_view>
#include <vector>

namespace fhir::definition {

struct ElementModel {
    struct Form {
        std::string type;                  // "HumanName"; FHIRPath's system types are replaced by FHIR's
        std::vector<std::string> targets;  // type names out of targetProfile
    };
    std::string path;  // "Patient.contact.name", "Observation.value[x]"
    std::vector<Form> forms;
    std::string content_reference;  // path of the element whose content this one shares; mostly empty
    std::string value_set;          // canonical URL of the required binding, without its version; mostly empty
    std::uint16_t min = 0;
    std::uint16_t max = 1;
    std::uint16_t flags = 0;  // schema::Element::Flag, without choice, resource_inside and reference
};

struct TypeModel {
    std::string name;
    std::string base;  // name of the type it specializes; empty at the top
    schema::TypeKind kind = schema::TypeKind::complex;
    bool abstract = false;
    std::vector<ElementModel> elements;  // without the root element; [0] is its first child
};

// The snapshot of a specializing StructureDefinition.
TypeModel read_type(View structure_definition);

schema::Format format_of(std::string_view primitive);

// Of a SearchParameter: the values of a repeating element with a space between ("Patient Group"), and its components as
// "definition-url expression" lines.
std::string joined(View parent, Name name);
std::string parameter_components(View search_parameter);

// "http://hl7.org/fhir/StructureDefinition/Patient|4.0.1" -> "Patient"
std::string_view last_segment(std::string_view canonical);
// ".../administrative-gender|4.0.1" -> without "|4.0.1"
std::string_view without_version(std::string_view canonical);

}  // namespace fhir::definition
