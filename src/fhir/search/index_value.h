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

// IndexValue::component, beyond the numbers of a composite's components (1 to 7; a composite has no more).
inline constexpr std::uint8_t in_base_units = 8;     // 8 + c: the quantity of component c, converted to UCUM's base units
inline constexpr std::uint8_t facet_text = 13;       // of a token: what is written beside its codes
inline constexpr std::uint8_t facet_of_type = 14;    // of an Identifier: its type and value in one
inline constexpr std::uint8_t facet_identifier = 15; // of a reference: Reference.identifier

// What each row holds. `code` is always the key to look up: two rows fit the same question only if their keys are equal (or in the
// same range), byte for byte. Members that are not named here are empty or zero.
//
//   kind       component        members
//   token      0, 1..7          system, code = token_key() of the code (token.h: folded where case does not count, as written where it
//                               does). Every Coding of a concept is a row. A concept with text only, or a Coding without a code, is a
//                               row too, with code "": it tells that there is a value (:missing), and fits "system|".
//   token      facet_of_type    of each Identifier with a type: system = Identifier.type.coding.system, code = of_type_key(): its code
//                               in small letters, '|', Identifier.value as written. A row each type.coding.
//   token      facet_identifier of a Reference with identifier: system, code = Identifier.value as written
//   string     0, 1..7          code = string_key() of the text (string_key.h: folded, without punctuation), text = as it stands
//   string     facet_text       of a token's values: code = string_key() of Coding.display, CodeableConcept.text, Identifier.type.text
//   uri        0, 1..7          code = the uri as it stands; a canonical with version or fragment is two or three rows: also without
//   reference  0, 1..7          one of
//                 literal, ours   system = resource type, code = logical id (system is never empty). With a version: one row more,
//                                 system "", code = "Patient/1/_history/2".
//                 address         system "", code = the address: of another server (with a version: also without), urn:uuid:...,
//                                 canonical (with version or fragment: also without)
//                 neither         system "", code "": a Reference with identifier or display only, or to a contained resource. It tells
//                                 that there is a value.
//   date       0, 1..7          [from, to)
//   number     0, 1..7          low, high
//   quantity   0, 1..7          low, high, system, code = unit's code, text = unit as people read it
//   quantity   8 + c            of each quantity whose system is UCUM and whose code UCUM knows: low, high in base units, rounded to 12
//                               digits; code = the base unit as ucum::Units::canonical() writes it; system, text ""
//   words      0                text = the words of _text or _content: folded (words.h), one space between two; at most 64 KiB
//   position   0                low = latitude, high = longitude, in degrees (WGS 84)
//
// :missing of a parameter is: no row with component 0 (of a composite: 1) of the parameter's own kind. (Rows with other components
// never stand alone.)
struct IndexValue {
    std::uint32_t parameter = 0;  // Parameter::index
    IndexKind kind = IndexKind::token;
    std::uint8_t component = 0;   // 0 = the parameter itself; of a composite 1, 2, ...; or one of the above
    std::uint32_t group = 0;      // values of one composite element share it; 0 without a composite

    std::string system;
    std::string code;
    std::string text;

    base::Micros from = 0;  // date: [from, to) in microseconds since 1970, UTC
    base::Micros to = 0;
    double low = 0;         // number and quantity: closed range; a plain value has low == high; an open end is infinite;
    double high = 0;        // "<5" is [-infinity, the last number before 5]

    bool operator==(const IndexValue&) const = default;
    std::partial_ordering operator<=>(const IndexValue&) const = default;
};

}  // namespace fhir::search
