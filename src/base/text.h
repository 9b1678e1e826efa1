// SPDX-License-Identifier: Apache-2.0
#pragma once

// Looking at text. Nothing here allocates unless it returns a std::string.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// True when `bytes` is UTF-8 in its shortest form without surrogates (RFC 3629). 10 GB/s or so.
bool valid_utf8(std::string_view bytes);

// Case and accents removed, Unicode-normalised (NFKD, marks stripped, case folded), runs of white space made
// one: the form in which strings are searched (FHIR R4 3.1.1.4.8). Invalid UTF-8 comes back as it was.
std::string fold(std::string_view text);

// ASCII only: the standard's own keywords.
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string lower(std::string_view text);
std::string upper(std::string_view text);

std::string_view trim(std::string_view text);

// "a,,b" at ',' gives "a", "", "b". Never empty: "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

// The part before the first `separator`, and what follows it; no separator: all and nothing.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator);

// Whole text as a number; nothing when anything is left over or it does not fit.
std::optional<std::int64_t> to_integer(std::string_view text);
std::optional<double> to_double(std::string_view text);

// RFC 3986 percent-encoding. decode: nothing on "%zz", a cut-off escape or a NUL; `plus_is_space` for forms.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::string percent_encode(std::string_view text);

std::string base64_encode(std::string_view bytes);
// RFC 4648 with padding, no white space; nothing when malformed.
bool is_base64(std::string_view text);
std::optional<std::string> base64_decode(std::string_view text);

// `text` with the five XML characters escaped, fit for element content and attribute values.
std::string xml_escape(std::string_view text);

// Code point `c` appended to `out` as UTF-8.
void append_utf8(std::string& out, char32_t c);

}  // namespace base
