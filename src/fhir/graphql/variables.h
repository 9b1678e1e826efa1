// SPDX-License-Identifier: Apache-2.0
#pragma once

// The values of an operation's variables (GraphQL, October 2021, 6.1.2): what was sent with the question, or the defaults.

#include "fhir/graphql/document.h"

#include <map>
#include <string>
#include <string_view>

namespace fhir::graphql {

using Variables = std::map<std::string, Value, std::less<>>;

// `json`: an object by names, or empty text. A variable that was neither sent nor has a default is missing in the result. Fault
// (malformed) when the text is no object, when a value does not fit its type, and when a required one is missing. Types: Int,
// Float, String, Boolean and ID are checked; other names are those of FHIR and take any scalar.
base::Result<Variables> bind_variables(const Operation& operation, std::string_view json);

// The value itself, or that of the variable that it names; null for a variable without one. Only the outermost: parts of lists and
// objects may still be variables.
const Value& resolved(const Value& value, const Variables& variables);

}  // namespace fhir::graphql
