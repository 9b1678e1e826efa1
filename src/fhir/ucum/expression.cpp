// SPDX-License-Identifier: Apache-2.0
#include "fhir/ucum/expression.h"

#include <fmt/format.h>

#include <charconv>

namespace fhir::ucum {

namespace {

constexpr std::size_t longest = 512;
constexpr int deepest = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

base::Fault wrong(std::string text) { return {base::Fault::Kind::invalid, std::move(text)}; }

class Parser {
public:
    Parser(std::string_view code, const Table& table) : code_(code), table_(table) {}

    base::Result<Expression> whole() {
        TRY(Expression result, term(0));
        if (!at_end()) return wrong(fmt::format("\"{}\" closes a parenthesis that is not open", code_));
        return result;
    }

private:
    bool at_end() const { return at_ == code_.size(); }
    bool accept(char c) {
        if (at_end() || code_[at_] != c) return false;
        ++at_;
        return true;
    }

    // Everything up to the end or to a closing parenthesis.
    base::Result<Expression> term(int depth) {
        Expression result;
        bool divides = depth == 0 && accept('/');  // a leading solidus stands for 1/
        do {
            TRY(Component next, component(depth));
            next.divides = divides;
            result.push_back(std::move(next));
            if (at_end() || code_[at_] == ')') return result;
            if (code_[at_] != '.' && code_[at_] != '/')
                return wrong(fmt::format("\"{}\": \".\" or \"/\" is missing before \"{}\"", code_, code_.substr(at_)));
            divides = code_[at_++] == '/';
        } while (true);
    }

    base::Result<Component> component(int depth) {
        Component result;
        if (at_end()) return wrong(code_.empty() ? "a unit is missing" : fmt::format("\"{}\": a unit is missing at the end", code_));
        if (accept('(')) {
            if (depth == deepest) return wrong("a unit with too many parentheses");
            TRY(result.inside, term(depth + 1));
            if (!accept(')')) return wrong(fmt::format("\"{}\": a parenthesis is not closed", code_));
        } else if (code_[at_] == '{') {
            result.annotation = true;
        } else {
            TRY(read_symbol(result));
        }
        if (!at_end() && code_[at_] == '{') TRY(skip_annotation());
        return result;
    }

    base::Result<void> skip_annotation() {
        const auto end = code_.find_first_of("{}", at_ + 1);
        if (end == std::string_view::npos || code_[end] == '{') return wrong(fmt::format("\"{}\": a curly brace is not closed", code_));
        at_ = end + 1;
        return {};
    }

    // Letters, brackets and the exponent behind them, up to an operator.
    std::string_view word() {
        const std::size_t begin = at_;
        for (bool bracket = false; !at_end(); ++at_) {
            const char c = code_[at_];
            if (c == '[') bracket = true;
            if (c == ']') bracket = false;
            if (!bracket && (c == '.' || c == '/' || c == '(' || c == ')' || c == '{' || c == '}')) break;
        }
        return code_.substr(begin, at_ - begin);
    }

    base::Result<void> read_symbol(Component& result) {
        const std::string_view symbol = word();
        if (symbol.empty()) return wrong(fmt::format("\"{}\": a unit is missing before \"{}\"", code_, code_.substr(at_)));
        if (symbol.find_first_not_of("0123456789") == std::string_view::npos) {
            result.number = Natural::from_digits(symbol);
            if (result.number.is_zero()) return wrong(fmt::format("\"{}\": a factor of zero", code_));
            return {};
        }
        std::size_t end = symbol.size();
        while (end > 0 && is_digit(symbol[end - 1])) --end;
        std::size_t signed_end = end;
        if (end < symbol.size() && end > 0 && (symbol[end - 1] == '+' || symbol[end - 1] == '-')) --signed_end;
        const std::string_view name = symbol.substr(0, signed_end);
        if (end < symbol.size()) {
            auto digits = symbol.substr(end);
            const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), result.exponent);
            if (read.ec != std::errc{} || result.exponent > 9'999) return wrong(fmt::format("\"{}\": the exponent {} is too large", code_, digits));
            if (signed_end < end && symbol[signed_end] == '-') result.exponent = -result.exponent;
        }
        return find(name, symbol, result);
    }

    base::Result<void> find(std::string_view name, std::string_view symbol, Component& result) {
        result.atom = table_.atom(name);
        if (result.atom != nullptr) return {};
        for (const std::size_t size : {std::size_t{2}, std::size_t{1}}) {
            if (name.size() <= size) continue;
            result.prefix = table_.prefix(name.substr(0, size));
            result.atom = result.prefix != nullptr ? table_.atom(name.substr(size)) : nullptr;
            if (result.atom != nullptr && result.atom->metric) return {};
            if (result.atom != nullptr)
                return wrong(fmt::format("\"{}\" is not a UCUM unit: {} takes no prefix", symbol, name.substr(size)));
        }
        return unknown(name, symbol);
    }

    base::Fault unknown(std::string_view name, std::string_view symbol) const {
        std::size_t digits = 0;
        while (digits < name.size() && is_digit(name[digits])) ++digits;
        if (digits > 0 && digits < name.size() && table_.atom(name.substr(digits)) != nullptr)
            return wrong(fmt::format("\"{}\" is not a UCUM unit; write {}.{}", symbol, name.substr(0, digits), name.substr(digits)));
        const auto meant = table_.similar(name);
        return wrong(meant.empty() ? fmt::format("\"{}\" is not a UCUM unit", symbol)
                                   : fmt::format("\"{}\" is not a UCUM unit; perhaps {} is meant", symbol, meant));
    }

    std::string_view code_;
    const Table& table_;
    std::size_t at_ = 0;
};

std::string describe(const Component& component) {
    if (!component.inside.empty()) return "(" + describe(component.inside) + ")";
    if (component.atom == nullptr) return component.number.digits();
    const std::string name = (component.prefix != nullptr ? component.prefix->name : std::string{}) + component.atom->name;
    return component.exponent == 1 ? fmt::format("({})", name) : fmt::format("({} ^ {})", name, component.exponent);
}

}  // namespace

base::Result<Expression> parse(std::string_view code, const Table& table) {
    if (code.empty()) return Expression{Component{}};
    if (code.size() > longest) return wrong("a unit of more than 512 characters");
    for (const char c : code)
        if (c <= ' ' || c >= '\x7F')
            return wrong(c == ' ' ? fmt::format("\"{}\" is not a UCUM unit: it contains a space", code)
                                  : "a unit may contain visible ASCII characters only");
    return Parser(code, table).whole();
}

Scale scale_of(const Expression& expression) {
    Scale result;
    for (const Component& component : expression) {
        const int sign = component.divides ? -1 : 1;
        if (!component.inside.empty()) {
            result.multiply(scale_of(component.inside), sign);
        } else if (component.atom == nullptr) {
            result.multiply({.factor = {.over = component.number}}, sign);
        } else if (component.prefix == nullptr) {
            result.multiply(component.atom->scale, component.exponent * sign);
        } else {
            Scale scale = component.atom->scale;
            scale.factor = scale.factor * component.prefix->factor;
            result.multiply(scale, component.exponent * sign);
        }
    }
    return result;
}

std::string describe(const Expression& expression) {
    std::string result;
    for (const Component& component : expression) {
        if (component.annotation) continue;
        if (component.divides) result += result.empty() ? "1 / " : " / ";
        else if (!result.empty()) result += " * ";
        result += describe(component);
    }
    return result.empty() || result == "1" ? "(unity)" : result;
}

}  // namespace fhir::ucum
