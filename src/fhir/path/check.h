// SPDX-License-Identifier: Apache-2.0
#pragma once

// Strict reading of an expression (FHIRPath 8): what could an expression be on a value of this type?
//
// Types are followed along the schema: choices as all of their forms, functions by their row (functions.h). Where nothing is
// known (resolve(), variables, abstract resources) nothing is refused.

#include "base/result.h"
#include "fhir/path/syntax.h"
#include "fhir/schema/schema.h"

#include <string>
#include <vector>

namespace fhir::path {

// Fault (invalid) with the place of the first thing that cannot be right. `context`: no_type when nothing is known.
// Functions and types are looked up already: program.h compiles first.
base::Result<void> check(const Syntax& syntax, const schema::Schema& schema, schema::TypeId context);

// What a part of an expression may give.
struct Yield {
    std::vector<schema::TypeId> types{};
    bool computed = false;  // values of FHIRPath's own types
    std::string system{};   // which ones, a letter each: functions.h
    bool anything = false;  // nothing is known
};
base::Result<Yield> yield_of(const Syntax& syntax, NodeIndex root, const schema::Schema& schema, schema::TypeId context);

// "FHIR.Patient" of a type that is written as an expression; empty when it is none.
std::string spelled_type(const Syntax& syntax, NodeIndex index);

}  // namespace fhir::path
