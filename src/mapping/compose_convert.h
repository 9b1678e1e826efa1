// SPDX-License-Identifier: Apache-2.0
#pragma once

// The closed set of conversions on the way out, from one FHIR primitive to text.

#include "mapping/compose.h"

#include <optional>
#include <string>
#include <string_view>

namespace mapping {

enum class OutConversion {
    text,           // as it is
    time,           // dateTime, instant, date: YYYYMMDDHHMMSS.SSSS+ZZZZ as precise as it is (HL7 v2 2A.22)
    day,            // its first eight digits
    clock,          // time: HHMMSS
    flag,           // boolean: Y, N
    lines,          // text whose line feeds are line breaks
    count,          // the place of this segment among those of its name below the same parent; the item does not matter
    authority_name, authority_id, authority_type,  // of an Identifier.system: the parts of an HD (HL7 v2 2A.33)
    coding_system   // a Coding.system as it is called in CWE-3 (HL7 table 0396)
};

std::optional<OutConversion> find_out_conversion(std::string_view name);

// Empty when the text is not what the conversion reads. `count` is the caller's.
std::string convert_out(OutConversion conversion, std::string_view text, const terminology::Naming& naming);

}  // namespace mapping
