// SPDX-License-Identifier: Apache-2.0
#include "fhir/graphql/check.h"

#include <algorithm>
#include <set>
#include <utility>

namespace fhir::graphql {

namespace {

using base::Fault;
using base::Result;
using Selections = std::vector<Selection>;

Fault wrong(Place place, std::string text) { return fault_at(place, Fault::Kind::malformed, std::move(text)); }

class Checker {
public:
    Checker(const Operation& operation, const Document& document, const schema::Schema& schema)
        : operation_(operation), document_(document), schema_(schema) {}

    Result<void> selections(const Selections& all, const Shape& shape, int depth) {
        if (depth > most_depth) return wrong(all.front().place, "the selections are nested too deep");
        if (!seen_.insert({shape, &all}).second) return {};
        if (seen_.size() > most_seen) return Fault{Fault::Kind::too_large, "the fragments meet too many types"};
        for (const Selection& one : all) TRY(selection(one, shape, depth));
        return {};
    }

    Result<void> directives(const std::vector<Directive>& all, bool on_field) {
        for (const Directive& one : all) {
            const bool condition = one.name == "skip" || one.name == "include";
            const bool shaping = one.name == "flatten" || one.name == "first" || one.name == "singleton";
            const bool slice = one.name == "slice";
            if (!condition && !shaping && !slice) return wrong(one.place, "the directive @" + one.name + " is not known");
            if (!condition && !on_field) return wrong(one.place, "@" + one.name + " stands behind a field");
            if (shaping && !one.arguments.empty()) return wrong(one.place, "@" + one.name + " has no arguments");
            if (condition && (one.arguments.size() != 1 || one.arguments.front().name != "if"))
                return wrong(one.place, "@" + one.name + " has one argument, 'if'");
            if (slice && (one.arguments.size() != 1 || (one.arguments.front().name != "path" && one.arguments.front().name != "fhirpath")))
                return wrong(one.place, "@slice has one argument, 'path'");
            for (const Argument& argument : one.arguments) TRY(variables(argument.value));
        }
        return {};
    }

private:
    Result<void> selection(const Selection& one, const Shape& shape, int depth) {
        TRY(directives(one.directives, one.kind == Selection::Kind::field));
        switch (one.kind) {
            case Selection::Kind::field: return field(one, shape, depth);
            case Selection::Kind::inline_fragment: return inside(one.name, one.selections, one.place, shape, depth);
            case Selection::Kind::spread: break;
        }
        const Fragment* fragment = document_.fragment(one.name);
        if (fragment == nullptr) return wrong(one.place, "there is no fragment " + one.name);
        if (std::find(open_.begin(), open_.end(), fragment) != open_.end())
            return wrong(one.place, "the fragment " + one.name + " contains itself");
        TRY(directives(fragment->directives, false));
        open_.push_back(fragment);
        auto done = inside(fragment->type, fragment->selections, fragment->place, shape, depth);
        open_.pop_back();
        return done;
    }

    Result<void> inside(const std::string& condition, const Selections& all, Place place, const Shape& shape, int depth) {
        const auto fit = fits(shape, condition, schema_);
        if (!fit) return wrong(place, "there is no type " + condition);
        if (!*fit) return {};
        return selections(all, narrowed(shape, condition, schema_), depth + 1);
    }

    Result<void> field(const Selection& one, const Shape& shape, int depth) {
        for (const Argument& argument : one.arguments) TRY(variables(argument.value));
        const auto member = find_member(shape, one.name, schema_);
        if (!member) {
            if (one.name == "__schema" || one.name == "__type") return wrong(one.place, "introspection is not offered");
            // What is not known yet may have it.
            if (shape.kind == Shape::Kind::any) return {};
            return wrong(one.place, type_name(shape, schema_) + " has no field " + one.name);
        }
        if (member->leaf) {
            if (!one.selections.empty()) return wrong(one.place, one.name + " has no fields");
            if (!one.arguments.empty()) return wrong(one.place, one.name + " has no arguments");
            if (one.directive("flatten") != nullptr) return wrong(one.place, one.name + " has no fields that could take its place");
            return {};
        }
        if (one.selections.empty()) return wrong(one.place, "say which fields of " + one.name + " are wanted");
        return selections(one.selections, inside_of(*member, one), depth + 1);
    }

    // `resource(type: Patient)` is known to be one.
    Shape inside_of(const Member& member, const Selection& one) const {
        const Argument* type = member.kind == Member::Kind::resource ? one.argument("type") : nullptr;
        return type == nullptr ? member.inside : narrowed(member.inside, type->value.text, schema_);
    }

    Result<void> variables(const Value& value) {
        if (value.kind == Value::Kind::variable) {
            const auto& known = operation_.variables;
            if (std::none_of(known.begin(), known.end(), [&](const VariableDefinition& one) { return one.name == value.text; }))
                return wrong(value.place, "the variable $" + value.text + " is not defined");
        }
        for (const Value& part : value.parts) TRY(variables(part));
        return {};
    }

    static constexpr std::size_t most_seen = 200'000;

    const Operation& operation_;
    const Document& document_;
    const schema::Schema& schema_;
    std::set<std::pair<Shape, const Selections*>> seen_;
    std::vector<const Fragment*> open_;
};

}  // namespace

Result<void> check(const Operation& operation, const Document& document, const Shape& root, const schema::Schema& schema) {
    Checker checker(operation, document, schema);
    TRY(checker.directives(operation.directives, false));
    return checker.selections(operation.selections, root, 1);
}

}  // namespace fhir::graphql
