// SPDX-License-Identifier: Apache-2.0
#include "fhir/graphql/lexer.h"

#include "base/text.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace fhir::graphql {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool name_part(char c) { return name_start(c) || digit(c); }
bool control(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; }

bool blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

// October 2021, 2.9.4 "BlockStringValue()". `raw` has line feeds only.
std::string without_indentation(const std::string& raw) {
    std::vector<std::string_view> lines = base::split(raw, '\n');
    std::optional<std::size_t> common;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (blank(lines[i])) continue;
        const std::size_t indentation = lines[i].find_first_not_of(" \t");
        common = std::min(common.value_or(indentation), indentation);
    }
    if (common)
        for (std::size_t i = 1; i < lines.size(); ++i) lines[i].remove_prefix(std::min(*common, lines[i].size()));
    std::size_t first = 0, last = lines.size();
    while (first < last && blank(lines[first])) ++first;
    while (last > first && blank(lines[last - 1])) --last;
    std::string out;
    for (std::size_t i = first; i < last; ++i) {
        if (i != first) out += '\n';
        out += lines[i];
    }
    return out;
}

}  // namespace

Lexer::Lexer(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) place_ = line_start_ = 3;
}

// At '\n' or '\r': one line ends, whichever way it does.
void Lexer::new_line() {
    place_ += text_[place_] == '\r' && at(place_ + 1) == '\n' ? 2U : 1U;
    ++line_;
    line_start_ = place_;
}

Place Lexer::place() const { return {line_, static_cast<std::uint32_t>(place_ - line_start_ + 1)}; }

void Lexer::skip() {
    while (place_ < text_.size()) {
        const char c = text_[place_];
        if (c == '\n' || c == '\r') new_line();
        else if (c == ' ' || c == '\t' || c == ',') ++place_;
        else if (c == '#') while (place_ < text_.size() && text_[place_] != '\n' && text_[place_] != '\r') ++place_;
        else return;
    }
}

Token Lexer::made(Token::Kind kind, std::string text, std::size_t length) {
    Token token{kind, place(), std::move(text)};
    place_ += length;
    return token;
}

Token Lexer::wrong(std::string text) const { return {Token::Kind::error, place(), std::move(text)}; }

Token Lexer::next() {
    skip();
    if (place_ >= text_.size()) return made(Token::Kind::end, "", 0);
    const char c = text_[place_];
    if (name_start(c)) {
        std::size_t end = place_;
        while (name_part(at(end))) ++end;
        return made(Token::Kind::name, std::string(text_.substr(place_, end - place_)), end - place_);
    }
    if (digit(c) || c == '-') return number();
    if (c == '"') return text_.substr(place_).starts_with("\"\"\"") ? block() : string();
    if (text_.substr(place_).starts_with("...")) return made(Token::Kind::symbol, "...", 3);
    if (std::string_view("!$&()[]{}:=@|").find(c) != std::string_view::npos) return made(Token::Kind::symbol, std::string(1, c), 1);
    return wrong("no word of GraphQL begins like this");
}

Token Lexer::number() {
    std::size_t end = place_ + (at(place_) == '-' ? 1U : 0U);
    if (!digit(at(end))) return wrong("a number needs digits");
    if (at(end) == '0' && digit(at(end + 1))) return wrong("a number does not begin with 0");
    while (digit(at(end))) ++end;
    auto kind = Token::Kind::integer;
    if (at(end) == '.') {
        kind = Token::Kind::decimal;
        if (!digit(at(++end))) return wrong("a number needs digits behind its point");
        while (digit(at(end))) ++end;
    }
    if (at(end) == 'e' || at(end) == 'E') {
        kind = Token::Kind::decimal;
        if (at(++end) == '-' || at(end) == '+') ++end;
        if (!digit(at(end))) return wrong("an exponent needs digits");
        while (digit(at(end))) ++end;
    }
    if (name_start(at(end)) || at(end) == '.') return wrong("a number ends before this");
    return made(kind, std::string(text_.substr(place_, end - place_)), end - place_);
}

bool Lexer::hexadecimal(std::size_t digits, char32_t& out) {
    out = 0;
    for (std::size_t i = 0; i < digits; ++i, ++place_) {
        const char c = at(place_);
        const int value = digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (value < 0) return false;
        out = out * 16 + static_cast<char32_t>(value);
    }
    return true;
}

// Behind the backslash. Code points beyond the first 65536 come as a pair of surrogates or as \u{...}.
bool Lexer::escape(std::string& out, std::string& problem) {
    const char c = at(place_);
    constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (const auto found = from.find(c); found != std::string_view::npos && place_ < text_.size()) {
        out += to[found];
        ++place_;
        return true;
    }
    problem = "this escape is not known";
    if (c != 'u') return false;
    problem = "\\u stands before four hexadecimal digits of a Unicode character";
    ++place_;
    char32_t code = 0;
    if (at(place_) == '{') {
        const auto close = text_.find('}', place_);
        const std::size_t digits = close == std::string_view::npos ? 0 : close - place_ - 1;
        ++place_;
        if (digits == 0 || digits > 6 || !hexadecimal(digits, code)) return false;
        ++place_;
    } else {
        if (!hexadecimal(4, code)) return false;
        if (code >= 0xD800 && code < 0xDC00 && at(place_) == '\\' && at(place_ + 1) == 'u') {
            char32_t low = 0;
            place_ += 2;
            if (!hexadecimal(4, low) || low < 0xDC00 || low > 0xDFFF) return false;
            code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
        }
    }
    if ((code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) return false;
    base::append_utf8(out, code);
    return true;
}

Token Lexer::string() {
    Token token{Token::Kind::string, place(), {}};
    ++place_;
    while (true) {
        const char c = at(place_);
        if (place_ >= text_.size() || c == '\n' || c == '\r') return wrong("the string is not closed on its line");
        if (c == '"') break;
        if (control(c)) return wrong("a control character stands in a string");
        ++place_;
        std::string problem;
        if (c != '\\') token.text += c;
        else if (!escape(token.text, problem)) return wrong(std::move(problem));
    }
    ++place_;
    return token;
}

Token Lexer::block() {
    Token token{Token::Kind::string, place(), {}};
    place_ += 3;
    std::string raw;
    while (!text_.substr(place_).starts_with("\"\"\"")) {
        if (place_ >= text_.size()) return wrong("the block string is not closed");
        const char c = text_[place_];
        if (c == '\n' || c == '\r') {
            raw += '\n';
            new_line();
        } else if (text_.substr(place_).starts_with("\\\"\"\"")) {
            raw += "\"\"\"";
            place_ += 4;
        } else if (control(c)) {
            return wrong("a control character stands in a string");
        } else {
            raw += c;
            ++place_;
        }
    }
    place_ += 3;
    token.text = without_indentation(raw);
    return token;
}

}  // namespace fhir::graphql
