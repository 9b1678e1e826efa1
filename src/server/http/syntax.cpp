// SPDX-License-Identifier: Apache-2.0
#include "server/http/syntax.h"

#include "base/text.h"

#include <cstdint>
#include <cstring>
#include <string>

namespace server::http {

bool is_token(std::string_view text) {
    for (const char c : text)
        if (!token_table[static_cast<unsigned char>(c)]) return false;
    return !text.empty();
}

// Eight bytes at a time; a word with anything suspicious (a tab, or a false alarm of the borrow) is looked at
// byte by byte.
bool is_field_text(std::string_view text) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t tops = ones * 0x80;
    const auto plain = [](unsigned char c) { return (c >= 0x20 && c != 0x7F) || c == '\t'; };
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        const std::uint64_t erased = word ^ ones * 0x7F;
        if (((((word - ones * 0x20) & ~word) | ((erased - ones) & ~erased)) & tops) == 0) continue;
        for (int i = 0; i < 8; ++i)
            if (!plain(static_cast<unsigned char>(at[i]))) return false;
    }
    for (; left > 0; ++at, --left)
        if (!plain(static_cast<unsigned char>(*at))) return false;
    return true;
}

bool is_host(std::string_view host) {
    for (const char c : host) {
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view(".-_~:[]%").find(c) != std::string_view::npos;
        if (!good) return false;
    }
    return !host.empty();
}

bool are_good_escapes(std::string_view target) {
    std::size_t at = target.find('%');
    if (at == std::string_view::npos) return true;
    std::string decoded;
    while (at != std::string_view::npos) {
        if (at + 2 >= target.size()) return false;
        const int high = hex_digit(target[at + 1]);
        const int low = hex_digit(target[at + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
        decoded.push_back(static_cast<char>(high * 16 + low));
        const std::size_t next = target.find('%', at + 3);
        if (next != at + 3) decoded.push_back('.');
        at = next;
    }
    return base::valid_utf8(decoded);
}

}  // namespace server::http
