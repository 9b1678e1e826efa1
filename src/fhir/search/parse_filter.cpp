// SPDX-License-Identifier: Apache-2.0
// _filter (FHIR R4 search_filter.html) to a clause. "and" and "or" bind alike, from the left; parentheses say otherwise.
//
// A path goes over references as a chain does. A filter in brackets behind a reference is about the very resource that the rest of the
// path is about; behind a composite it is about the other parts of the same element. Strings are compared without case and accents.
#include "base/text.h"
#include "fhir/search/grammar.h"
#include "fhir/search/read_value.h"
#include "fhir/search/refusal.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <span>

namespace fhir::search {

namespace {

using base::Fault;

constexpr std::size_t most_bytes = 16'384;  // a filter behind an untyped reference is read once for each type
constexpr int most_nested = 32;
constexpr int most_tests = 400;  // a database joins at most 500 lists (SQLITE_LIMIT_COMPOUND_SELECT)

Fault bad(std::string text) { return wrong(std::move(text), "_filter"); }

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ':';
}

struct Link {
    std::string name;
    std::optional<std::string_view> filter;  // what stands in brackets behind it
};

struct Test {
    std::vector<Link> path;
    std::string_view op;
    std::string value;  // as a search value: a backslash escapes
};

constexpr std::string_view prefix_operators[] = {"eq", "ne", "gt", "lt", "ge", "le", "ap", "sa", "eb"};
constexpr std::string_view operators[] = {"eq", "ne", "co", "sw", "ew", "gt", "lt", "ge", "le", "ap",
                                          "sa", "eb", "pr", "po", "ss", "sb", "in", "re"};

template <class List>
bool among(const List& list, std::string_view text) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

// The text cut into tests, words and brackets; it knows nothing of types.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    void skip() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    bool end() {
        skip();
        return at_ == text_.size();
    }
    bool take(char c) {
        skip();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    // A word on its own: what follows it is no part of a name.
    bool take(std::string_view word) {
        skip();
        const std::size_t behind = at_ + word.size();
        if (text_.substr(at_, word.size()) != word || (behind < text_.size() && (is_name(text_[behind]) || text_[behind] == '.'))) return false;
        at_ = behind;
        return true;
    }
    // "not" is an operator only before a parenthesis.
    bool take_not() {
        const std::size_t before = at_;
        if (take("not") && take('(')) return true;
        at_ = before;
        return false;
    }

    base::Result<Test> test() {
        Test test;
        TRY(test.path, path());
        const std::string_view op = word();
        if (!among(operators, op)) return bad(fmt::format("Behind {} an operator is expected, such as eq or co, not '{}'.", test.path.back().name, op.substr(0, 40)));
        test.op = op;
        TRY(test.value, value());
        return test;
    }

private:
    base::Result<std::vector<Link>> path() {
        std::vector<Link> links;
        skip();
        do {
            const std::size_t from = at_;
            while (at_ < text_.size() && is_name(text_[at_])) ++at_;
            Link link{std::string(text_.substr(from, at_ - from)), {}};
            if (link.name.empty() || link.name.size() > 200) return bad(fmt::format("The name of a search parameter is expected at character {}.", from + 1));
            if (at_ < text_.size() && text_[at_] == '[') {
                const std::size_t inner = ++at_;
                TRY(const std::size_t close, closing_bracket());
                link.filter = text_.substr(inner, close - inner);
                at_ = close + 1;
            }
            links.push_back(std::move(link));
        } while (at_ < text_.size() && text_[at_] == '.' && ++at_);
        if (links.back().filter) return bad(fmt::format("Behind {}[...] the path must go on with a dot.", links.back().name));
        return links;
    }

    base::Result<std::size_t> closing_bracket() const {
        int open = 1;
        for (std::size_t i = at_; i < text_.size(); ++i) {
            if (text_[i] == '"') {
                for (++i; i < text_.size() && text_[i] != '"'; ++i)
                    if (text_[i] == '\\') ++i;
            } else if (text_[i] == '[') {
                ++open;
            } else if (text_[i] == ']' && --open == 0) {
                return i;
            }
        }
        return bad("A ] is missing.");
    }

    std::string_view word() {
        skip();
        const std::size_t from = at_;
        while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ')' && text_[at_] != ']') ++at_;
        return text_.substr(from, at_ - from);
    }

    base::Result<std::string> value() {
        skip();
        if (at_ < text_.size() && text_[at_] == '"') return json_string();
        const std::string_view token = word();
        if (token.empty()) return bad("A value is missing at the end.");
        return std::string(token);
    }

    base::Result<std::string> json_string() {
        std::string result;
        for (++at_; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return result;
            }
            if (static_cast<unsigned char>(c) < 0x20) return bad("A string holds a control character.");
            if (c != '\\') {
                result += c;
                continue;
            }
            if (++at_ == text_.size()) break;
            switch (text_[at_]) {
                case '"': result += '"'; break;
                case '/': result += '/'; break;
                case '\\': result += "\\\\"; break;  // escaped once more: it is read as a search value
                case 'b': result += '\b'; break;
                case 'f': result += '\f'; break;
                case 'n': result += '\n'; break;
                case 'r': result += '\r'; break;
                case 't': result += '\t'; break;
                case 'u': {
                    auto unit = hex();
                    if (unit && *unit >= 0xD800 && *unit < 0xDC00 && text_.substr(at_ + 1, 2) == "\\u") {
                        at_ += 2;
                        const auto low = hex();
                        if (!low || *low < 0xDC00 || *low > 0xDFFF) unit.reset();
                        else unit = 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00);
                    }
                    if (!unit || *unit == 0 || (*unit >= 0xD800 && *unit <= 0xDFFF)) return bad("A string holds a \\u escape that is no character.");
                    if (*unit == U'\\') result += '\\';
                    base::append_utf8(result, *unit);
                    break;
                }
                default: return bad("A string holds an escape that JSON does not know.");
            }
        }
        return bad("A string is not closed.");
    }

    // Four digits behind the place; it moves onto the last.
    std::optional<char32_t> hex() {
        if (at_ + 4 >= text_.size()) return {};
        char32_t unit = 0;
        for (int i = 0; i < 4; ++i) {
            const char c = text_[++at_];
            if (c >= '0' && c <= '9') unit = unit * 16 + static_cast<char32_t>(c - '0');
            else if (c >= 'a' && c <= 'f') unit = unit * 16 + static_cast<char32_t>(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F') unit = unit * 16 + static_cast<char32_t>(c - 'A' + 10);
            else return {};
        }
        return unit;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

class FilterReader {
public:
    explicit FilterReader(Grammar& grammar) : grammar_(grammar) {}

    base::Result<Clause> whole(const Types& at, std::string_view text, int depth, int nested) {
        Scanner scanner(text);
        TRY(Clause clause, logic(at, scanner, depth, nested));
        if (!scanner.end()) return bad("Something stands behind the end of the filter, or a parenthesis too many; tests are joined by and, or.");
        return clause;
    }

private:
    base::Result<Clause> logic(const Types& at, Scanner& scanner, int depth, int nested) {
        if (nested > most_nested) return too_much(fmt::format("A filter nests at most {} deep.", most_nested), "_filter");
        TRY(Clause first, term(at, scanner, depth, nested));
        std::vector<Clause> row;
        row.push_back(std::move(first));
        bool all = true;
        int turns = 0;
        while (true) {
            const bool is_and = scanner.take("and");
            if (!is_and && !scanner.take("or")) break;
            if (row.size() > 1 && is_and != all) {
                if (++turns > most_nested) return too_much("A filter changes between and and or too often.", "_filter");
                Clause before = all ? every_of(std::move(row)) : any_of_parts(std::move(row));
                row.clear();
                row.push_back(std::move(before));
            }
            all = is_and;
            TRY(Clause next, term(at, scanner, depth, nested));
            row.push_back(std::move(next));
        }
        return all ? every_of(std::move(row)) : any_of_parts(std::move(row));
    }

    base::Result<Clause> term(const Types& at, Scanner& scanner, int depth, int nested) {
        const bool negated = scanner.take_not();
        if (negated || scanner.take('(')) {
            TRY(Clause inner, logic(at, scanner, depth, nested + 1));
            if (!scanner.take(')')) return bad("A ) is missing, or an and or or before what follows.");
            if (!negated) return inner;
            std::vector<Clause> parts;
            parts.push_back(std::move(inner));
            return none_of_parts(std::move(parts));
        }
        if (++tests_ > most_tests) return too_much(fmt::format("A filter has at most {} tests.", most_tests), "_filter");
        TRY(const Test test, scanner.test());
        return path(at, test.path, test.op, test.value, depth, nested);
    }

    base::Result<Clause> path(const Types& at, std::span<const Link> links, std::string_view op, const std::string& value, int depth, int nested) {
        const Link& link = links.front();
        if (link.name.starts_with("_has:"))
            return grammar_.has(at, link.name, depth, [&](const Types& other, std::string_view rest) {
                std::vector<Link> further(links.begin(), links.end());
                further.front().name = rest;
                return path(other, further, op, value, depth + 1, nested);
            });
        if (links.size() == 1) return leaf(at, link.name, op, value);
        const std::string_view code = base::cut(link.name, ':').first;
        TRY(const auto parameters, grammar_.find(at, code));
        if (parameters.front()->type == ParameterType::composite) return composite(*parameters.front(), links, op, value);
        if (link.filter && parameters.front()->type != ParameterType::reference)
            return bad(fmt::format("{} is of type {}: a filter in brackets stands behind references and composites.", code, spelling(parameters.front()->type)));
        return grammar_.chain(at, link.name, links[1].name, depth, [&](const Types& other) -> base::Result<Clause> {
            std::vector<Clause> parts;
            if (link.filter) {
                TRY(Clause filter, whole(other, *link.filter, depth + 1, nested + 1));
                parts.push_back(std::move(filter));
            }
            TRY(Clause rest, path(other, links.subspan(1), op, value, depth + 1, nested));
            parts.push_back(std::move(rest));
            return every_of(std::move(parts));
        });
    }

    base::Result<Clause> leaf(const Types& at, std::string_view name, std::string_view op, const std::string& value) {
        if (name == "id") name = "_id";  // as the standard's own examples write it
        if (name.find(':') != std::string_view::npos) return bad(fmt::format("In a filter the operator says what a modifier does elsewhere: {}.", name.substr(0, 80)));
        TRY(const auto parameters, grammar_.find(at, name));
        std::vector<Clause> tests;
        for (const Parameter* parameter : parameters) {
            TRY(Clause test, leaf(*parameter, op, value));
            tests.push_back(std::move(test));
        }
        return op == "pr" && value == "false" ? every_of(std::move(tests)) : any_of_parts(std::move(tests));
    }

    Fault not_done(const Parameter& parameter, std::string_view op) const {
        return not_supported(Fault::Kind::unsupported, fmt::format("In _filter, {} is not supported for {}, which is of type {}.", op, parameter.code,
                                                                   spelling(parameter.type)), "_filter");
    }

    base::Result<Clause> leaf(const Parameter& parameter, std::string_view op, const std::string& value) {
        TRY(grammar_.spend(1, 1, "_filter"));
        if (!is_supported(parameter)) return not_done(parameter, op);
        if (op == "pr") return present(parameter, value);
        const bool plain = parameter.type == ParameterType::token || parameter.type == ParameterType::reference || parameter.type == ParameterType::uri;
        switch (parameter.type) {
            case ParameterType::number: case ParameterType::quantity: case ParameterType::date:
                if (op == "po" && parameter.type == ParameterType::date) {
                    TRY(Clause clause, test(parameter, Modifier::none, "eq" + value));
                    clause.any_of.front().prefix = Prefix::ap;  // overlaps; not widened, as "ap" in a value would be
                    return clause;
                }
                if (!among(prefix_operators, op)) return not_done(parameter, op);
                return test(parameter, Modifier::none, std::string(op) + value);
            case ParameterType::string:
                // Running text is asked by words (_text, _content).
                if (is_words(parameter)) return op == "co" ? test(parameter, Modifier::none, value) : base::Result<Clause>(not_done(parameter, op));
                if (op == "eq") return test(parameter, Modifier::equals, value);
                if (op == "ne") return unequal(parameter, Modifier::equals, value);
                if (op == "co") return test(parameter, Modifier::contains, value);
                if (op == "sw") return test(parameter, Modifier::none, value);
                if (op == "ew") return test(parameter, Modifier::ends_with, value);
                return not_done(parameter, op);
            case ParameterType::token: case ParameterType::reference: case ParameterType::uri: case ParameterType::composite:
                if (op == "eq" || (op == "re" && parameter.type == ParameterType::reference)) return test(parameter, Modifier::none, value);
                if (op == "ne" && plain) return unequal(parameter, Modifier::none, value);
                if (parameter.type == ParameterType::token) {
                    if (op == "in") return test(parameter, Modifier::in, value);
                    // ss: the value subsumes a concept of the resource, which then is below it.
                    if (op == "ss") return test(parameter, Modifier::below, value);
                    if (op == "sb") return test(parameter, Modifier::above, value);
                }
                return not_done(parameter, op);
            case ParameterType::special: break;
        }
        return not_done(parameter, op);
    }

    base::Result<Clause> test(const Parameter& parameter, Modifier modifier, const std::string& value) {
        Clause clause;
        clause.parameter = &parameter;
        clause.modifier = modifier;
        TRY(Value read, read_value(parameter, clause, value, grammar_.schema, grammar_.options));
        clause.any_of.push_back(std::move(read));
        return clause;
    }

    static Clause present(const Parameter& parameter, bool is) {
        Clause clause;
        clause.parameter = &parameter;
        clause.modifier = Modifier::missing;
        clause.any_of.emplace_back();
        clause.any_of.front().missing = !is;
        return clause;
    }
    base::Result<Clause> present(const Parameter& parameter, const std::string& value) const {
        if (value != "true" && value != "false") return bad(fmt::format("{} pr takes true or false.", parameter.code));
        return present(parameter, value == "true");
    }

    // It has values, and none of them is equal.
    base::Result<Clause> unequal(const Parameter& parameter, Modifier modifier, const std::string& value) {
        TRY(Clause equal, test(parameter, modifier, value));
        std::vector<Clause> none;
        none.push_back(std::move(equal));
        std::vector<Clause> parts;
        parts.push_back(present(parameter, true));
        parts.push_back(none_of_parts(std::move(none)));
        return every_of(std::move(parts));
    }

    // composite[a eq 1].b gt 2: one value of the composite, its parts found by their codes.
    base::Result<Clause> composite(const Parameter& parameter, std::span<const Link> links, std::string_view op, const std::string& value) {
        TRY(grammar_.spend(1, 1, "_filter"));
        if (!is_supported(parameter)) return not_done(parameter, op);
        Value whole;
        whole.parts.resize(parameter.components.size());
        std::vector<bool> given(parameter.components.size());
        const auto put = [&](std::string_view code, std::string_view its_op, const std::string& text) -> base::Result<void> {
            for (std::size_t i = 0; i < parameter.components.size(); ++i) {
                const Parameter& part = *parameter.components[i].parameter;
                if (part.code != code || given[i]) continue;
                const bool prefixed = takes_prefix(part.type) && among(prefix_operators, its_op);
                if (!prefixed && its_op != "eq") return not_done(part, its_op);
                Clause plain;
                plain.parameter = &part;
                TRY(whole.parts[i], read_value(part, plain, prefixed ? std::string(its_op) + text : text, grammar_.schema, grammar_.options));
                given[i] = true;
                return {};
            }
            return bad(fmt::format("{} has no part named {}.", parameter.code, code.substr(0, 80)));
        };
        if (links.size() != 2) return bad(fmt::format("Behind the composite {} one of its parts is expected.", parameter.code));
        if (links.front().filter) {
            Scanner inner(*links.front().filter);
            do {
                TRY(const Test one, inner.test());
                if (one.path.size() != 1) return bad(fmt::format("In the brackets behind {} only its parts are asked.", parameter.code));
                TRY(put(one.path.front().name, one.op, one.value));
            } while (inner.take("and"));
            if (!inner.end()) return bad(fmt::format("In the brackets behind {} tests are joined by and.", parameter.code));
        }
        TRY(put(links[1].name, op, value));
        if (!std::all_of(given.begin(), given.end(), [](bool one) { return one; }))
            return bad(fmt::format("Of the composite {} every part must be asked.", parameter.code));
        Clause clause;
        clause.parameter = &parameter;
        clause.any_of.push_back(std::move(whole));
        return clause;
    }

    int tests_ = 0;
    Grammar& grammar_;
};

base::Result<Clause> Grammar::filter(const Types& at, std::string_view value, int depth) {
    if (value.empty()) return every_of({});
    if (value.size() > most_bytes) return too_much(fmt::format("A filter has at most {} bytes.", most_bytes), "_filter");
    if (value.find('\0') != std::string_view::npos || !base::valid_utf8(value)) return bad("The filter holds bytes that are no text.");
    return FilterReader(*this).whole(at, value, depth, 0);
}

}  // namespace fhir::search
