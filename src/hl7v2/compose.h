// SPDX-License-Identifier: Apache-2.0
#pragma once

// What mapping/compose.h made, as the bytes of an HL7 v2 message. MSH is written here, from what the receiver wants; everything
// else comes from profiles/maps/hl7v2-out. All text is escaped: no value can begin a field, a segment or a frame.

#include "hl7v2/delimiters.h"
#include "hl7v2/dictionary.h"
#include "mapping/compose.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hl7v2 {

// What MSH says (HL7 v2 2.14.9).
struct Heading {
    Delimiters delimiters{};
    std::string version = "2.5.1";                          // MSH-12
    std::string charset = "UNICODE UTF-8";                  // MSH-18, table 0211; empty: not told, and UTF-8
    std::string sending_application = "ANDIRON", sending_facility{};  // MSH-3, MSH-4: namespace, or "namespace^universal^type"
    std::string receiving_application{}, receiving_facility{};        // MSH-5, MSH-6
    std::string processing = "P";                           // MSH-11
    std::string accept{}, application_accept{};             // MSH-15, MSH-16, table 0155
    std::string control_id{};                               // MSH-10
    base::Micros now = 0;                                   // MSH-7
};

std::string write(const mapping::Composed& composed, const Heading& heading);

// How far segments and data types go, for mapping::ComposeSources::highest. Names longer than three letters are maps' own: what stands in
// for a data type ("VALUE"). The dictionary outlives it.
std::function<std::optional<int>(std::string_view name)> extents(const Dictionary& dictionary);

}  // namespace hl7v2
