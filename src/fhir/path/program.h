// SPDX-License-Identifier: Apache-2.0
#pragma once

// A FHIRPath expression, ready to run.
//
// Compiled once: names are numbers, functions are pointers, types are looked up, literals are items. Immutable, so any
// number of threads may evaluate one Program at the same time. Evaluation walks the document and allocates only for
// the results; it is bounded by Environment::steps, whatever the expression says.
//
// What a step costs: `Patient.name.family` 0.1 to 0.2 us.

#include "base/clock.h"
#include "base/result.h"
#include "fhir/path/parse.h"
#include "fhir/path/value.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace fhir::path {

struct Environment {
    Item resource{};         // %resource and %rootResource; the context itself when empty
    base::Micros now = 0;    // for now() and today(); 0 = these fail
    std::size_t steps = 1'000'000;                           // then: Fault too_costly
    const std::map<std::string, Collection>* constants = nullptr;  // further %names
};

class Program {
public:
    // Fault (invalid): the grammar, an unknown function, a wrong number of arguments, an unknown type.
    static base::Result<Program> compile(std::string_view text, const schema::Schema& schema, const ParseLimits& limits = {});
    // From a part of a syntax tree: what search makes of "Patient.name | Practitioner.name" for one type.
    static base::Result<Program> compile(const Syntax& syntax, NodeIndex root, const schema::Schema& schema);

    Program(Program&&) noexcept;
    Program& operator=(Program&&) noexcept;
    ~Program();

    // `context` is a resource, or an element whose type is given. The result borrows the context's document.
    base::Result<Collection> evaluate(View context, const Environment& environment = {}) const;
    base::Result<Collection> evaluate(const Item& context, const Environment& environment = {}) const;

    struct Code;

private:
    explicit Program(std::unique_ptr<const Code> code);
    std::unique_ptr<const Code> code_;
};

// The item of a resource: its type is looked up.
Item resource_item(View resource, const schema::Schema& schema);

}  // namespace fhir::path
