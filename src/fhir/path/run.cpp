// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/run.h"

#include "fhir/path/functions.h"
#include "fhir/path/operators.h"

namespace fhir::path {

void Run::fail(base::Fault::Kind kind, std::string text) {
    if (failed_) return;
    failed_ = true;
    fault_ = {kind, std::move(text)};
}

Collection Run::evaluate(NodeIndex node, const Scope& scope) {
    Collection out;
    evaluate(node, scope, out);
    return out;
}

void Run::evaluate(NodeIndex node, const Scope& scope, Collection& out) {
    if (!step()) return;
    const Instruction& code = code_.instructions[node];
    switch (code.form) {
        case Form::empty: return;
        case Form::boolean: case Form::string: case Form::integer: case Form::decimal: case Form::date:
        case Form::date_time: case Form::time: case Form::quantity: out.push_back(code.literal); return;
        case Form::this_item: out.insert(out.end(), scope.focus->begin(), scope.focus->end()); return;
        case Form::index:
            if (scope.index >= 0) out.push_back(Item::of_integer(scope.index));
            return;
        case Form::total:
            if (scope.total) out.insert(out.end(), scope.total->begin(), scope.total->end());
            return;
        case Form::constant: constant(code, out); return;
        case Form::member: member(code, scope, out); return;
        case Form::call: call(code, scope, out); return;
        case Form::item_at: {
            const Collection items = evaluate(code.parts[0], scope);
            const auto place = integer(evaluate(code.parts[1], scope));
            if (place && *place >= 0 && static_cast<std::size_t>(*place) < items.size())
                out.push_back(items[static_cast<std::size_t>(*place)]);
            return;
        }
        case Form::unary: {
            const auto value = single(evaluate(code.parts[0], scope));
            if (!value) return;
            if (value->kind != Item::Kind::integer && value->kind != Item::Kind::decimal && value->kind != Item::Kind::quantity)
                return fail("a sign needs a number");
            if (code.op == Operator::plus) return out.push_back(*value);
            const auto negated = arithmetic(*this, Operator::times, *value, Item::of_integer(-1));
            if (negated) out.push_back(*negated);
            return;
        }
        case Form::binary: {
            if (code.op == Operator::union_) {
                Collection both = evaluate(code.parts[0], scope);
                const Collection right = evaluate(code.parts[1], scope);
                append_distinct(*this, both, out);
                append_distinct(*this, right, out);
                return;
            }
            const Collection left = evaluate(code.parts[0], scope);
            const Collection right = evaluate(code.parts[1], scope);
            if (!failed_) apply(*this, code.op, left, right, out);
            return;
        }
        case Form::type_test: {
            const Collection items = evaluate(code.parts[0], scope);
            if (code.op == Operator::as) {
                for (const Item& item : items)
                    if (taken_as(item, code.type)) out.push_back(item);
                return;
            }
            if (items.size() > 1) return fail("'is' needs a single item");
            if (!items.empty()) out.push_back(Item::of_bool(is(items.front(), code.type)));
            return;
        }
    }
}

void Run::member(const Instruction& code, const Scope& scope, Collection& out) {
    if (!code.has_focus) {
        for (const Item& item : *scope.focus) {
            // "Patient.name": a leading type's name stays where it is.
            if (code.root != schema::no_type && item.is_node() && item.type != schema::no_type &&
                (item.node.resource_type() == code.text || schema().derives_from(item.type, code.root))) {
                out.push_back(item);
            } else {
                members(item, code.name, code.text, out);
            }
        }
        return;
    }
    // One collection less for the commonest case: a chain of names from a single item.
    const Instruction& before = code_.instructions[code.parts[0]];
    if (before.form == Form::member && !before.has_focus && before.root != schema::no_type && scope.focus->size() == 1 &&
        scope.focus->front().node.resource_type() == before.text && !before.text.empty()) {
        members(scope.focus->front(), code.name, code.text, out);
        return;
    }
    const Collection items = evaluate(code.parts[0], scope);
    for (const Item& item : items) members(item, code.name, code.text, out);
}

Item Run::child_item(const Item& parent, View child) const {
    if (parent.type == schema::no_type) return Item::of(child, schema::no_type);
    const schema::Element* element = schema().element(parent.type, child.name());
    if (!element) {
        // What every element may have, also where a type's rows do not say so.
        if (child.name() == "extension"_name) return Item::of(child, schema().find_type("Extension"));
        return Item::of(child, schema::no_type);
    }
    if (element->is(schema::Element::resource_inside)) return resource_item(child, schema());
    return Item::of(child, element->type, element);
}

void Run::members(const Item& item, Name name, std::string_view text, Collection& out) {
    if (!item.is_node() || !item.node || !step()) return;
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
    if (forms.empty() || (forms.size() == 1 && forms.front()->name == name)) {
        for (View child : item.node.children(name)) out.push_back(child_item(item, child));
        return;
    }
    for (View child : item.node.children())
        for (const schema::Element* form : forms)
            if (form->name == child.name()) out.push_back(child_item(item, child));
}

void Run::children(const Item& item, Collection& out) {
    if (!item.is_node() || !item.node) return;
    for (View child : item.node.children()) {
        if (!step()) return;
        out.push_back(child_item(item, child));
    }
}

bool Run::is(const Item& item, const TypeName& type) const {
    if (type.any) return true;
    if (!item.is_node()) return type.system && *type.system == item.kind;
    return type.fhir != schema::no_type && item.type != schema::no_type && schema().derives_from(item.type, type.fhir);
}

bool Run::taken_as(const Item& item, const TypeName& type) const {
    if (item.is_node() && !type.any && type.fhir != schema::no_type &&
        schema().type(type.fhir).kind == schema::TypeKind::primitive)
        return item.type == type.fhir;
    return is(item, type);
}

void Run::call(const Instruction& code, const Scope& scope, Collection& out) {
    if (!code.has_focus) {
        code.function->run({*this, *scope.focus, code.parts, 0, scope, out, code});
        return;
    }
    const Collection input = evaluate(code.parts[0], scope);
    if (!failed_) code.function->run({*this, input, code.parts, 1, scope, out, code});
}

void Run::constant(const Instruction& code, Collection& out) {
    if (environment_.constants)
        if (const auto found = environment_.constants->find(code.text); found != environment_.constants->end()) {
            out.insert(out.end(), found->second.begin(), found->second.end());
            return;
        }
    const auto text = [&out](std::string_view value) {
        out.push_back(Item::of_text(Item::Kind::string, std::string(value)));
    };
    if (code.text == "context") out.push_back(root_);
    else if (code.text == "resource" || code.text == "rootResource") out.push_back(resource());
    else if (code.text == "ucum") text("http://unitsofmeasure.org");
    else if (code.text == "sct") text("http://snomed.info/sct");
    else if (code.text == "loinc") text("http://loinc.org");
    else if (code.text.starts_with("vs-")) text("http://hl7.org/fhir/ValueSet/" + code.text.substr(3));
    else if (code.text.starts_with("ext-")) text("http://hl7.org/fhir/StructureDefinition/" + code.text.substr(4));
    else fail("%" + code.text + " is not known here");
}

Collection Run::on(NodeIndex node, const Item& item, std::int64_t index, const Collection* total) {
    const Collection focus{item};
    return evaluate(node, {&focus, index, total});
}

std::optional<Item> Run::single(const Collection& items) {
    if (items.size() > 1) fail("a single value is needed, but there are several");
    if (items.size() != 1) return {};
    return system_value(items.front(), schema());
}

std::optional<bool> Run::truth(const Collection& items) {
    if (items.empty()) return {};
    if (items.size() > 1) {
        fail("a single value is needed, but there are several");
        return {};
    }
    const auto value = system_value(items.front(), schema());
    if (value && value->kind == Item::Kind::boolean) return value->flag;
    return true;  // one item that is not a boolean counts as true (FHIRPath 4.5)
}

std::optional<std::string> Run::string(const Collection& items) {
    const auto value = single(items);
    if (!value) return {};
    if (value->kind != Item::Kind::string) {
        fail("a string is needed here");
        return {};
    }
    return value->text;
}

std::optional<std::int64_t> Run::integer(const Collection& items) {
    const auto value = single(items);
    if (!value) return {};
    if (value->kind != Item::Kind::integer) {
        fail("an integer is needed here");
        return {};
    }
    return value->integer;
}

}  // namespace fhir::path
