// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/parse.h"

#include "fhir/path/lexer.h"
#include "fhir/path/temporal.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace fhir::path {

namespace {

struct Binary {
    std::string_view text;
    Operator op;
    int level;  // binds tighter when higher
};

constexpr Binary binaries[] = {
    {"implies", Operator::implies, 1},   {"or", Operator::or_, 2},          {"xor", Operator::xor_, 2},
    {"and", Operator::and_, 3},          {"in", Operator::in, 4},           {"contains", Operator::contains, 4},
    {"=", Operator::equal, 5},           {"~", Operator::equivalent, 5},    {"!=", Operator::not_equal, 5},
    {"!~", Operator::not_equivalent, 5}, {"<=", Operator::less_equal, 6},   {">=", Operator::greater_equal, 6},
    {"<", Operator::less, 6},            {">", Operator::greater, 6},       {"|", Operator::union_, 7},
    {"is", Operator::is, 8},             {"as", Operator::as, 8},           {"+", Operator::plus, 9},
    {"-", Operator::minus, 9},           {"&", Operator::join, 9},          {"*", Operator::times, 10},
    {"/", Operator::divide, 10},         {"div", Operator::div, 10},        {"mod", Operator::mod, 10},
};

constexpr std::string_view calendar_units[] = {"year",  "years",  "month",  "months",  "week",        "weeks",
                                               "day",   "days",   "hour",   "hours",   "minute",      "minutes",
                                               "second", "seconds", "millisecond", "milliseconds"};

// Recursive descent; precedence climbing for operators. The first mistake stops everything: `failed_`.
class Parser {
public:
    Parser(std::string_view text, const ParseLimits& limits) : text_(text), limits_(limits), lexer_(text) {
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] == '\n') lines_.push_back(i + 1);
        take();
    }

    base::Result<Syntax> run() {
        const NodeIndex root = expression(1);
        if (!failed_ && token_.kind != Token::Kind::end) fail(token_, "something behind the end of the expression");
        if (failed_) return std::move(fault_);
        syntax_.root = root;
        return std::move(syntax_);
    }

private:
    Token take() {
        Token taken = std::move(token_);
        token_ = lexer_.next();
        if (token_.kind == Token::Kind::error) fail(token_, token_.text);
        return taken;
    }
    bool at(std::string_view symbol) const { return token_.kind == Token::Kind::symbol && token_.text == symbol; }
    bool accept(std::string_view symbol) {
        if (!at(symbol)) return false;
        take();
        return true;
    }
    void expect(std::string_view symbol) {
        if (!accept(symbol)) fail(token_, fmt::format("'{}' is expected here", symbol));
    }

    void fail(const Token& where, std::string_view what) {
        if (failed_) return;
        failed_ = true;
        fault_ = {base::Fault::Kind::invalid, fmt::format("FHIRPath cannot be read: {}", what), spelled(place(where)),
                  base::IssueType::structure, {}};
        token_ = {Token::Kind::end, where.position, {}};
    }
    Place place(const Token& token) const {
        const auto line = std::upper_bound(lines_.begin(), lines_.end(), std::size_t{token.position}) - lines_.begin();
        return {static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(token.position - lines_[static_cast<std::size_t>(line) - 1] + 1)};
    }

    NodeIndex add(SyntaxNode node) {
        for (const NodeIndex part : node.parts) node.height = std::max(node.height, syntax_.nodes[part].height + 1);
        if (node.height > limits_.height) fail(token_, "the expression is too deep");
        syntax_.nodes.push_back(std::move(node));
        return static_cast<NodeIndex>(syntax_.nodes.size() - 1);
    }
    NodeIndex literal(Form form, Token token) { return add({form, {}, false, false, place(token), 1, std::move(token.text), {}, {}}); }

    std::optional<Binary> binary() const {
        if (token_.kind != Token::Kind::symbol && token_.kind != Token::Kind::identifier) return {};
        for (const Binary& one : binaries)
            if (token_.text == one.text) return one;
        return {};
    }

    NodeIndex expression(int level) {
        if (++depth_ > limits_.height) fail(token_, "the expression is too deep");
        if (failed_) return --depth_, 0;
        NodeIndex left = unary();
        for (auto one = binary(); !failed_ && one && one->level >= level; one = binary()) {
            const Token token = take();
            SyntaxNode node{Form::binary, one->op, false, false, place(token), 1, {}, {}, {left}};
            if (one->op == Operator::is || one->op == Operator::as) {
                node.form = Form::type_test;
                node.text = type_name();
            } else {
                node.parts.push_back(expression(one->level + 1));
            }
            if (failed_) break;
            left = add(std::move(node));
        }
        --depth_;
        return left;
    }

    NodeIndex unary() {
        if (!at("+") && !at("-")) return postfix();
        if (++depth_ > limits_.height) fail(token_, "the expression is too deep");
        if (failed_) return --depth_, 0;
        const Token token = take();
        const NodeIndex operand = unary();
        --depth_;
        if (failed_) return 0;
        return add({Form::unary, token.text == "-" ? Operator::minus : Operator::plus, false, false, place(token), 1, {}, {}, {operand}});
    }

    NodeIndex postfix() {
        NodeIndex node = term();
        while (!failed_) {
            if (accept(".")) {
                node = invocation(node);
            } else if (at("[")) {
                const Token token = take();
                const NodeIndex index = expression(1);
                expect("]");
                if (failed_) return 0;
                node = add({Form::item_at, {}, false, false, place(token), 1, {}, {}, {node, index}});
            } else {
                break;
            }
        }
        return node;
    }

    // Names that are also operators may still name a member: "contains", "in", "is", "as".
    bool at_name() const { return token_.kind == Token::Kind::identifier || token_.kind == Token::Kind::delimited; }

    NodeIndex invocation(std::optional<NodeIndex> focus) {
        SyntaxNode node{Form::member, {}, focus.has_value(), false, place(token_), 1, {}, {}, {}};
        if (focus) node.parts.push_back(*focus);
        if (token_.kind == Token::Kind::dollar) return focus ? (fail(token_, "a name is expected behind '.'"), 0) : dollar();
        if (!at_name()) return fail(token_, "a name is expected here"), 0;
        node.text = take().text;
        if (accept("(")) {
            node.form = Form::call;
            if (!at(")")) {
                do node.parts.push_back(node.text == "sort" ? sort_key() : expression(1));
                while (!failed_ && accept(","));
            }
            expect(")");
        }
        return failed_ ? 0 : add(std::move(node));
    }

    // "-family" and "family desc" both mean the largest first.
    NodeIndex sort_key() {
        NodeIndex key = expression(1);
        if (failed_) return 0;
        bool descending = false;
        if (const SyntaxNode& made = syntax_.nodes[key]; made.form == Form::unary && made.op == Operator::minus) {
            key = made.parts.front();
            descending = true;
        }
        if (token_.kind == Token::Kind::identifier && (token_.text == "asc" || token_.text == "desc")) descending = take().text == "desc";
        syntax_.nodes[key].descending = descending;
        return key;
    }

    NodeIndex dollar() {
        Token token = take();
        const Form form = token.text == "this" ? Form::this_item : token.text == "index" ? Form::index : Form::total;
        if (form == Form::total && token.text != "total") fail(token, "only $this, $index and $total exist");
        return literal(form, std::move(token));
    }

    NodeIndex number(Form form) {
        Token token = take();
        if (token_.kind == Token::Kind::string) {
            SyntaxNode node{Form::quantity, {}, false, false, place(token), 1, std::move(token.text), take().text, {}};
            return add(std::move(node));
        }
        if (token_.kind == Token::Kind::identifier &&
            std::find(std::begin(calendar_units), std::end(calendar_units), token_.text) != std::end(calendar_units)) {
            SyntaxNode node{Form::quantity, {}, false, false, place(token), 1, std::move(token.text), take().text, {}};
            return add(std::move(node));
        }
        return literal(form, std::move(token));
    }

    NodeIndex moment(Form form) {
        Token token = take();
        const bool fine = form == Form::time ? Temporal::time(token.text).has_value() : Temporal::date_time(token.text).has_value();
        if (!fine) fail(token, "a date or time that does not exist");
        return literal(form, std::move(token));
    }

    NodeIndex term() {
        switch (token_.kind) {
            case Token::Kind::string: return literal(Form::string, take());
            case Token::Kind::integer: return number(Form::integer);
            case Token::Kind::long_integer: return literal(Form::long_integer, take());
            case Token::Kind::decimal: return number(Form::decimal);
            case Token::Kind::date: return moment(Form::date);
            case Token::Kind::date_time: return moment(Form::date_time);
            case Token::Kind::time: return moment(Form::time);
            case Token::Kind::constant: return literal(Form::constant, take());
            case Token::Kind::dollar: return dollar();
            case Token::Kind::identifier:
                if (token_.text == "true" || token_.text == "false") return literal(Form::boolean, take());
                return invocation({});
            case Token::Kind::delimited: return invocation({});
            default: break;
        }
        if (at("(")) {
            take();
            const NodeIndex inner = expression(1);
            expect(")");
            return inner;
        }
        if (at("{")) {
            const Token token = take();
            expect("}");
            return add({Form::empty, {}, false, false, place(token), 1, {}, {}, {}});
        }
        return fail(token_, token_.kind == Token::Kind::end ? "the expression ends too early" : "a value is expected here"), 0;
    }

    std::string type_name() {
        const bool bracket = accept("(");  // seen in published expressions: value is (Quantity)
        std::string name;
        do {
            if (!at_name()) return fail(token_, "a type is expected here"), name;
            if (!name.empty()) name += '.';
            name += take().text;
        } while (accept("."));
        if (bracket) expect(")");
        return name;
    }

    std::string_view text_;
    ParseLimits limits_;
    Lexer lexer_;
    std::vector<std::size_t> lines_{0};  // where each begins
    Token token_{};
    Syntax syntax_{};
    std::uint32_t depth_ = 0;
    bool failed_ = false;
    base::Fault fault_{};
};

}  // namespace

std::string spelled(Place place) { return fmt::format("line {}, column {}", place.line, place.column); }

base::Result<Syntax> parse(std::string_view text, const ParseLimits& limits) {
    if (text.size() > limits.length)
        return base::Fault{base::Fault::Kind::too_large, "the FHIRPath expression is too long", {}, base::IssueType::too_long, {}};
    return Parser(text, limits).run();
}

}  // namespace fhir::path
