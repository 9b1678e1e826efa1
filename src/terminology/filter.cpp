// SPDX-License-Identifier: Apache-2.0
#include "terminology/filter.h"

#include "base/text.h"
#include "fhir/path/pattern.h"

#include <fmt/format.h>
#include <algorithm>
#include <memory>

namespace terminology {

namespace {

Filter::Operator operator_of(std::string_view text) {
    using Operator = Filter::Operator;
    static constexpr std::pair<std::string_view, Operator> all[] = {
        {"=", Operator::equal},           {"is-a", Operator::is_a},
        {"descendent-of", Operator::descendent_of}, {"descendant-of", Operator::descendent_of},
        {"is-not-a", Operator::is_not_a}, {"regex", Operator::regex},
        {"in", Operator::in},             {"not-in", Operator::not_in},
        {"generalizes", Operator::generalizes},     {"exists", Operator::exists},
        {"child-of", Operator::child_of}, {"descendent-leaf", Operator::descendent_leaf},
    };
    for (const auto& [name, op] : all)
        if (name == text) return op;
    return Operator::other;
}

Answer sure(bool yes) { return yes ? Answer::yes : Answer::no; }

}  // namespace

Filter::Filter(std::string_view property, std::string_view op, std::string_view value, const CodeSystem* table)
    : property_(property), spelling_(op), operator_(operator_of(op)), value_(value) {
    if (operator_ == Operator::other) broken_ = fmt::format("there is no filter operator '{}'", op.substr(0, 40));
    if (value_.empty()) broken_ = fmt::format("the filter on '{}' has no value", property);
    if (operator_ == Operator::in || operator_ == Operator::not_in)
        for (const std::string_view each : base::split(value, ',')) values_.emplace_back(base::trim(each));

    using Role = CodeSystem::Role;
    const auto* defined = table ? table->property(property) : nullptr;
    if (property == "concept" || property == "code") {
        subject_ = Subject::code;
    } else if (defined && defined->role == Role::inactive) {
        subject_ = Subject::inactive;
    } else if (defined && defined->role == Role::abstract) {
        subject_ = Subject::abstract;
    } else if (property == "parent" || (defined && defined->role == Role::parent)) {
        subject_ = Subject::parent;
    } else if (property == "child" || (defined && defined->role == Role::child)) {
        subject_ = Subject::child;
    } else if (defined) {
        definition_ = static_cast<std::uint32_t>(defined - table->property_definitions().data());
    } else if (property == "display") {
        subject_ = Subject::display;
    } else if (property == "definition") {
        subject_ = Subject::definition;
    } else if (property == "inactive") {
        subject_ = Subject::inactive;
    } else if (property == "notSelectable") {
        subject_ = Subject::abstract;
    } else if (table) {
        broken_ = fmt::format("the code system {} has no property '{}'", table->url(), property);
    }
    if (operator_ == Operator::regex && broken_.empty()) {
        if (auto pattern = fhir::path::Pattern::compile(value_)) {
            pattern_ = [shared = std::make_shared<const fhir::path::Pattern>(*std::move(pattern))](std::string_view text) {
                return shared->matches_all_of(text);
            };
        } else {
            broken_ = pattern.fault().text;
        }
    }
    if (table) anchor_ = table->find(value_);
}

bool Filter::wanted(std::string_view value) const { return std::find(values_.begin(), values_.end(), value) != values_.end(); }

bool Filter::names(std::string_view code) const {
    if (subject_ != Subject::code) return false;
    if (operator_ == Operator::in) return wanted(code);
    return (operator_ == Operator::equal || operator_ == Operator::is_a || operator_ == Operator::generalizes) && code == value_;
}

bool Filter::any_value(const CodeSystem& table, ConceptId id, const std::function<bool(std::string_view)>& test) const {
    const auto any_of = [&](std::span<const ConceptId> ids) {
        return std::any_of(ids.begin(), ids.end(), [&](ConceptId each) { return test(table.code(each)); });
    };
    switch (subject_) {
        case Subject::code: return test(table.code(id));
        case Subject::display: return !table.display(id).empty() && test(table.display(id));
        case Subject::definition: return !table.definition(id).empty() && test(table.definition(id));
        case Subject::parent: return any_of(table.parents(id));
        case Subject::child: return any_of(table.children(id));
        case Subject::inactive: return test(table.inactive(id) ? "true" : "false");
        case Subject::abstract: return test(table.abstract(id) ? "true" : "false");
        case Subject::property: {
            const auto properties = table.properties(id);
            return std::any_of(properties.begin(), properties.end(), [&](const CodeSystem::Property& each) {
                return each.definition == definition_ && test(table.text(each.value));
            });
        }
    }
    return false;
}

Answer Filter::passes(const CodeSystem& table, ConceptId id) const {
    if (!broken_.empty()) return Answer::unknown;
    const bool hierarchical = subject_ == Subject::code || subject_ == Subject::parent;
    switch (operator_) {
        case Operator::equal: return sure(any_value(table, id, [this](std::string_view value) { return value == value_; }));
        case Operator::in: return sure(any_value(table, id, [this](std::string_view value) { return wanted(value); }));
        case Operator::not_in: return sure(!any_value(table, id, [this](std::string_view value) { return wanted(value); }));
        case Operator::exists: {
            bool there = any_value(table, id, [](std::string_view) { return true; });
            return sure(there == (value_ == "true"));
        }
        case Operator::regex: return pattern_ ? sure(any_value(table, id, pattern_)) : Answer::unknown;
        default: break;
    }
    if (!hierarchical) return Answer::unknown;
    if (anchor_ == no_concept) {
        if (table.content() != Content::complete) return Answer::unknown;
        return sure(operator_ == Operator::is_not_a);
    }
    switch (operator_) {
        case Operator::is_a: return sure(table.is_a(id, anchor_));
        case Operator::descendent_of: return sure(id != anchor_ && table.is_a(id, anchor_));
        case Operator::is_not_a: return sure(!table.is_a(id, anchor_));
        case Operator::generalizes: return sure(table.is_a(anchor_, id));
        case Operator::child_of: {
            const auto parents = table.parents(id);
            return sure(std::find(parents.begin(), parents.end(), anchor_) != parents.end());
        }
        case Operator::descendent_leaf: return sure(table.children(id).empty() && table.is_a(id, anchor_));
        default: return Answer::unknown;
    }
}

Answer Filter::passes_without(std::string_view code, const fhir::ucum::Units* units) const {
    if (!broken_.empty()) return Answer::unknown;
    if (subject_ == Subject::code) {
        switch (operator_) {
            case Operator::equal: return sure(code == value_);
            case Operator::in: return sure(wanted(code));
            case Operator::not_in: return sure(!wanted(code));
            case Operator::regex: return pattern_ ? sure(pattern_(code)) : Answer::unknown;
            case Operator::is_a:
            case Operator::generalizes: return code == value_ ? Answer::yes : Answer::unknown;
            case Operator::is_not_a:
            case Operator::descendent_of: return code == value_ ? Answer::no : Answer::unknown;
            default: return Answer::unknown;
        }
    }
    // UCUM: units that measure the same.
    if (property_ == "canonical" && operator_ == Operator::equal && units && units->check(value_))
        return sure(units->comparable(code, value_));
    return Answer::unknown;
}

}  // namespace terminology
