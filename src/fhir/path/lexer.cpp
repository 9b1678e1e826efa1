// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/lexer.h"

#include "base/text.h"

namespace fhir::path {

namespace {
bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
}  // namespace

void Lexer::skip() {
    for (;;) {
        const char c = at(place_);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            ++place_;
        } else if (c == '/' && at(place_ + 1) == '/') {
            while (place_ < text_.size() && text_[place_] != '\n' && text_[place_] != '\r') ++place_;
        } else if (c == '/' && at(place_ + 1) == '*') {
            const std::size_t close = text_.find("*/", place_ + 2);
            open_comment_ = close == std::string_view::npos;
            if (open_comment_) return;
            place_ = close + 2;
        } else {
            return;
        }
    }
}

bool Lexer::escape(std::string& out) {
    const char c = at(place_++);
    switch (c) {
        case '\'': case '"': case '`': case '\\': case '/': out += c; return true;
        case 'f': out += '\f'; return true;
        case 'n': out += '\n'; return true;
        case 'r': out += '\r'; return true;
        case 't': out += '\t'; return true;
        case 'u': {
            char32_t code = 0;
            for (int i = 0; i < 4; ++i) {
                const char h = at(place_++);
                const char low = static_cast<char>(h | 0x20);
                if (digit(h)) code = code * 16 + static_cast<char32_t>(h - '0');
                else if (low >= 'a' && low <= 'f') code = code * 16 + static_cast<char32_t>(low - 'a' + 10);
                else return false;
            }
            // A lone surrogate has no UTF-8.
            if (code >= 0xD800 && code <= 0xDFFF) return false;
            base::append_utf8(out, code);
            return true;
        }
        default: return false;
    }
}

Token Lexer::quoted(char quote, Token::Kind kind) {
    Token token{kind, static_cast<std::uint32_t>(place_), {}};
    ++place_;
    while (place_ < text_.size()) {
        const char c = text_[place_++];
        if (c == quote) return token;
        if (c != '\\') {
            token.text += c;
        } else if (!escape(token.text)) {
            return {Token::Kind::error, static_cast<std::uint32_t>(place_ - 1), "an escape that does not exist"};
        }
    }
    return {Token::Kind::error, token.position, "a quote that is not closed"};
}

// '@' date ['T' time zone] | '@T' time
Token Lexer::moment() {
    Token token{Token::Kind::date, static_cast<std::uint32_t>(place_), {}};
    const std::size_t begin = ++place_;
    const auto run = [this](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            if (!digit(at(place_ + i))) return false;
        place_ += count;
        return true;
    };
    bool fine = true;
    const auto time = [&] {
        fine = run(2);
        for (int i = 0; fine && i < 2 && at(place_) == ':' ; ++i) {
            ++place_;
            fine = run(2);
        }
        if (fine && at(place_) == '.' && digit(at(place_ + 1)))
            for (++place_; digit(at(place_));) ++place_;
    };
    if (at(place_) == 'T') {
        token.kind = Token::Kind::time;
        ++place_;
        time();
        if (!fine) return {Token::Kind::error, token.position, "not a time"};
        token.text = text_.substr(begin + 1, place_ - begin - 1);
        return token;
    }
    fine = run(4);
    for (int i = 0; fine && i < 2 && at(place_) == '-' && digit(at(place_ + 1)); ++i) {
        ++place_;
        fine = run(2);
    }
    if (fine && at(place_) == 'T') {
        token.kind = Token::Kind::date_time;
        ++place_;
        if (digit(at(place_))) {
            time();
            if (fine && at(place_) == 'Z') {
                ++place_;
            } else if (fine && (at(place_) == '+' || at(place_) == '-') && digit(at(place_ + 1)) && digit(at(place_ + 2)) &&
                       at(place_ + 3) == ':') {
                place_ += 4;
                fine = run(2);
            }
        }
    }
    if (!fine) return {Token::Kind::error, token.position, "not a date"};
    token.text = text_.substr(begin, place_ - begin);
    return token;
}

Token Lexer::number() {
    Token token{Token::Kind::integer, static_cast<std::uint32_t>(place_), {}};
    const std::size_t begin = place_;
    while (digit(at(place_))) ++place_;
    if (at(place_) == '.' && digit(at(place_ + 1))) {
        token.kind = Token::Kind::decimal;
        ++place_;
        while (digit(at(place_))) ++place_;
    }
    token.text = text_.substr(begin, place_ - begin);
    if (token.kind == Token::Kind::integer && at(place_) == 'L') {
        token.kind = Token::Kind::long_integer;
        ++place_;
    }
    return token;
}

std::string Lexer::word() {
    const std::size_t begin = place_;
    while (letter(at(place_)) || digit(at(place_))) ++place_;
    return std::string(text_.substr(begin, place_ - begin));
}

Token Lexer::next() {
    skip();
    const auto position = static_cast<std::uint32_t>(place_);
    if (open_comment_) return {Token::Kind::error, position, "a comment that is not closed"};
    if (place_ >= text_.size()) return {Token::Kind::end, position, {}};
    const char c = text_[place_];
    if (letter(c)) return {Token::Kind::identifier, position, word()};
    if (digit(c)) return number();
    if (c == '\'') return quoted('\'', Token::Kind::string);
    if (c == '`') return quoted('`', Token::Kind::delimited);
    if (c == '"') return quoted('"', Token::Kind::delimited);
    if (c == '@') return moment();
    if (c == '$') {
        ++place_;
        return {Token::Kind::dollar, position, word()};
    }
    if (c == '%') {
        ++place_;
        if (at(place_) == '\'' || at(place_) == '`' || at(place_) == '"') return quoted(at(place_), Token::Kind::constant);
        Token token{Token::Kind::constant, position, word()};
        if (token.text.empty()) return {Token::Kind::error, position, "% without a name"};
        return token;
    }
    for (const std::string_view symbol : {"<=", ">=", "!=", "!~"}) {
        if (text_.substr(place_, 2) == symbol) {
            place_ += 2;
            return {Token::Kind::symbol, position, std::string(symbol)};
        }
    }
    ++place_;
    if (std::string_view(".,()[]{}+-*/|&<>=~").find(c) == std::string_view::npos)
        return {Token::Kind::error, position, "a character that has no meaning here"};
    return {Token::Kind::symbol, position, std::string(1, c)};
}

}  // namespace fhir::path
