// SPDX-License-Identifier: Apache-2.0
#pragma once

// The smallest pieces of HTTP's grammar (RFC 9110 5.6), as predicates over text. Only are_good_escapes allocates.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace server::http {

// RFC 9110 5.6.2: the characters of a token.
constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
    return table;
}
inline constexpr auto token_table = make_token_table();

bool is_token(std::string_view text);

// RFC 9110 5.5: what may stand in a field's value: visible characters, bytes above 127, space and tab.
bool is_field_text(std::string_view text);

// `name` in any case equals `lower`, which is lower case.
inline bool is_named(std::string_view name, std::string_view lower) {
    if (name.size() != lower.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != lower[i]) return false;
    }
    return true;
}

inline std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

inline int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Every element of a comma-separated list (RFC 9110 5.6.1), empty ones left out; stops when `use` says false.
template <class Use>
bool each_element(std::string_view list, Use use) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        const std::string_view element = trimmed(list.substr(0, comma));
        if (!element.empty() && !use(element)) return false;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return true;
}

// A host with or without a port, as it may stand in a Host field: a comma or a slash is none.
bool is_host(std::string_view host);

// Escapes are whole, none is a NUL, and what they spell is UTF-8: two readers cannot disagree on the path.
bool are_good_escapes(std::string_view target);

}  // namespace server::http
