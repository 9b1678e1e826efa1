// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who is in a compartment, type by type, and whom the members refer to outside of it.

#include "access/plan.h"
#include "fhir/search/reach.h"
#include "interaction/call/context.h"
#include "interaction/operation/care_dates.h"
#include "store/repository.h"

#include <set>
#include <string>
#include <vector>

namespace interaction {

struct Circle {
    std::string kind;  // "Patient"
    std::string id;    // "": the compartments of all resources of that kind
    Period care;
    store::Position as_of = 0;

    // A question for each type of which there may be members, that of the resource itself first; each member satisfies one of
    // them. They hold no page and no _since.
    std::vector<fhir::search::Query> questions(const Context& context) const;

    // Names of what the members refer to, and of what that refers to further on: resources of types that no compartment of this
    // kind holds, and beyond the first step none that belong to a patient. Sorted, each once; whether they are there is not
    // looked at. Reads every member once, in pieces. Fault (too_costly) when there are too many.
    base::Result<std::set<store::Name>> outside(store::Snapshot& snapshot, const fhir::search::Reach& reach, const permission::Plan& plan,
                                                const Context& context) const;
};

}  // namespace interaction
