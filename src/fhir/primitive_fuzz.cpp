// SPDX-License-Identifier: Apache-2.0
// Any text as each of FHIR's primitives: what is the narrower kind is the wider one, and what names a time names a span of it.
#include "fhir/primitive.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir::primitive;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (is_positive_int(text)) require(is_unsigned_int(text));
    if (is_unsigned_int(text)) require(is_integer(text));
    if (is_integer(text)) require(is_decimal(text));
    if (is_code(text)) require(is_string(text));
    if (is_id(text)) require(is_code(text));
    if (is_oid(text) || is_uuid(text)) require(is_uri(text));
    if (is_date(text) || is_instant(text)) require(is_date_time(text));
    (void)is_boolean(text);
    (void)is_base64(text);
    (void)is_time(text);
    const auto moment = parse_moment(text);
    if (is_date_time(text)) require(moment.has_value());
    if (!moment) return 0;
    const Interval span = interval(*moment);
    require(span.from < span.to);
    const auto again = interval(text);
    require(again && again->from == span.from && again->to == span.to);
    return 0;
}
