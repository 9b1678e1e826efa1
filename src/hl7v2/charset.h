// SPDX-License-Identifier: Apache-2.0
#pragma once

// Character sets (MSH-18, HL7 v2 2.14.9.18 and table 0211), to UTF-8 and back. The whole message is converted before
// it is parsed, because in several sets (BIG-5, GB 18030, shifted ISO 2022) the bytes of a delimiter also occur inside
// characters. ASCII and valid UTF-8 pass untouched after one look of simdjson's speed.

#include "base/finding.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace hl7v2 {

// `declared` is MSH-18 as it lies: names separated by `repetition`, the first the default, the others reached
// by ISO 2022 shifts. Bytes that the declared set does not explain are read as `fallback` with a warning
// when ASCII or nothing was declared. UTF-16 and UTF-32 that are declared of bytes in which a header can be read are
// not what the bytes are: with a warning they are read as if nothing had been declared. Faults at "MSH-18": not_supported
// (unknown set), value (bytes that are not of the declared set, and no fallback). `instead_of_wrong`: the fallback serves for these too.
base::Result<std::string> to_utf8(std::string bytes, std::string_view declared, char repetition,
                                  std::string_view fallback, base::Findings& remarks, bool instead_of_wrong = false);

// Text in UTF-16 or UTF-32: it begins with a byte order mark, or with a letter and the zeros beside it.
bool is_wide(std::string_view bytes);

// That text in UTF-8, without its mark; bytes that are not wide come back as they are. Fault at "MSH-18": value (broken).
base::Result<std::string> from_wide(std::string bytes);

// True when to_utf8() knows all the sets named; nothing declared is known. UTF-16 cannot be sent in frames of bytes, and is not.
bool is_known_charset(std::string_view declared, char repetition);

// `utf8` in the set that `declared` names first; what it cannot spell becomes '?'. Unknown set: UTF-8.
std::string from_utf8(std::string_view utf8, std::string_view declared, char repetition);

}  // namespace hl7v2
