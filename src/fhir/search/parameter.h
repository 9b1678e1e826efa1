// SPDX-License-Identifier: Apache-2.0
#pragma once

// SearchParameters, compiled once, and found by (resource type, code). Immutable after compile().

#include "base/result.h"
#include "fhir/schema/schema.h"

#include <memory>
#include <string>
#include <vector>

namespace fhir::path {
class Program;
}

namespace fhir::search {

enum class ParameterType : std::uint8_t { number, date, string, token, reference, composite, quantity, uri, special };

const char* spelling(ParameterType type);  // "number" ... as FHIR spells them

struct Parameter {
    struct Component {
        const Parameter* parameter = nullptr;                 // its type decides how the value is read
        std::shared_ptr<const path::Program> expression;      // relative to the composite's own elements
    };
    std::uint32_t index = 0;  // its place in Parameters; not stable over restarts, `url` is
    std::string url;
    std::string code;
    ParameterType type = ParameterType::string;
    std::vector<std::string> bases;    // resource types; "Resource" and "DomainResource" mean all of them
    std::vector<std::string> targets;  // resource types a reference may point to
    std::string expression_text;
    std::shared_ptr<const path::Program> expression;  // null for _id, _lastUpdated (columns) and unsupported specials
    std::vector<Component> components;
};

class Parameters {
public:
    // Compiles every row of the schema. A row whose expression does not compile is a Finding, not a Fault.
    static base::Result<Parameters> compile(const schema::Schema& schema, base::Findings& findings);

    // "name" for "Patient"; parameters of Resource and DomainResource are found for every type. nullptr if unknown.
    const Parameter* find(std::string_view resource_type, std::string_view code) const;
    // All that apply to a type, sorted by code.
    const std::vector<const Parameter*>& of(std::string_view resource_type) const;
    const std::vector<std::unique_ptr<Parameter>>& all() const { return all_; }

private:
    std::vector<std::unique_ptr<Parameter>> all_;
    struct ByType {
        std::string type;
        std::vector<const Parameter*> parameters;
    };
    std::vector<ByType> by_type_;
};

}  // namespace fhir::search
