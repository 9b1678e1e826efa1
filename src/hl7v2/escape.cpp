// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/escape.h"

#include "base/text.h"

#include <algorithm>
#include <optional>

namespace hl7v2 {
namespace {

// More line feeds or spaces than this in one sequence are a mistake or an attack.
constexpr int most_blanks = 80;

constexpr int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool is_hex(std::string_view digits) {
    return !digits.empty() && digits.size() % 2 == 0 &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return hex_digit(c) >= 0; });
}

void append_bytes(std::string& out, std::string_view digits) {
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        out += static_cast<char>(hex_digit(digits[i]) * 16 + hex_digit(digits[i + 1]));
}

void append_decoded(std::string& out, std::string_view bytes) {
    if (base::valid_utf8(bytes)) {
        out += bytes;
        return;
    }
    for (char c : bytes) base::append_utf8(out, static_cast<unsigned char>(c));
}

// The delimiter that one letter names, or '\0'.
char named(char letter, const Delimiters& delimiters) {
    switch (letter) {
        case 'F': return delimiters.field;
        case 'S': return delimiters.component;
        case 'T': return delimiters.subcomponent;
        case 'R': return delimiters.repetition;
        case 'E': return delimiters.escape;
        case 'P': return delimiters.truncation == '\0' ? '#' : delimiters.truncation;
        default: return '\0';
    }
}

// "sp3", "in-2" ... : the number behind the two letters; the standard's default when there is none.
std::optional<int> count_of(std::string_view command, int otherwise) {
    command.remove_prefix(2);
    if (!command.empty() && (command[0] == '+' || command[0] == ' ')) command.remove_prefix(1);
    if (command.empty()) return otherwise;
    auto number = base::to_integer(command);
    if (!number) return std::nullopt;
    return static_cast<int>(std::clamp<std::int64_t>(*number, 0, most_blanks));
}

// Formatting commands of FT text (HL7 v2 2.7.6), as plain text can show them; nothing when unknown.
std::optional<std::string> formatted(std::string_view command) {
    if (command.size() < 2) return std::nullopt;
    const auto word = command.substr(0, 2);
    if (word == "br" || word == "ce") return command.size() == 2 ? std::optional<std::string>("\n") : std::nullopt;
    if (word == "fi" || word == "nf") return command.size() == 2 ? std::optional<std::string>("") : std::nullopt;
    if (word == "sp" || word == "sk") {
        auto count = count_of(command, 1);
        if (!count) return std::nullopt;
        return std::string(static_cast<std::size_t>(*count), word == "sp" ? '\n' : ' ');
    }
    if (word == "in" || word == "ti") return count_of(command, 0) ? std::optional<std::string>("") : std::nullopt;
    return std::nullopt;
}

// Known only to be kept: character set shifts and local sequences.
bool is_kept(std::string_view sequence) {
    if (sequence.empty()) return false;
    if (sequence[0] == 'C') return sequence.size() == 5 && is_hex(sequence.substr(1));
    if (sequence[0] == 'M') return (sequence.size() == 5 || sequence.size() == 7) && is_hex(sequence.substr(1));
    return sequence[0] == 'Z';
}

bool is_highlight(std::string_view sequence) { return sequence == "H" || sequence == "N"; }

bool is_sequence(std::string_view sequence, const Delimiters& delimiters) {
    if (sequence.empty()) return false;
    if (sequence.size() == 1 && named(sequence[0], delimiters) != '\0') return true;
    if (is_highlight(sequence) || is_kept(sequence)) return true;
    if (sequence[0] == 'X') return is_hex(sequence.substr(1));
    return sequence[0] == '.' && formatted(sequence.substr(1)).has_value();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

void append_hex(std::string& out, char c, char escape_with) {
    constexpr char digits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += escape_with;
    out += 'X';
    out += digits[byte >> 4];
    out += digits[byte & 15];
    out += escape_with;
}

void append_escaped(std::string& out, char c, const Delimiters& delimiters) {
    const bool special = delimiters.separates(c) || is_control(c) || (c != '\0' && (c == delimiters.escape ||
                         c == delimiters.truncation));
    if (!special) {
        out += c;
        return;
    }
    if (delimiters.escape == '\0') {
        out += (c == delimiters.truncation && !is_control(c)) ? c : ' ';
        return;
    }
    for (char letter : {'F', 'S', 'T', 'R', 'E'}) {
        if (named(letter, delimiters) == c && c != '\0') {
            out += delimiters.escape;
            out += letter;
            out += delimiters.escape;
            return;
        }
    }
    if (c == delimiters.truncation && c != '\0') {
        out += delimiters.escape;
        out += 'P';
        out += delimiters.escape;
        return;
    }
    append_hex(out, c, delimiters.escape);
}

}  // namespace

std::string unescape(std::string_view raw, const Delimiters& delimiters) {
    if (delimiters.escape == '\0' || raw.find(delimiters.escape) == std::string_view::npos) return std::string(raw);
    std::string out;
    out.reserve(raw.size());
    std::string bytes;  // of hexadecimal sequences that stand side by side: they may share a character
    while (!raw.empty()) {
        const auto start = raw.find(delimiters.escape);
        const auto literal = raw.substr(0, start);
        if (!literal.empty()) {
            append_decoded(out, bytes);
            bytes.clear();
            out += literal;
        }
        if (start == std::string_view::npos) break;
        const auto end = raw.find(delimiters.escape, start + 1);
        const auto sequence =
            end == std::string_view::npos ? std::string_view{} : raw.substr(start + 1, end - start - 1);
        if (!sequence.empty() && sequence[0] == 'X' && is_hex(sequence.substr(1))) {
            append_bytes(bytes, sequence.substr(1));
            raw.remove_prefix(end + 1);
            continue;
        }
        append_decoded(out, bytes);
        bytes.clear();
        if (!is_sequence(sequence, delimiters)) {
            out += delimiters.escape;
            raw.remove_prefix(start + 1);
            continue;
        }
        if (sequence.size() == 1 && named(sequence[0], delimiters) != '\0') out += named(sequence[0], delimiters);
        else if (sequence[0] == '.') out += *formatted(sequence.substr(1));
        else if (is_kept(sequence)) out += raw.substr(start, end - start + 1);
        raw.remove_prefix(end + 1);
    }
    append_decoded(out, bytes);
    return out;
}

std::string escape(std::string_view text, const Delimiters& delimiters) {
    std::string out;
    out.reserve(text.size());
    for (char c : text) append_escaped(out, c, delimiters);
    return out;
}

std::string reescape(std::string_view raw, const Delimiters& from, const Delimiters& to) {
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        const char c = raw[0];
        if (c == from.escape && c != '\0') {
            const auto end = raw.find(c, 1);
            const auto sequence = end == std::string_view::npos ? std::string_view{} : raw.substr(1, end - 1);
            if (sequence.size() == 1 && named(sequence[0], from) != '\0') {
                append_escaped(out, named(sequence[0], from), to);
                raw.remove_prefix(end + 1);
                continue;
            }
            // \Z..\ is free text; where it holds what would separate for the receiver, it is text and no sequence.
            const bool fits = std::none_of(sequence.begin(), sequence.end(),
                                           [&](char inner) { return to.separates(inner) || is_control(inner); });
            if (fits && is_sequence(sequence, from) && to.escape != '\0') {
                out += to.escape;
                out += sequence;
                out += to.escape;
                raw.remove_prefix(end + 1);
                continue;
            }
            append_escaped(out, c, to);
            raw.remove_prefix(1);
            continue;
        }
        const bool finest = c == from.subcomponent && c != '\0' && to.subcomponent != '\0';
        if (c == from.field) out += to.field;
        else if (c == from.component) out += to.component;
        else if (c == from.repetition) out += to.repetition;
        else if (finest) out += to.subcomponent;
        // The truncation character ends a field and is not escaped there (HL7 v2.7 2.5.5.2).
        else if (c == from.truncation && c != '\0' && to.truncation != '\0') out += to.truncation;
        else append_escaped(out, c, to);
        raw.remove_prefix(1);
    }
    return out;
}

}  // namespace hl7v2
