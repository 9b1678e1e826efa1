// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the specification says in words about single types, beyond definitions and invariants: one table, type ->
// function, for resources (Bundle, Questionnaire, StructureDefinition ...), datatypes (Attachment, Coding ...) and
// primitives (uri, canonical ...). A new rule is one row and one function in rules/.

#include "fhir/validate/validator.h"

namespace fhir::validate {

struct Place {
    View node;            // the resource or element
    schema::TypeId type;  // its type
    View resource;        // the resource that holds it (the innermost), itself for a resource
    View root;            // the outermost: a Bundle, say
    // FHIRPath of `node`: "Bundle.entry[0].resource". Every finding lies at `node` or below it, so a caller that has no
    // text for the place at hand may leave this empty and put it in front of what comes back (".entry[0].fullUrl").
    std::string_view where;
};

// Called by the Validator for every resource, complex element and primitive with a value that is well shaped; appends
// to `findings`. Costs one look into an array for types without rules. All resources have rules.
class Rules {
public:
    explicit Rules(const schema::Schema& schema);
    bool has(schema::TypeId type) const { return type < rows_.size() && !rows_[type].empty(); }
    void check(const Place& place, const Services& services, const Question& question, base::Findings& findings) const;

    using Function = void (*)(const Place&, const Services&, const Question&, base::Findings&);

private:
    std::vector<std::vector<Function>> rows_;  // by TypeId
};

}  // namespace fhir::validate
