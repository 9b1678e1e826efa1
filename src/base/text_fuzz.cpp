// SPDX-License-Identifier: Apache-2.0
// What is encoded decodes to what it was, and what decodes is written in one way only. Any bytes.
#include "base/text.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const bool utf8 = base::valid_utf8(text);

    require(base::base64_decode(base::base64_encode(text)) == text);
    if (const auto bytes = base::base64_decode(text)) require(base::base64_decode(base::base64_encode(*bytes)) == *bytes);
    if (text.find('\0') == std::string_view::npos) require(base::percent_decode(base::percent_encode(text), false) == text);
    if (const auto plain = base::percent_decode(text, true)) require(base::percent_decode(base::percent_encode(*plain), true) == *plain);

    const std::string folded = base::fold(text);
    if (utf8) require(base::valid_utf8(folded));
    else require(folded == text);
    if (utf8) require(base::valid_utf8(base::xml_escape(text)));
    require(base::xml_escape(text).find_first_of("<>\"") == std::string::npos);
    require(base::equal_ignoring_case(base::lower(text), base::upper(text)));
    std::size_t length = 0;
    for (const std::string_view part : base::split(text, ',')) length += part.size() + 1;
    require(length == size + 1);
    if (const auto number = base::to_integer(text)) require(base::to_integer(std::to_string(*number)) == number);
    (void)base::to_double(text);
    (void)base::trim(text);
    return 0;
}
