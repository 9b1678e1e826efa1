// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include "base/crypto.h"

#include <algorithm>
#include <array>

namespace base {

namespace {

// 16 bytes with version and variant set (RFC 9562 4.1, 4.2), as 8-4-4-4-12.
std::string uuid(std::string bytes, int version) {
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | version << 4);
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
    std::string out = hex(bytes);
    for (std::size_t dash : {20U, 16U, 12U, 8U}) out.insert(dash, 1, '-');
    return out;
}

}  // namespace

std::string new_id(Micros now) {
    std::string bytes = random_bytes(16);
    auto millis = static_cast<std::uint64_t>(now / 1000);
    for (std::size_t i = 6; i-- > 0; millis >>= 8) bytes[i] = static_cast<char>(millis & 255);
    return uuid(std::move(bytes), 7);
}

std::string derived_id(std::string_view space, std::string_view name) {
    std::string key(space);
    key.push_back('\0');
    key.append(name);
    return uuid(std::string(view(sha256(key)).substr(0, 16)), 8);
}

namespace {
// Asked of every part of every reference: a look-up instead of six comparisons.
constexpr std::array<bool, 256> id_characters = [] {
    std::array<bool, 256> allowed{};
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.")) allowed[static_cast<unsigned char>(c)] = true;
    return allowed;
}();
}  // namespace

bool valid_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) { return id_characters[static_cast<unsigned char>(c)]; });
}

}  // namespace base
