// SPDX-License-Identifier: Apache-2.0
#pragma once

// Asks FHIRPath questions of what a server sent.

#include "base/clock.h"
#include "runner/knowledge.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace runner {

using Variables = std::map<std::string, std::string>;  // %name in an expression: a string

class Judge {
public:
    Judge(const Knowledge& knowledge, const base::Clock& clock) : knowledge_(knowledge), clock_(clock) {}

    const Knowledge& knowledge() const { return knowledge_; }

    // Is the outcome true, as an invariant asks it? Fault (invalid) for an expression that is none.
    base::Result<bool> holds(fhir::View resource, std::string_view expression, const Variables& variables = {}) const;
    // What it gives: values as text, complex elements as JSON.
    base::Result<std::vector<std::string>> values(fhir::View resource, std::string_view expression, const Variables& variables = {}) const;
    // What is wrong with the resource: errors only, each "where: what". `profile` empty: its own meta.profile and the base definition.
    // Fault (missing) when the profile is not known here.
    base::Result<std::vector<std::string>> errors(fhir::View resource, std::string_view profile) const;

private:
    const Knowledge& knowledge_;
    const base::Clock& clock_;
};

// What an OperationOutcome says first, "code: words"; empty for any other resource.
std::string complaint(fhir::View resource);

}  // namespace runner
