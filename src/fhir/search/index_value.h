// SPDX-License-Identifier: Apache-2.0
#pragma once

// One thing that a resource can be found by: what extraction makes and a store keeps.

#include "base/clock.h"

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace fhir::search {

enum class IndexKind : std::uint8_t { token, string, date, number, quantity, reference, uri, words, position };

// The ends of a Period that has none (FHIR R4 3.1.1.4.7: a missing end is unbounded).
inline constexpr base::Micros no_begin = std::numeric_limits<base::Micros>::min();
inline constexpr base::Micros no_end = std::numeric_limits<base::Micros>::max();

struct IndexValue {
    std::uint32_t parameter = 0;  // Parameter::index
    IndexKind kind = IndexKind::token;
    std::uint8_t component = 0;   // of a composite: 1, 2, ...; 0 = the parameter itself
    std::uint32_t group = 0;      // values of one composite element share it

    // token:     system, code, text (folded display/CodeableConcept.text for :text)
    // string:    code = folded text (base::fold), text = as it stands
    // uri:       code = the uri
    // reference: system = resource type ("" when not known), code = logical id, text = absolute url when it is not a
    //            relative reference; identifier-only references: kind token rows with component 0 of the same parameter
    //            and text ":identifier"
    // words:     text = running text for full-text search (_text, _content)
    // position:  low = latitude, high = longitude, in degrees (WGS 84)
    // quantity:  system, code = unit code, text = human unit; low..high the value's range
    std::string system;
    std::string code;
    std::string text;

    base::Micros from = 0;  // date: [from, to) in microseconds since 1970, UTC
    base::Micros to = 0;
    double low = 0;         // number and quantity: closed range; a plain value has low == high; an open end is infinite
    double high = 0;

    bool operator==(const IndexValue&) const = default;
    std::partial_ordering operator<=>(const IndexValue&) const = default;
};

}  // namespace fhir::search
