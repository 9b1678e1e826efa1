// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/check.h"

#include "fhir/path/functions.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::path {

namespace {

using schema::TypeId;

// What an expression may give. System kinds as the letters of functions.h (integer i, decimal n); `anything`: all types.
struct Possible {
    std::vector<TypeId> types{};
    std::string system{};
    bool anything = false;
    bool ordered = true;

    static Possible unknown() {
        Possible all;
        all.anything = true;
        return all;
    }
    static Possible of(char kind) {
        Possible one;
        one.system = kind;
        return one;
    }
    static Possible of_type(TypeId type) {
        Possible one;
        one.types.push_back(type);
        return one;
    }
    bool none() const { return !anything && types.empty() && system.empty(); }

    void add(TypeId type) {
        if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
    }
    void add(const Possible& other) {
        for (const TypeId type : other.types) add(type);
        for (const char kind : other.system)
            if (system.find(kind) == std::string::npos) system += kind;
        anything = anything || other.anything;
        ordered = ordered && other.ordered;
    }
};

class Checker {
public:
    Checker(const Syntax& syntax, const schema::Schema& schema) : syntax_(syntax), schema_(schema), quantity_(schema.find_type("Quantity")) {}

    base::Result<Possible> of(NodeIndex index, const Possible& focus) {
        const SyntaxNode& node = syntax_.nodes[index];
        switch (node.form) {
            case Form::empty: return Possible{};
            case Form::boolean: return Possible::of('b');
            case Form::string: return Possible::of('s');
            case Form::integer: case Form::long_integer: return Possible::of('i');
            case Form::decimal: return Possible::of('n');
            case Form::date: return Possible::of('d');
            case Form::date_time: return Possible::of('t');
            case Form::time: return Possible::of('h');
            case Form::quantity: return Possible::of('q');
            case Form::this_item: return focus;
            case Form::index: return Possible::of('i');
            case Form::total: case Form::constant: return Possible::unknown();
            case Form::member: return member(node, focus);
            case Form::call: return call(node, focus);
            case Form::item_at: {
                TRY(const Possible items, of(node.parts[0], focus));
                if (!items.ordered) return wrong(node, "these items have no order, so none has a number");
                TRY(const Possible place, of(node.parts[1], focus));
                if (!any_of(place, "i")) return wrong(node, "a place is an integer");
                return items;
            }
            case Form::unary: {
                TRY(const Possible value, of(node.parts[0], focus));
                if (!any_of(value, "inq")) return wrong(node, "a sign needs a number");
                return value;
            }
            case Form::binary: return binary(node, focus);
            case Form::type_test: {
                TRY(const Possible value, of(node.parts[0], focus));
                return node.op == Operator::is ? Possible::of('b') : narrowed(value, find_type_name(node.text, schema_));
            }
        }
        return Possible::unknown();
    }

private:
    base::Fault wrong(const SyntaxNode& node, std::string text) const {
        return {base::Fault::Kind::invalid, "FHIRPath: " + std::move(text), spelled(node.place), base::IssueType::invariant, {}};
    }

    // The letter of a FHIR primitive's system value, c for what has none.
    char kind_of(TypeId type) const {
        using schema::Format;
        if (quantity_ != schema::no_type && schema_.derives_from(type, quantity_)) return 'q';
        if (schema_.type(type).kind != schema::TypeKind::primitive) return 'c';
        switch (schema_.type(type).format) {
            case Format::boolean: return 'b';
            case Format::integer: case Format::unsigned_int: case Format::positive_int: return 'i';
            case Format::decimal: return 'n';
            case Format::date: return 'd';
            case Format::date_time: case Format::instant: return 't';
            case Format::time: return 'h';
            default: return 's';
        }
    }
    // Nothing is known of what an abstract type really is.
    bool vague(TypeId type) const { return type == schema::no_type || schema_.type(type).abstract != 0; }
    std::string kinds(const Possible& value) const {
        std::string all = value.system;
        for (const TypeId type : value.types) all += vague(type) ? '*' : kind_of(type);
        return all;
    }
    // May it be one of these kinds, or empty?
    bool any_of(const Possible& value, std::string_view wanted) const {
        if (value.anything || value.none()) return true;
        const std::string all = kinds(value);
        return all.find('*') != std::string::npos || all.find_first_of(wanted) != std::string::npos;
    }
    std::string names(const Possible& value) const {
        std::string text;
        for (const TypeId type : value.types) text.append(text.empty() ? "" : ", ").append(schema_.type_name(type));
        return text.empty() ? "a value" : text;
    }

    void add_type(const schema::Element& element, Possible& out) const {
        if (element.is(schema::Element::resource_inside) || vague(element.type)) out.anything = true;
        else out.add(element.type);
    }

    // The elements `name` of a type; false when it can have none.
    bool elements(TypeId type, Name name, std::string_view text, Possible& out) const {
        if (type == schema::no_type) return out.anything = true;
        if (text == "extension") return out.add(schema_.find_type("Extension")), true;
        if (text == "id") {
            const schema::Element* const row = schema_.element(type, name);
            return out.add(row ? row->type : schema_.find_type("string")), true;
        }
        if (schema_.type(type).kind == schema::TypeKind::primitive) return false;
        bool found = false;
        for (const schema::Element* const form : schema_.forms(type, name)) {
            if (form->base != name) continue;  // "valueQuantity" is written value.ofType(Quantity)
            add_type(*form, out);
            found = true;
        }
        // What an abstract type says holds for all that derive from it; they may say more.
        if (!found && vague(type)) return out.anything = true;
        return found;
    }

    base::Result<Possible> member(const SyntaxNode& node, const Possible& focus) {
        Possible from = focus;
        if (node.has_focus) {
            TRY(from, of(node.parts.front(), focus));
        } else if (const TypeId root = schema_.find_type(node.text); root != schema::no_type && schema_.type(root).kind != schema::TypeKind::primitive) {
            Possible same;
            for (const TypeId type : focus.types)
                if (names_root(schema_, type, root)) same.add(type);
            if (!same.types.empty()) return same;
            if (focus.anything) return Possible::of_type(root);
        }
        if (from.anything || from.none()) return Possible::unknown();
        Possible out;
        out.ordered = from.ordered;
        bool found = false;
        const Name name = schema_.names().find(node.text);
        for (const TypeId type : from.types) found = elements(type, name, node.text, out) || found;
        if (from.system.find('q') != std::string::npos && (node.text == "value" || node.text == "unit" || node.text == "code"))
            out.add(Possible::of(node.text == "value" ? 'n' : 's')), found = true;
        if (!found) return wrong(node, fmt::format("there is no element {} in {}", node.text, names(from)));
        return out;
    }

    Possible narrowed(const Possible& value, const std::optional<TypeName>& type) const {
        if (!type || type->any) return value;
        Possible out;
        out.ordered = value.ordered;
        if (type->fhir != schema::no_type) {
            if (vague(type->fhir)) out.anything = true;
            else out.add(type->fhir);
        } else {
            out.anything = true;
        }
        return out;
    }

    base::Result<Possible> binary(const SyntaxNode& node, const Possible& focus) {
        TRY(const Possible left, of(node.parts[0], focus));
        TRY(const Possible right, of(node.parts[1], focus));
        switch (node.op) {
            case Operator::union_: {
                Possible both = left;
                both.add(right);
                return both;
            }
            case Operator::plus: case Operator::minus: case Operator::times: case Operator::divide: case Operator::div:
            case Operator::mod: return arithmetic(node, left, right);
            case Operator::join:
                if (!any_of(left, "s") || !any_of(right, "s")) return wrong(node, "& joins strings");
                return Possible::of('s');
            case Operator::less: case Operator::greater: case Operator::less_equal: case Operator::greater_equal:
                if (!fits(left, right, {{"inq", "inq"}, {"s", "s"}, {"dt", "dt"}, {"h", "h"}}))
                    return wrong(node, "these cannot be compared: they have no common order");
                return Possible::of('b');
            default: return Possible::of('b');
        }
    }

    bool fits(const Possible& left, const Possible& right, std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) const {
        return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return any_of(left, pair.first) && any_of(right, pair.second); });
    }

    base::Result<Possible> arithmetic(const SyntaxNode& node, const Possible& left, const Possible& right) const {
        const bool sum = node.op == Operator::plus || node.op == Operator::minus;
        bool fine = fits(left, right, {{"inq", "inq"}}) || (sum && fits(left, right, {{"dth", "q"}}));
        fine = fine || (node.op == Operator::plus && fits(left, right, {{"s", "s"}}));
        if (!fine) return wrong(node, "these cannot be calculated with");
        Possible out;
        const auto both = [&](std::string_view kind) { return any_of(left, kind) && any_of(right, kind); };
        if (left.anything || right.anything) return Possible::unknown();
        if (sum && any_of(left, "dth") && !left.none()) {
            out.system = kinds(left);
            return out;
        }
        if (node.op == Operator::plus && both("s")) out.system += 's';
        if (any_of(left, "q") || any_of(right, "q")) out.system += 'q';
        if (both("in")) out.system += "in";
        return out;
    }

    base::Result<Possible> call(const SyntaxNode& node, const Possible& focus) {
        const std::size_t first = node.has_focus ? 1 : 0;
        Possible input = focus;
        if (node.has_focus) {
            TRY(input, of(node.parts.front(), focus));
        }
        const Function* const function = find_function(node.text);
        if (!function) return Possible::unknown();
        if (!function->input.empty() && !any_of(input, function->input))
            return wrong(node, fmt::format("{}() cannot be called on {}", node.text, names(input)));
        if (function->takes == Function::Takes::order && !input.ordered)
            return wrong(node, fmt::format("{}() on items without order gives what chance wants", node.text));
        if (function->takes == Function::Takes::type)
            return function->gives == 'b' ? Possible::of('b') : narrowed(input, find_type_name(spelled_type(syntax_, node.parts[first]), schema_));
        Possible argument = Possible::unknown();
        // repeat() also sees what it found itself, and aggregate() its total; iif's branches see its input.
        const bool own_items = function->takes == Function::Takes::items || node.text == "iif" || node.text == "defineVariable";
        const bool chain = node.text == "repeat" || node.text == "repeatAll";
        const Possible inside = chain ? Possible::unknown() : own_items && !(node.text == "iif" && !node.has_focus) ? input : focus;
        for (std::size_t i = first; i < node.parts.size(); ++i) {
            TRY(Possible part, of(node.parts[i], inside));
            if (node.text == "iif" && i == first && !part.anything && !part.none() && part.types.empty() && part.system.find('b') == std::string::npos)
                return wrong(syntax_.nodes[node.parts[i]], "iif() needs a boolean");
            if (i == first) argument = std::move(part);
        }
        return given(*function, input, argument);
    }

    Possible given(const Function& function, const Possible& input, const Possible& argument) const {
        switch (function.gives) {
            case '=': return input;
            case '*': return Possible::unknown();
            case '1': return argument;
            case 'x': return Possible::of_type(schema_.find_type("Extension"));
            case '.': {
                Possible any = Possible::unknown();
                any.ordered = false;
                return any;
            }
            case '+': {
                Possible both = input;
                both.add(argument);
                return both;
            }
            default: return Possible::of(function.gives);
        }
    }

    const Syntax& syntax_;
    const schema::Schema& schema_;
    TypeId quantity_;
};

}  // namespace

base::Result<void> check(const Syntax& syntax, const schema::Schema& schema, TypeId context) {
    Checker checker(syntax, schema);
    TRY(checker.of(syntax.root, context == schema::no_type ? Possible::unknown() : Possible::of_type(context)));
    return {};
}

base::Result<Yield> yield_of(const Syntax& syntax, NodeIndex root, const schema::Schema& schema, TypeId context) {
    Checker checker(syntax, schema);
    TRY(Possible possible, checker.of(root, context == schema::no_type ? Possible::unknown() : Possible::of_type(context)));
    const bool anything = possible.anything || possible.none();
    return Yield{std::move(possible.types), !possible.system.empty(), std::move(possible.system), anything};
}

}  // namespace fhir::path
