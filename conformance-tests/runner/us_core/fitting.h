// SPDX-License-Identifier: Apache-2.0
#pragma once

// Does a resource fit a search? Judged here, apart from any server's own way: the SearchParameter's FHIRPath over the resource, and the
// rules of its type (FHIR R4 3.1.1.4.4 to 3.1.1.4.12) for the forms that this suite asks: token, reference, date with prefixes, string.

#include "runner/judge.h"
#include "runner/us_core/guide.h"

#include <string>
#include <string_view>
#include <vector>

namespace runner::us_core {

// What the parameter finds in the resource: values as text, complex elements as JSON. References are filtered by the type that a
// where(resolve() is T) names. Empty when the expression finds nothing or is none.
std::vector<std::string> values(const Judge& judge, fhir::View resource, const Parameter& parameter);

// One parameter with its value as it stands in the URL, before percent-encoding; commas mean or.
struct Term {
    const Parameter* parameter = nullptr;
    std::string value;
};

// `base`: of the server, for references that are written in full.
bool fits(const Judge& judge, fhir::View resource, const Term& term, std::string_view base);

}  // namespace runner::us_core
