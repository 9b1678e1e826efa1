// SPDX-License-Identifier: Apache-2.0
#pragma once

// gzip for bodies (RFC 1952, zlib behind it). Unpacking is bounded twice: by a cap and by the ratio to what
// was sent, so that a small body cannot become a large memory. Packing 2 KB costs about 50 microseconds, five
// times the request itself: it is worth it above worth_packing bytes.

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace server::http {

inline constexpr std::size_t worth_packing = 4 * 1024;
inline constexpr std::size_t greatest_ratio = 100;

enum class Coding { identity, gzip, unsupported };

// Of a Content-Encoding field: empty and "identity" are identity, one "gzip" (or "x-gzip") is gzip, everything
// else, also twice gzip, is unsupported (415).
Coding content_coding(std::string_view field);

// True when the Accept-Encoding field (RFC 9110 12.5.3) lets us send gzip; malformed elements are passed over.
bool accepts_gzip(std::string_view field);

// The bytes within. Faults: too_large above `cap` or greatest_ratio (413), malformed when it is not gzip,
// is cut off, or something follows it (400).
base::Result<std::string> gunzip(std::string_view packed, std::size_t cap);

std::string gzip(std::string_view bytes);

}  // namespace server::http
