// SPDX-License-Identifier: Apache-2.0
#include "fhir/graphql/variables.h"

#include "fhir/patch/json_value.h"

#include <algorithm>

namespace fhir::graphql {

namespace {

using base::Fault;
using Kind = Value::Kind;
using patch::JsonValue;

Value of_json(const JsonValue& json) {
    Value value;
    value.key = json.key;
    value.text = json.text;
    switch (json.kind) {
        case JsonValue::Kind::null: value.text.clear(); break;
        case JsonValue::Kind::boolean: value.kind = Kind::boolean; break;
        case JsonValue::Kind::number:
            value.kind = json.text.find_first_of(".eE") == std::string::npos ? Kind::integer : Kind::decimal;
            break;
        case JsonValue::Kind::string: value.kind = Kind::string; break;
        case JsonValue::Kind::array: value.kind = Kind::list; break;
        case JsonValue::Kind::object: value.kind = Kind::object; break;
    }
    value.parts.reserve(json.children.size());
    for (const JsonValue& child : json.children) value.parts.push_back(of_json(child));
    return value;
}

bool scalar_fits(Kind kind, const std::string& type) {
    if (kind == Kind::list || kind == Kind::object || kind == Kind::null) return false;
    if (type == "Int") return kind == Kind::integer;
    if (type == "Float") return kind == Kind::integer || kind == Kind::decimal;
    if (type == "Boolean") return kind == Kind::boolean;
    if (type == "String") return kind == Kind::string;
    if (type == "ID") return kind == Kind::string || kind == Kind::integer;
    return true;
}

// A single value stands for a list of one (3.11).
bool fits(const Value& value, const Type& type) {
    if (value.kind == Kind::null) return !type.required;
    if (type.inside.empty()) return scalar_fits(value.kind, type.name);
    if (value.kind != Kind::list) return fits(value, type.inside.front());
    return std::all_of(value.parts.begin(), value.parts.end(), [&](const Value& part) { return fits(part, type.inside.front()); });
}

}  // namespace

base::Result<Variables> bind_variables(const Operation& operation, std::string_view json) {
    JsonValue sent;
    sent.kind = JsonValue::Kind::object;
    if (!json.empty()) {
        auto read = patch::read_value(json);
        if (!read) {
            Fault fault = std::move(read).fault();
            fault.text = "The variables are no JSON: " + fault.text;
            fault.findings.clear();
            return fault;
        }
        if (read->kind == JsonValue::Kind::object) sent = *std::move(read);
        else if (read->kind != JsonValue::Kind::null) return Fault{Fault::Kind::malformed, "The variables must be a JSON object."};
    }
    Variables bound;
    for (const VariableDefinition& one : operation.variables) {
        const JsonValue* given = sent.member(one.name);
        if (given == nullptr && !one.otherwise) {
            if (one.type.required)
                return fault_at(one.place, Fault::Kind::malformed, "the variable $" + one.name + " needs a value");
            continue;
        }
        Value value = given != nullptr ? of_json(*given) : *one.otherwise;
        if (!fits(value, one.type))
            return fault_at(one.place, Fault::Kind::malformed, "the value of the variable $" + one.name + " does not fit its type");
        bound.emplace(one.name, std::move(value));
    }
    return bound;
}

const Value& resolved(const Value& value, const Variables& variables) {
    static const Value nothing{};
    if (value.kind != Kind::variable) return value;
    const auto found = variables.find(value.text);
    return found == variables.end() ? nothing : found->second;
}

}  // namespace fhir::graphql
