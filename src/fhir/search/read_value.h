// SPDX-License-Identifier: Apache-2.0
#pragma once

// One value of a search parameter, as its type writes it (FHIR R4 3.1.1.4.4 to 3.1.1.4.14), with prefix and escapes.

#include "fhir/search/parse.h"

namespace fhir::search {

// `text` is one of the values between commas, still escaped. Faults are `invalid` and say what is wrong with it.
base::Result<Value> read_value(const Parameter& parameter, const Clause& clause, std::string_view text,
                               const schema::Schema& schema, const ParseOptions& options);

// Cuts at `separator` where it is not escaped by a backslash; parts stay escaped.
std::vector<std::string_view> split_escaped(std::string_view text, char separator);

// "\," "\|" "\$" "\\" become what they stand for; a backslash before anything else stays.
std::string unescape(std::string_view text);
// The other way: what separates the parts of a value is escaped (FHIR R4 3.1.1.4.0).
std::string escape(std::string_view text);

// Prefixes are for numbers, dates and quantities (R4 3.1.1.4.5).
bool takes_prefix(ParameterType type);

}  // namespace fhir::search
