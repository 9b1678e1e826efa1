// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the specification says in words about single types, beyond definitions and invariants: one table, type ->
// function, for resources (Bundle, Questionnaire, StructureDefinition ...) and for datatypes (Attachment, Coding ...).
// A new rule is one row and one file in rules/.

#include "fhir/validate/validator.h"

namespace fhir::validate {

struct Place {
    View node;               // the resource or element
    schema::TypeId type;     // its type
    View resource;           // the resource that holds it (the innermost), itself for a resource
    View root;               // the outermost: a Bundle, say
    std::string_view where;  // FHIRPath of `node`: "Bundle.entry[0].resource"
};

// Called by the Validator for every resource and every complex element that is well shaped; appends to `findings`.
// Costs one look into an array for types without rules.
class Rules {
public:
    explicit Rules(const schema::Schema& schema);
    bool has(schema::TypeId type) const { return type < rows_.size() && rows_[type] != nullptr; }
    void check(const Place& place, const Services& services, const Question& question, base::Findings& findings) const;

private:
    using Function = void (*)(const Place&, const Services&, const Question&, base::Findings&);
    std::vector<Function> rows_;  // by TypeId
};

}  // namespace fhir::validate
