// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/run.h"

#include "fhir/path/functions.h"
#include "fhir/path/operators.h"
#include "fhir/path/quantity.h"

namespace fhir::path {

void Run::fail(base::Fault fault) {
    if (failed_) return;
    failed_ = true;
    fault_ = std::move(fault);
}

void Run::fail(base::Fault::Kind kind, std::string text) { fail(base::Fault{kind, std::move(text)}); }

void Run::too_costly() { fail(base::Fault::Kind::too_costly, "this FHIRPath expression costs too much on this data"); }

Items Run::evaluate(NodeIndex node, const Scope& scope) {
    Items out(arena_);
    evaluate_apart(node, scope, out);
    return out;
}

void Run::evaluate_apart(NodeIndex node, const Scope& scope, Items& out) {
    const std::size_t defined = variables_.size();
    evaluate(node, scope, out);
    variables_.resize(defined);
}

std::optional<bool> Run::truth(NodeIndex node, const Scope& scope) {
    const Arena::Mark mark = arena_.mark();
    const std::optional<bool> result = truth(evaluate(node, scope));
    if (!environment_.traces) arena_.rewind(mark);
    return result;
}

void Run::evaluate(NodeIndex node, const Scope& scope, Items& out) {
    if (!step()) return;
    const Instruction& code = code_.instructions[node];
    dispatch(code, scope, out);
    if (failed_ && fault_.where.empty()) fault_.where = spelled(code.place);  // innermost first
}

void Run::dispatch(const Instruction& code, const Scope& scope, Items& out) {
    switch (code.form) {
        case Form::empty: return;
        case Form::boolean: case Form::string: case Form::integer: case Form::long_integer: case Form::decimal: case Form::date:
        case Form::date_time: case Form::time: case Form::quantity: out.push_back(code.literal); return;
        case Form::this_item: out.append(scope.focus); return;
        case Form::index:
            if (scope.index >= 0) out.push_back(Item::of_integer(scope.index));
            return;
        case Form::total: out.append(scope.total); return;
        case Form::constant: constant(code, out); return;
        case Form::member: member(code, scope, out); return;
        case Form::call: call(code, scope, out); return;
        case Form::item_at: {
            Items items(arena_);
            evaluate(code.parts[0], scope, items);
            const auto place = integer(evaluate(code.parts[1], scope));
            if (place && *place >= 0 && static_cast<std::size_t>(*place) < items.size())
                out.push_back(items[static_cast<std::size_t>(*place)]);
            return;
        }
        case Form::unary: {
            const auto value = single(evaluate(code.parts[0], scope));
            if (!value) return;
            if (!value->is_number() && value->kind != Item::Kind::quantity) return fail("a sign needs a number");
            if (code.op == Operator::plus) return out.push_back(*value);
            if (const auto negated = arithmetic(*this, Operator::times, *value, Item::of_integer(-1))) out.push_back(*negated);
            return;
        }
        case Form::binary: binary(code, scope, out); return;
        case Form::type_test: {
            Items items(arena_);
            evaluate(code.parts[0], scope, items);
            if (items.size() > 1 && (code.op == Operator::is || strict())) return fail("'is' and 'as' need a single item");
            if (code.op == Operator::is) {
                if (!items.empty()) out.push_back(Item::of_bool(is(items.front(), code.type)));
                return;
            }
            for (const Item& item : items)
                if (taken_as(item, code.type)) out.push_back(item);
            return;
        }
    }
}

void Run::binary(const Instruction& code, const Scope& scope, Items& out) {
    switch (code.op) {
        case Operator::union_: {
            const Items left = evaluate(code.parts[0], scope);
            const Items right = evaluate(code.parts[1], scope);
            if (!failed_) append_union(*this, left, right, out);
            return;
        }
        case Operator::and_: case Operator::or_: case Operator::xor_: case Operator::implies: {
            const auto left = truth(code.parts[0], scope);
            if (failed_) return;
            // What is decided already is not looked at.
            if (left && *left == (code.op == Operator::or_) && code.op != Operator::xor_ && code.op != Operator::implies)
                return out.push_back(Item::of_bool(*left));
            if (code.op == Operator::implies && left && !*left) return out.push_back(Item::of_bool(true));
            const auto right = truth(code.parts[1], scope);
            if (failed_) return;
            if (const auto result = logic(code.op, left, right)) out.push_back(Item::of_bool(*result));
            return;
        }
        case Operator::plus: case Operator::minus: case Operator::times: case Operator::divide: case Operator::div:
        case Operator::mod: case Operator::join: {
            const Items left = evaluate(code.parts[0], scope);
            const Items right = evaluate(code.parts[1], scope);
            if (!failed_) calculate(*this, code.op, left, right, out);
            return;
        }
        default: {  // what gives a boolean leaves nothing behind
            const Arena::Mark mark = arena_.mark();
            const Items left = evaluate(code.parts[0], scope);
            const Items right = evaluate(code.parts[1], scope);
            const std::optional<bool> result = failed_ ? std::nullopt : compared(*this, code.op, left, right);
            if (!environment_.traces) arena_.rewind(mark);
            if (result && !failed_) out.push_back(Item::of_bool(*result));
        }
    }
}

void Run::member(const Instruction& code, const Scope& scope, Items& out) {
    if (!code.has_focus) {
        for (const Item& item : scope.focus) {
            // "Patient.name": a leading type's name stays where it is.
            if (code.root != schema::no_type && item.is_node() && names_root(schema(), item.type, code.root)) out.push_back(item);
            else members(item, code.name, code.text, out);
        }
        return;
    }
    // One collection less for the commonest case: a chain of names from a single item.
    const Instruction& before = code_.instructions[code.parts[0]];
    if (before.form == Form::member && !before.has_focus && before.root != schema::no_type && scope.focus.size() == 1 &&
        scope.focus.front().is_node() && names_root(schema(), scope.focus.front().type, before.root)) {
        members(scope.focus.front(), code.name, code.text, out);
        return;
    }
    Items items(arena_);
    evaluate(code.parts[0], scope, items);
    for (const Item& item : items) members(item, code.name, code.text, out);
}

Item Run::child_item(const Item& parent, View child) const {
    if (parent.type == schema::no_type) return Item::of(child, schema::no_type);
    const schema::Element* element = schema().element(parent.type, child.name());
    if (!element) {
        // What every element may have, also where a type's rows do not say so.
        if (child.name() == "extension"_name) return Item::of(child, schema().find_type("Extension"));
        if (child.name() == "id"_name) return Item::of(child, schema().find_type("string"));
        return Item::of(child, schema::no_type);
    }
    if (element->is(schema::Element::resource_inside)) return resource_item(child, schema());
    return Item::of(child, element->type, element);
}

void Run::members(const Item& item, Name name, std::string_view text, Items& out) {
    if (!step()) return;
    if (!item.is_node()) {
        if (item.kind == Item::Kind::quantity) {
            if (text == "value") out.push_back(Item::of_text(Item::Kind::decimal, item.text));
            else if (text == "unit" || text == "code") out.push_back(Item::of_text(Item::Kind::string, item.unit()));
        } else if (item.kind == Item::Kind::type_info) {
            if (text == "name") out.push_back(Item::of_text(Item::Kind::string, item.text));
            else if (text == "namespace") out.push_back(Item::of_text(Item::Kind::string, item.unit()));
        }
        return;
    }
    if (!item.node) return;
    if (name == no_name) {  // not in the definitions: only a local name of this document can match
        for (View child : item.node.children())
            if (child.name_text() == text) out.push_back(child_item(item, child));
        return;
    }
    if (item.node.primitive()) {
        for (View child : item.node.children(name)) out.push_back(child_item(item, child));
        return;
    }
    const auto forms = item.type == schema::no_type ? std::span<const schema::Element* const>{}
                                                    : schema().forms(item.type, name);
    if (forms.size() == 1 && forms.front()->name == name) {
        const schema::Element& element = *forms.front();
        const bool inside = element.is(schema::Element::resource_inside);
        for (View child = item.node.child(name); child; child = child.next_same()) {
            out.push_back(inside ? resource_item(child, schema()) : Item::of(child, element.type, &element));
            // What does not repeat is not looked for behind a thousand siblings (Bundle.type before its entries).
            if (!element.repeats() && child.next().name() != name) return;
        }
        return;
    }
    if (forms.empty()) {
        for (View child : item.node.children(name)) out.push_back(child_item(item, child));
        return;
    }
    for (View child : item.node.children())
        for (const schema::Element* form : forms)
            if (form->name == child.name()) out.push_back(Item::of(child, form->type, form));
}

void Run::children(const Item& item, Items& out) {
    if (!item.is_node() || !item.node) return;
    for (View child : item.node.children()) {
        if (!step()) return;
        out.push_back(child_item(item, child));
    }
}

bool Run::is(const Item& item, const TypeName& type) const {
    if (type.any) return true;
    if (!item.is_node()) {
        if (item.kind == Item::Kind::integer && item.flag != type.is_long) return false;
        return type.system && *type.system == item.kind;
    }
    return type.fhir != schema::no_type && item.type != schema::no_type && schema().derives_from(item.type, type.fhir);
}

bool Run::taken_as(const Item& item, const TypeName& type) const {
    if (item.is_node() && !type.any && type.fhir != schema::no_type &&
        schema().type(type.fhir).kind == schema::TypeKind::primitive)
        return item.type == type.fhir;
    return is(item, type);
}

void Run::call(const Instruction& code, const Scope& scope, Items& out) {
    if (!code.has_focus) {
        code.function->run({*this, scope.focus, code.parts, 0, scope, out, code});
        return;
    }
    Items input(arena_);
    evaluate(code.parts[0], scope, input);
    if (!failed_) code.function->run({*this, input, code.parts, 1, scope, out, code});
}

bool Run::define(std::string_view name, std::span<const Item> value) {
    bool taken = name == "context" || name == "resource" || name == "rootResource" || name == "ucum" || name == "sct" || name == "loinc";
    for (const Variable& variable : variables_) taken = taken || variable.name == name;
    if (environment_.constants) taken = taken || environment_.constants->contains(std::string(name));
    if (taken) fail("%" + std::string(name) + " is defined already");
    else variables_.push_back({name, value});
    return !taken;
}

void Run::constant(const Instruction& code, Items& out) {
    for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable)
        if (variable->name == code.text) return out.append(variable->value);
    if (environment_.constants)
        if (const auto found = environment_.constants->find(std::string(code.text)); found != environment_.constants->end()) {
            out.append(found->second);
            return;
        }
    const auto text = [&out](std::string_view value) { out.push_back(Item::of_text(Item::Kind::string, value)); };
    const auto item = [&out](const Item& value) {
        if (!value.is_node() || value.node) out.push_back(value);
    };
    if (code.text == "context") item(root_);
    else if (code.text == "resource") item(resource());
    else if (code.text == "rootResource") item(root_resource());
    else if (code.text == "ucum") text("http://unitsofmeasure.org");
    else if (code.text == "sct") text("http://snomed.info/sct");
    else if (code.text == "loinc") text("http://loinc.org");
    else if (code.text.starts_with("vs-")) text(keep("http://hl7.org/fhir/ValueSet/" + std::string(code.text.substr(3))));
    else if (code.text.starts_with("ext-")) text(keep("http://hl7.org/fhir/StructureDefinition/" + std::string(code.text.substr(4))));
    else fail("%" + std::string(code.text) + " is not known here");
}

std::optional<Item> Run::value(const Item& item) const {
    if (item.is_node() && item.node && item.node.kind() == fhir::Kind::complex &&
        (item.type == schema::no_type || !schema().derives_from(item.type, code_.quantity)))
        return {};
    return system_value(item, schema());
}

std::optional<std::string_view> Run::text(const Item& item) {
    if (item.is_node() && item.node.has_value()) return item.node.text();
    const auto found = value(item);
    if (!found) return {};
    switch (found->kind) {
        case Item::Kind::node: case Item::Kind::type_info: return {};
        case Item::Kind::boolean: return found->flag ? "true" : "false";
        case Item::Kind::integer: return keep(std::to_string(found->integer()));
        case Item::Kind::quantity: return keep(*text_of(*found, schema()));
        default: return found->text;
    }
}

std::optional<Item> Run::single(std::span<const Item> items) {
    if (items.size() > 1) fail("a single value is needed, but there are several");
    if (items.size() != 1) return {};
    return value(items.front());
}

std::optional<bool> Run::truth(std::span<const Item> items) {
    if (items.empty()) return {};
    if (items.size() > 1) {
        fail("a single value is needed, but there are several");
        return {};
    }
    const Item& item = items.front();
    if (item.kind == Item::Kind::boolean) return item.flag;
    if (item.is_node())
        if (const auto found = value(item); found && found->kind == Item::Kind::boolean) return found->flag;
    return true;  // one item that is not a boolean counts as true (FHIRPath 4.5)
}

std::optional<std::string_view> Run::string(std::span<const Item> items) {
    if (items.size() == 1 && items.front().is_node() && items.front().node.kind() == fhir::Kind::complex) {
        fail("a string is needed here");
        return {};
    }
    const auto found = single(items);
    if (!found) return {};
    // Dates of FHIR are strings to whoever cuts them.
    if (found->kind == Item::Kind::string || (items.front().is_node() && found->kind != Item::Kind::boolean && found->kind != Item::Kind::quantity))
        return items.front().is_node() ? items.front().node.text() : found->text;
    fail("a string is needed here");
    return {};
}

std::optional<std::int64_t> Run::integer(std::span<const Item> items) {
    const auto found = single(items);
    if (!found) return {};
    if (found->kind != Item::Kind::integer) {
        fail("an integer is needed here");
        return {};
    }
    return found->integer();
}

}  // namespace fhir::path
