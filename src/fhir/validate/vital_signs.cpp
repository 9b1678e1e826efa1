// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/vital_signs.h"

#include <array>
#include <utility>

namespace fhir::validate {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> profiles{{
    {"85353-1", "http://hl7.org/fhir/StructureDefinition/vitalspanel"},
    {"9279-1", "http://hl7.org/fhir/StructureDefinition/resprate"},
    {"8867-4", "http://hl7.org/fhir/StructureDefinition/heartrate"},
    {"2708-6", "http://hl7.org/fhir/StructureDefinition/oxygensat"},
    {"8310-5", "http://hl7.org/fhir/StructureDefinition/bodytemp"},
    {"8302-2", "http://hl7.org/fhir/StructureDefinition/bodyheight"},
    {"9843-4", "http://hl7.org/fhir/StructureDefinition/headcircum"},
    {"29463-7", "http://hl7.org/fhir/StructureDefinition/bodyweight"},
    {"39156-5", "http://hl7.org/fhir/StructureDefinition/bmi"},
    {"85354-9", "http://hl7.org/fhir/StructureDefinition/bp"},
}};

}  // namespace

std::string_view vital_sign(View observation) {
    const View code = observation.child("code"_name);
    if (!code || code.primitive()) return {};
    for (View coding : code.children("coding"_name)) {
        if (coding.text("system"_name) != "http://loinc.org") continue;
        for (const auto& [loinc, profile] : profiles)
            if (coding.text("code"_name) == loinc) return profile;
    }
    return {};
}

}  // namespace fhir::validate
