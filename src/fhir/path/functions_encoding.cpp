// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "fhir/path/functions.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

// encode, decode, escape, unescape (FHIRPath 5.6, "additional string functions"). A form that nobody knows gives empty.

namespace fhir::path {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string to_hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += hex_digits[byte >> 4U];
        out += hex_digits[byte & 15U];
    }
    return out;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char low = static_cast<char>(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return {};
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return {};
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

std::string swapped(std::string text, char a, char b, char c, char d) {
    std::replace(text.begin(), text.end(), a, b);
    std::replace(text.begin(), text.end(), c, d);
    return text;
}

std::string to_json_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            case '\f': out += "\\f"; break;
            case '\b': out += "\\b"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", c);
                else out += c;
        }
    }
    return out;
}

std::optional<char32_t> four_digits(std::string_view text, std::size_t place) {
    char32_t code = 0;
    for (std::size_t i = place; i < place + 4; ++i) {
        const int digit = i < text.size() ? hex_value(text[i]) : -1;
        if (digit < 0) return {};
        code = code * 16 + static_cast<char32_t>(digit);
    }
    return code;
}

std::optional<std::string> from_json_text(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        if (++i == text.size()) return {};
        switch (text[i]) {
            case 'n': out += '\n'; break;
            case 'r': out += '\r'; break;
            case 't': out += '\t'; break;
            case 'f': out += '\f'; break;
            case 'b': out += '\b'; break;
            case 'u': {
                auto code = four_digits(text, i + 1);
                if (!code) return {};
                i += 4;
                if (*code >= 0xD800 && *code < 0xDC00 && text.substr(i + 1, 2) == "\\u") {
                    const auto low = four_digits(text, i + 3);
                    if (!low || *low < 0xDC00 || *low > 0xDFFF) return {};
                    code = 0x10000 + ((*code - 0xD800) << 10U) + (*low - 0xDC00);
                    i += 6;
                }
                if (*code >= 0xD800 && *code <= 0xDFFF) return {};
                base::append_utf8(out, *code);
                break;
            }
            default: out += text[i];
        }
    }
    return out;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> entities{
    {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}}};

std::string to_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto found = std::find_if(entities.begin(), entities.end(), [c](const auto& entity) { return entity.first[0] == c; });
        if (found == entities.end()) out += c;
        else out += found->second;
    }
    return out;
}

std::string from_html(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const std::string_view rest = text.substr(i);
        const auto found = std::find_if(entities.begin(), entities.end(), [rest](const auto& entity) { return rest.starts_with(entity.second); });
        if (found != entities.end()) {
            out += found->first;
            i += found->second.size();
            continue;
        }
        if (rest.starts_with("&apos;")) {
            out += '\'';
            i += 6;
            continue;
        }
        const std::size_t end = rest.starts_with("&#") ? rest.substr(0, 10).find(';') : std::string_view::npos;
        if (end != std::string_view::npos && end > 2) {
            const bool hex = rest[2] == 'x' || rest[2] == 'X';
            char32_t code = 0;
            bool fine = end > (hex ? 3U : 2U);
            for (std::size_t k = hex ? 3 : 2; k < end && fine; ++k) {
                const int digit = hex_value(rest[k]);
                fine = digit >= 0 && (hex || digit < 10);
                code = code * (hex ? 16U : 10U) + static_cast<char32_t>(fine ? digit : 0);
            }
            if (fine && code != 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF)) {
                base::append_utf8(out, code);
                i += end + 1;
                continue;
            }
        }
        out += text[i++];
    }
    return out;
}

template <class Work>
void with(const Call& call, Work work) {
    const auto text = call.run.string(call.input);
    const auto form = text ? call.run.string(call.argument(0)) : std::nullopt;
    if (!text || !form || !call.run.room(2 * text->size())) return;
    const std::optional<std::string> result = work(*text, *form);
    if (result && base::valid_utf8(*result)) call.give_copy(*result);
}

using Result = std::optional<std::string>;

void encode(const Call& call) {
    with(call, [](std::string_view text, std::string_view form) -> Result {
        if (form == "hex") return to_hex(text);
        if (form == "base64") return base::base64_encode(text);
        if (form == "urlbase64") return swapped(base::base64_encode(text), '+', '-', '/', '_');
        return {};
    });
}
void decode(const Call& call) {
    with(call, [](std::string_view text, std::string_view form) -> Result {
        if (form == "hex") return from_hex(text);
        if (form == "base64") return base::base64_decode(text);
        if (form == "urlbase64") return base::base64_decode(swapped(std::string(text), '-', '+', '_', '/'));
        return {};
    });
}
void escape(const Call& call) {
    with(call, [](std::string_view text, std::string_view form) -> Result {
        if (form == "html") return to_html(text);
        if (form == "json") return to_json_text(text);
        return {};
    });
}
void unescape(const Call& call) {
    with(call, [](std::string_view text, std::string_view form) -> Result {
        if (form == "html") return from_html(text);
        if (form == "json") return from_json_text(text);
        return {};
    });
}

constexpr Function table[] = {
    {"encode", 1, 1, encode, "s", 's'},
    {"decode", 1, 1, decode, "s", 's'},
    {"escape", 1, 1, escape, "s", 's'},
    {"unescape", 1, 1, unescape, "s", 's'},
};

}  // namespace

std::span<const Function> functions_of_encoding() { return table; }

}  // namespace fhir::path
