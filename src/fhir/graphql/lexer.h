// SPDX-License-Identifier: Apache-2.0
#pragma once

// The words of GraphQL (October 2021, section 2.1). White space, commas and comments fall away; strings come unescaped, block
// strings without their common indentation.

#include "fhir/graphql/document.h"

#include <string>
#include <string_view>

namespace fhir::graphql {

struct Token {
    enum class Kind : std::uint8_t { end, error, name, integer, decimal, string, symbol };
    Kind kind = Kind::end;
    Place place{};
    std::string text{};  // symbol: "{" or "..." and so on; error: what is wrong
};

class Lexer {
public:
    // `text` must be UTF-8 and outlive the Lexer.
    explicit Lexer(std::string_view text);
    Token next();

private:
    void skip();
    char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }
    void new_line();
    Place place() const;
    Token made(Token::Kind kind, std::string text, std::size_t length);
    Token wrong(std::string text) const;
    Token number();
    Token string();
    Token block();
    bool escape(std::string& out, std::string& problem);
    bool hexadecimal(std::size_t digits, char32_t& out);

    std::string_view text_;
    std::size_t place_ = 0;
    std::uint32_t line_ = 1;
    std::size_t line_start_ = 0;
};

}  // namespace fhir::graphql
