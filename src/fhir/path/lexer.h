// SPDX-License-Identifier: Apache-2.0
#pragma once

// The words of FHIRPath. White space and comments fall away; strings come unescaped.

#include <cstdint>
#include <string>
#include <string_view>

namespace fhir::path {

struct Token {
    enum class Kind : std::uint8_t {
        end, error,  // error: text says what is wrong
        identifier, delimited, string, integer, long_integer, decimal, date, date_time, time, constant,
        dollar,  // $this, $index, $total; text without '$'
        symbol   // text = the operator or bracket
    };
    Kind kind = Kind::end;
    std::uint32_t position = 0;
    std::string text{};
};

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}
    Token next();

private:
    void skip();
    Token quoted(char quote, Token::Kind kind);
    bool escape(std::string& out);
    Token moment();
    Token number();
    std::string word();
    char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }

    std::string_view text_;
    std::size_t place_ = 0;
    bool open_comment_ = false;
};

}  // namespace fhir::path
