// SPDX-License-Identifier: Apache-2.0
#pragma once

// A GraphQL document that asks for something, as a value: operations and fragments (GraphQL, October 2021, section 2). It knows
// nothing of FHIR; what names mean is found out by who runs it.

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fhir::graphql {

struct Place {  // 1-based; 0 = not known
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

// A Fault about one place of a document: the place stands in its only finding, and in words in `where`.
base::Fault fault_at(Place place, base::Fault::Kind kind, std::string text);

struct Value {
    enum class Kind : std::uint8_t { null, variable, integer, decimal, string, boolean, enumeration, list, object };
    Kind kind = Kind::null;
    Place place{};
    std::string key{};           // of a member of an object
    std::string text{};          // variable: its name; numbers as written; strings unescaped; "true", "false"; an enumeration's word
    std::vector<Value> parts{};  // of lists and objects

    const Value* member(std::string_view name) const;  // of an object; nullptr when absent
};

struct Argument {
    std::string name;
    Value value;
    Place place;
};

struct Directive {
    std::string name;
    std::vector<Argument> arguments;
    Place place;

    const Argument* argument(std::string_view name) const;
};

struct Selection {
    enum class Kind : std::uint8_t { field, spread, inline_fragment };
    Kind kind = Kind::field;
    std::string alias{};  // "" = none
    std::string name{};   // of the field or the fragment; inline: the type condition, may be empty
    std::vector<Argument> arguments{};
    std::vector<Directive> directives{};
    std::vector<Selection> selections{};
    Place place{};

    const std::string& key() const { return alias.empty() ? name : alias; }  // how the answer calls it
    const Directive* directive(std::string_view name) const;
    const Argument* argument(std::string_view name) const;
};

struct Type {
    std::string name{};         // "" for a list
    bool required = false;      // "!"
    std::vector<Type> inside{}; // of a list: one
};

struct VariableDefinition {
    std::string name;
    Type type;
    std::optional<Value> otherwise;  // its default
    Place place;
};

struct Operation {
    enum class Kind : std::uint8_t { query, mutation, subscription };
    Kind kind = Kind::query;
    std::string name{};
    std::vector<VariableDefinition> variables{};
    std::vector<Directive> directives{};
    std::vector<Selection> selections{};
    Place place{};
};

struct Fragment {
    std::string name{};
    std::string type{};
    std::vector<Directive> directives{};
    std::vector<Selection> selections{};
    Place place{};
};

struct Document {
    std::vector<Operation> operations;
    std::vector<Fragment> fragments;  // sorted by name, each name once

    const Fragment* fragment(std::string_view name) const;
};

}  // namespace fhir::graphql
