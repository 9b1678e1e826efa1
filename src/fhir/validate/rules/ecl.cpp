// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/ecl.h"

#include <cctype>
#include <vector>

namespace fhir::validate {

// One pass over the tokens. After an operand comes a connective, a comparison or a closing bracket; two operands, or an
// operand and a constraint operator, may not touch.
std::optional<std::string> ecl_problem(std::string_view text) {
    std::vector<char> brackets;
    bool operand = false;  // the token before was one
    std::size_t at = 0;
    const auto word_end = [&](std::size_t from) {
        while (from < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[from])) != 0 || text[from] == '_' || text[from] == '-'))
            ++from;
        return from;
    };
    while (at < text.size()) {
        const char c = text[at];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            ++at;
        } else if (c == '|') {
            const std::size_t end = text.find('|', at + 1);
            if (end == std::string_view::npos) return "a term has no closing '|'";
            if (!operand) return "a term stands behind no concept";
            at = end + 1;
        } else if (c == '"' || c == '\'') {
            const std::size_t end = text.find(c, at + 1);
            if (end == std::string_view::npos) return "a text has no closing quotation mark";
            operand = true;
            at = end + 1;
        } else if (c == '(' || c == '{' || c == '[') {
            if (operand && c == '(') return "an operator is missing before '('";
            brackets.push_back(c);
            if (c == '{' && at + 1 < text.size() && text[at + 1] == '{') return std::nullopt;  // filters: not followed
            if (c == '[') {
                const std::size_t end = text.find(']', at);
                if (end == std::string_view::npos) return "a cardinality has no ']'";
                brackets.pop_back();
                at = end + 1;
                operand = false;
                continue;
            }
            operand = false;
            ++at;
        } else if (c == ')' || c == '}') {
            if (brackets.empty() || brackets.back() != (c == ')' ? '(' : '{'))
                return "a bracket closes that was not open";
            if (!operand) return "something is missing before a closing bracket";
            brackets.pop_back();
            ++at;
        } else if (c == '<' || c == '>') {
            const bool comparison = operand && at + 1 < text.size() && (text[at + 1] == '=' || text[at + 1] == '#');
            if (operand && !comparison) return "an operator such as AND is missing between two constraints";
            at += 1;
            while (at < text.size() && (text[at] == '<' || text[at] == '>' || text[at] == '!' || text[at] == '=')) ++at;
            operand = false;
        } else if (c == '!' || c == '^' || c == ':' || c == '=' || c == ',' || c == '.' || c == '#' || c == '+') {
            operand = false;
            ++at;
        } else if (c == '*') {
            if (operand) return "two operands stand side by side";
            operand = true;
            ++at;
        } else if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            const std::size_t end = word_end(at);
            std::string word(text.substr(at, end - at));
            for (char& letter : word) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
            if (word == "AND" || word == "OR" || word == "MINUS") {
                if (!operand) return "an operand is missing before " + word;
                operand = false;
            } else if (word == "R" && !operand) {
                // a reverse attribute
            } else {
                if (operand) return "two operands stand side by side";
                operand = true;
            }
            at = end;
        } else {
            return std::nullopt;  // a newer form
        }
    }
    if (!brackets.empty()) return "a bracket is not closed";
    if (!operand) return "the expression ends too early";
    return std::nullopt;
}

}  // namespace fhir::validate
