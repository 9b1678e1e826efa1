// SPDX-License-Identifier: Apache-2.0
#pragma once

// Digest, keyed digest and randomness (OpenSSL behind this door).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace base {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view bytes);  // RFC 2104

// `count` bytes from the system's generator. Throws when there is no randomness: nothing can go on without.
std::string random_bytes(std::size_t count);

// Compares in a time that does not tell where the difference is.
bool equal_in_constant_time(std::string_view a, std::string_view b);

std::string hex(std::string_view bytes);
std::string_view view(const Digest& digest);

}  // namespace base
