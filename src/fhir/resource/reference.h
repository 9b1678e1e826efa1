// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the text of a Reference says (FHIR R4 2.3.0.1). Views into the text given; nothing is resolved.

#include <string_view>

namespace fhir::resource {

struct ReferenceText {
    enum class Kind : unsigned char {
        none,       // empty
        contained,  // "#x": id = "x"
        relative,   // "Patient/1", "Patient/1/_history/2"
        absolute,   // "http://a.org/fhir/Patient/1": base = "http://a.org/fhir"
        other       // an absolute address without the shape type/id: "urn:uuid:..."
    };
    Kind kind = Kind::none;
    std::string_view base{};
    std::string_view type{};     // only its shape is checked: a capital letter, letters
    std::string_view id{};
    std::string_view version{};
};

ReferenceText read_reference(std::string_view text);

// [A-Z][A-Za-z]*, at most 64: the shape of every resource type's name.
bool looks_like_type(std::string_view text);

}  // namespace fhir::resource
