// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where in a JSON or XML text stands the element that a FHIRPath of ours names?
//
// Documents keep no offsets, as most are never complained about. When one is, its text is scanned once more: one linear
// pass for all findings, which looks only at the names on the way to them. What is not found, as an element that is
// missing, gets the place of the nearest element around it. Any text may come; what is malformed ends the scan.

#include "base/finding.h"

#include <string_view>

namespace fhir::codec {

// Line and column from 1, in bytes; 0 when not even the beginning is found.
struct Place {
    int line = 0;
    int column = 0;
    bool operator==(const Place&) const = default;
};

// `where`: "Bundle.entry[3].resource.name[0].family"; "Observation.value" finds valueQuantity, and
// "Patient.birthDate.extension[0]" what JSON keeps in _birthDate.
Place locate(std::string_view bytes, std::string_view where);

// Fills line and column of those that have none and say where.
void locate(std::string_view bytes, base::Findings& findings);

}  // namespace fhir::codec
