// SPDX-License-Identifier: Apache-2.0
#include "fhir/graphql/parse.h"

#include "base/text.h"
#include "fhir/graphql/lexer.h"

#include <algorithm>
#include <set>

namespace fhir::graphql {

namespace {

using base::Fault;
using base::Result;

// Recursive descent; one word is looked ahead.
class Parser {
public:
    Parser(std::string_view text, const ParseLimits& limits) : limits_(limits), lexer_(text) { token_ = lexer_.next(); }

    Result<Document> run() {
        Document document;
        if (at_end()) return here("the document is empty");
        while (!at_end()) TRY(definition(document));
        std::sort(document.fragments.begin(), document.fragments.end(), [](const Fragment& a, const Fragment& b) { return a.name < b.name; });
        for (std::size_t i = 1; i < document.fragments.size(); ++i)
            if (document.fragments[i].name == document.fragments[i - 1].name)
                return fault_at(document.fragments[i].place, Fault::Kind::malformed, "there are two fragments " + document.fragments[i].name);
        std::set<std::string_view> names;
        for (const Operation& operation : document.operations) {
            if (operation.name.empty() && document.operations.size() > 1)
                return fault_at(operation.place, Fault::Kind::malformed, "an operation without a name stands alone in its document");
            if (!names.insert(operation.name).second)
                return fault_at(operation.place, Fault::Kind::malformed, "there are two operations " + operation.name);
        }
        return document;
    }

private:
    Fault here(std::string text) const {
        if (token_.kind == Token::Kind::error) text = token_.text;
        return fault_at(token_.place, Fault::Kind::malformed, std::move(text));
    }
    bool at_end() const { return token_.kind == Token::Kind::end; }
    bool at(std::string_view symbol) const { return token_.kind == Token::Kind::symbol && token_.text == symbol; }
    bool at_word(std::string_view word) const { return token_.kind == Token::Kind::name && token_.text == word; }

    Result<std::string> take() {
        std::string text = std::move(token_.text);
        if (++words_ > limits_.words) return fault_at(token_.place, Fault::Kind::too_large, "the document is too long");
        token_ = lexer_.next();
        return text;
    }
    Result<bool> taken(std::string_view symbol) {
        if (!at(symbol)) return false;
        TRY(take());
        return true;
    }
    Result<void> expect(std::string_view symbol) {
        if (!at(symbol)) return here("here '" + std::string(symbol) + "' is expected");
        TRY(take());
        return {};
    }
    Result<std::string> name(const char* what) {
        if (token_.kind != Token::Kind::name) return here(std::string("here ") + what + " is expected");
        return take();
    }

    Result<void> definition(Document& document) {
        if (at_word("fragment")) return fragment(document);
        if (at("{")) {
            Operation operation;
            operation.place = token_.place;
            TRY(operation.selections, selections(limits_.depth));
            document.operations.push_back(std::move(operation));
            return {};
        }
        if (at_word("query") || at_word("mutation") || at_word("subscription")) return operation(document);
        for (const char* word : {"schema", "scalar", "type", "interface", "union", "enum", "input", "directive", "extend"})
            if (at_word(word)) return here("a definition of types cannot be run; here a query or a fragment is expected");
        return here("here a query or a fragment is expected");
    }

    Result<void> operation(Document& document) {
        Operation made;
        made.place = token_.place;
        TRY(const std::string kind, take());
        if (kind == "mutation") made.kind = Operation::Kind::mutation;
        if (kind == "subscription") made.kind = Operation::Kind::subscription;
        if (token_.kind == Token::Kind::name) {
            TRY(made.name, take());
        }
        TRY(const bool open, taken("("));
        if (open) {
            while (!at(")")) {
                TRY(VariableDefinition variable, variable_definition());
                for (const VariableDefinition& other : made.variables)
                    if (other.name == variable.name)
                        return fault_at(variable.place, Fault::Kind::malformed, "there are two variables $" + variable.name);
                if (made.variables.size() >= most_variables) return here("there are too many variables");
                made.variables.push_back(std::move(variable));
            }
            TRY(take());
        }
        TRY(made.directives, directives());
        TRY(made.selections, selections(limits_.depth));
        document.operations.push_back(std::move(made));
        return {};
    }

    Result<VariableDefinition> variable_definition() {
        VariableDefinition made;
        made.place = token_.place;
        TRY(expect("$"));
        TRY(made.name, name("the name of a variable"));
        TRY(expect(":"));
        TRY(made.type, type(limits_.depth));
        TRY(const bool has_default, taken("="));
        if (has_default) {
            TRY(made.otherwise, value(limits_.depth, true));
        }
        TRY(directives());
        return made;
    }

    Result<Type> type(int depth) {
        if (depth == 0) return here("the type is nested too deep");
        Type made;
        TRY(const bool list, taken("["));
        if (list) {
            TRY(Type inside, type(depth - 1));
            made.inside.push_back(std::move(inside));
            TRY(expect("]"));
        } else {
            TRY(made.name, name("a type"));
        }
        TRY(made.required, taken("!"));
        return made;
    }

    Result<void> fragment(Document& document) {
        Fragment made;
        made.place = token_.place;
        TRY(take());
        if (at_word("on")) return here("no fragment may be called 'on'");
        TRY(made.name, name("the name of a fragment"));
        if (!at_word("on")) return here("here 'on' and a type are expected");
        TRY(take());
        TRY(made.type, name("a type"));
        TRY(made.directives, directives());
        TRY(made.selections, selections(limits_.depth));
        document.fragments.push_back(std::move(made));
        return {};
    }

    Result<std::vector<Selection>> selections(int depth) {
        if (depth == 0) return fault_at(token_.place, Fault::Kind::too_large, "the selections are nested too deep");
        std::vector<Selection> made;
        TRY(expect("{"));
        while (!at("}")) {
            TRY(Selection one, selection(depth));
            made.push_back(std::move(one));
        }
        if (made.empty()) return here("here a field is expected");
        TRY(take());
        return made;
    }

    Result<Selection> selection(int depth) {
        Selection made;
        made.place = token_.place;
        TRY(const bool dots, taken("..."));
        if (dots) {
            if (token_.kind == Token::Kind::name && token_.text != "on") {
                made.kind = Selection::Kind::spread;
                TRY(made.name, take());
                TRY(made.directives, directives());
                return made;
            }
            made.kind = Selection::Kind::inline_fragment;
            if (at_word("on")) {
                TRY(take());
                TRY(made.name, name("a type"));
            }
            TRY(made.directives, directives());
            TRY(made.selections, selections(depth - 1));
            return made;
        }
        TRY(made.name, name("a field"));
        TRY(const bool aliased, taken(":"));
        if (aliased) {
            made.alias = std::move(made.name);
            TRY(made.name, name("a field"));
        }
        TRY(made.arguments, arguments());
        TRY(made.directives, directives());
        if (at("{")) {
            TRY(made.selections, selections(depth - 1));
        }
        return made;
    }

    Result<std::vector<Argument>> arguments() {
        std::vector<Argument> made;
        TRY(const bool open, taken("("));
        if (!open) return made;
        std::set<std::string> names;
        while (!at(")")) {
            Argument one;
            one.place = token_.place;
            TRY(one.name, name("an argument"));
            TRY(expect(":"));
            TRY(one.value, value(limits_.depth, false));
            if (!names.insert(one.name).second) return fault_at(one.place, Fault::Kind::malformed, "the argument " + one.name + " stands twice");
            made.push_back(std::move(one));
        }
        TRY(take());
        return made;
    }

    Result<std::vector<Directive>> directives() {
        std::vector<Directive> made;
        while (at("@")) {
            Directive one;
            one.place = token_.place;
            TRY(take());
            TRY(one.name, name("a directive"));
            TRY(one.arguments, arguments());
            // What is not repeatable: all that there are (October 2021, 5.7.3).
            for (const Directive& other : made)
                if (other.name == one.name) return fault_at(one.place, Fault::Kind::malformed, "the directive @" + one.name + " stands twice");
            if (made.size() >= most_directives) return here("there are too many directives");
            made.push_back(std::move(one));
        }
        return made;
    }

    Result<Value> value(int depth, bool constant) {
        using Kind = Value::Kind;
        if (depth == 0) return fault_at(token_.place, Fault::Kind::too_large, "the value is nested too deep");
        Value made;
        made.place = token_.place;
        switch (token_.kind) {
            case Token::Kind::integer: made.kind = Kind::integer; break;
            case Token::Kind::decimal: made.kind = Kind::decimal; break;
            case Token::Kind::string: made.kind = Kind::string; break;
            case Token::Kind::name:
                made.kind = token_.text == "true" || token_.text == "false" ? Kind::boolean
                            : token_.text == "null"                         ? Kind::null
                                                                            : Kind::enumeration;
                break;
            default: return compound(std::move(made), depth, constant);
        }
        TRY(made.text, take());
        return made;
    }

    Result<Value> compound(Value made, int depth, bool constant) {
        if (at("$")) {
            if (constant) return here("a default is no variable");
            TRY(take());
            made.kind = Value::Kind::variable;
            TRY(made.text, name("the name of a variable"));
            return made;
        }
        if (at("[")) {
            TRY(take());
            made.kind = Value::Kind::list;
            while (!at("]")) {
                TRY(Value part, value(depth - 1, constant));
                made.parts.push_back(std::move(part));
            }
            TRY(take());
            return made;
        }
        if (!at("{")) return here("here a value is expected");
        TRY(take());
        made.kind = Value::Kind::object;
        std::set<std::string> keys;
        while (!at("}")) {
            const Place place = token_.place;
            TRY(std::string key, name("a name"));
            if (!keys.insert(key).second) return fault_at(place, Fault::Kind::malformed, "the member " + key + " stands twice");
            TRY(expect(":"));
            TRY(Value part, value(depth - 1, constant));
            part.key = std::move(key);
            made.parts.push_back(std::move(part));
        }
        TRY(take());
        return made;
    }

    static constexpr std::size_t most_variables = 1'000;
    static constexpr std::size_t most_directives = 16;

    const ParseLimits& limits_;
    Lexer lexer_;
    Token token_;
    std::size_t words_ = 0;
};

}  // namespace

Result<Document> parse(std::string_view text, const ParseLimits& limits) {
    if (text.size() > limits.length)
        return Fault{Fault::Kind::too_large, "the document is longer than " + std::to_string(limits.length) + " bytes"};
    if (!base::valid_utf8(text)) return Fault{Fault::Kind::malformed, "the document is not UTF-8"};
    return Parser(text, limits).run();
}

}  // namespace fhir::graphql
