// SPDX-License-Identifier: Apache-2.0
#pragma once

// How JSON writes a primitive of some format (FHIR R4 2.6.2.2): as true or false, as a number, or as a string.

#include "fhir/schema/schema.h"
#include "fhir/tree/document.h"

namespace fhir::schema {

constexpr Kind written_as(Format format) {
    switch (format) {
        case Format::boolean: return Kind::boolean;
        case Format::integer:
        case Format::unsigned_int:
        case Format::positive_int:
        case Format::decimal: return Kind::number;
        default: return Kind::string;
    }
}

}  // namespace fhir::schema
