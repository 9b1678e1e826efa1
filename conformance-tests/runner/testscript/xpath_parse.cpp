// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/xpath_parse.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

namespace runner::testscript::xpath {

namespace {

using base::Fault;

constexpr int deepest = 32;           // predicates in predicates
constexpr std::size_t longest = 4096;
constexpr std::array functions = {"count", "string", "not", "last", "position", "contains", "starts-with"};

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return begins_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    base::Result<Expression> run() {
        Expression whole = either();
        blanks();
        if (!fault_ && at_ < text_.size()) fail("cannot be read from here on");
        if (fault_) return std::move(*fault_);
        return whole;
    }

private:
    Expression either() { return chain("or", Expression::Kind::either, &Parser::both); }
    Expression both() { return chain("and", Expression::Kind::both, &Parser::comparison); }

    Expression chain(std::string_view word, Expression::Kind kind, Expression (Parser::*part)()) {
        if (++depth_ > deepest) fail("is nested too deep");
        Expression left = fault_ ? Expression{} : (this->*part)();
        while (!fault_ && take_word(word)) {
            Expression sum{.kind = kind};
            sum.parts.push_back(std::move(left));
            sum.parts.push_back((this->*part)());
            left = std::move(sum);
        }
        --depth_;
        return left;
    }

    Expression comparison() {
        Expression left = joined();
        for (const std::string_view sign : {"!=", "<=", ">=", "=", "<", ">"}) {
            if (fault_ || !take(sign)) continue;
            Expression made{.kind = Expression::Kind::compare, .word = std::string(sign)};
            made.parts.push_back(std::move(left));
            made.parts.push_back(joined());
            return made;
        }
        return left;
    }

    Expression joined() {
        Expression left = primary();
        while (!fault_ && take("|")) {
            Expression sum{.kind = Expression::Kind::join};
            sum.parts.push_back(std::move(left));
            sum.parts.push_back(primary());
            left = std::move(sum);
        }
        return left;
    }

    Expression primary() {
        blanks();
        if (at_ >= text_.size()) return fail("ends too early");
        const char c = text_[at_];
        if (c == '\'' || c == '"') {
            const std::size_t end = text_.find(c, at_ + 1);
            if (end == std::string_view::npos) return fail("has a string without an end");
            Expression made{.kind = Expression::Kind::text, .word = std::string(text_.substr(at_ + 1, end - at_ - 1))};
            at_ = end + 1;
            return made;
        }
        if (digit(c)) return number();
        if (c == '(') {
            ++at_;
            Expression inner = either();
            if (!fault_ && !take(")")) fail("lacks a )");
            if (!fault_ && next_is_one_of("/[")) unsupported("a path behind parentheses");
            return inner;
        }
        if (const std::string_view name = function_name(); !name.empty()) return call(name);
        return path();
    }

    Expression number() {
        std::size_t end = at_;
        while (end < text_.size() && (digit(text_[end]) || text_[end] == '.')) ++end;
        const auto value = base::to_double(text_.substr(at_, end - at_));
        if (!value) return fail("has a number that is none");
        at_ = end;
        return {.kind = Expression::Kind::number, .number = *value};
    }

    // A name with a '(' behind it.
    std::string_view function_name() const {
        std::size_t end = at_;
        while (end < text_.size() && (in_name(text_[end]) || text_[end] == ':')) ++end;
        const std::string_view name = text_.substr(at_, end - at_);
        while (end < text_.size() && text_[end] == ' ') ++end;
        return end < text_.size() && text_[end] == '(' ? name : std::string_view{};
    }

    Expression call(std::string_view name) {
        if (std::find(functions.begin(), functions.end(), name) == functions.end()) return unsupported(fmt::format("{}()", name));
        at_ += name.size();
        Expression made{.kind = Expression::Kind::call, .word = std::string(name)};
        take("(");
        if (!take(")")) {
            do made.parts.push_back(either());
            while (!fault_ && take(","));
            if (!fault_ && !take(")")) fail("lacks a )");
        }
        const std::size_t wanted = name == "last" || name == "position" ? 0 : name == "contains" || name == "starts-with" ? 2 : 1;
        if (!fault_ && made.parts.size() != wanted) fail(fmt::format("gives {}() {} arguments in place of {}", name, made.parts.size(), wanted));
        if (!fault_ && name == "count" && made.parts[0].kind != Expression::Kind::path && made.parts[0].kind != Expression::Kind::join) fail("counts what is no path");
        return made;
    }

    Expression path() {
        Expression made{};
        bool descend = false;
        if (take("//")) made.absolute = descend = true;
        else if (take("/")) made.absolute = true;
        if (made.absolute && !descend && (blanks(), at_ >= text_.size())) return fail("selects nothing");
        while (!fault_) {
            made.steps.push_back(step(descend));
            if (fault_) break;
            if (take("//")) descend = true;
            else if (take("/")) descend = false;
            else break;
        }
        return made;
    }

    Step step(bool descend) {
        using Axis = Step::Axis;
        Step made;
        made.axis = descend ? Axis::descendant : Axis::child;
        blanks();
        if (take("..")) {
            made.axis = Axis::parent;
            if (descend) unsupported("..  behind //");
            return made;
        }
        if (take(".")) {
            made.axis = Axis::self;
            if (descend) unsupported(". behind //");
            return made;
        }
        if (take("@")) {
            if (descend) unsupported("@ behind //");
            made.axis = Axis::attribute;
        }
        made.name = take("*") ? "*" : name();
        if (!fault_ && at_ + 1 < text_.size() && text_[at_] == ':') {
            if (text_[at_ + 1] == ':') unsupported("axes by name");
            ++at_;  // a prefix: whatever it is, it means FHIR
            made.name = take("*") ? "*" : name();
        }
        if (!fault_ && next_is_one_of("(")) unsupported(made.name + "()");
        while (!fault_ && take("[")) {
            made.predicates.push_back(either());
            if (!fault_ && !take("]")) fail("lacks a ]");
        }
        return made;
    }

    std::string name() {
        if (at_ >= text_.size() || !begins_name(text_[at_])) {
            fail("has no name where one is needed");
            return {};
        }
        const std::size_t begin = at_;
        while (at_ < text_.size() && in_name(text_[at_])) ++at_;
        return std::string(text_.substr(begin, at_ - begin));
    }

    void blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
    }
    bool next_is_one_of(std::string_view signs) {
        blanks();
        return at_ < text_.size() && signs.find(text_[at_]) != std::string_view::npos;
    }
    bool take(std::string_view sign) {
        blanks();
        if (!text_.substr(at_).starts_with(sign)) return false;
        at_ += sign.size();
        return true;
    }
    bool take_word(std::string_view word) {
        blanks();
        if (!text_.substr(at_).starts_with(word) || (at_ + word.size() < text_.size() && in_name(text_[at_ + word.size()]))) return false;
        at_ += word.size();
        return true;
    }

    Expression fail(const std::string& what) { return stop(Fault::Kind::invalid, fmt::format("the XPath {} (at {})", what, at_ + 1)); }
    Expression unsupported(const std::string& what) { return stop(Fault::Kind::unsupported, fmt::format("of XPath, {} is not known here", what)); }
    Expression stop(Fault::Kind kind, std::string text) {
        if (!fault_) fault_ = Fault{kind, std::move(text)};
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::optional<Fault> fault_{};
};

}  // namespace

base::Result<Expression> parse(std::string_view text) {
    if (text.size() > longest) return Fault{Fault::Kind::too_large, "the XPath is longer than 4096 bytes"};
    if (text.empty()) return Fault{Fault::Kind::invalid, "the XPath is empty"};
    return Parser(text).run();
}

}  // namespace runner::testscript::xpath
