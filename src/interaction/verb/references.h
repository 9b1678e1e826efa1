// SPDX-License-Identifier: Apache-2.0
#pragma once

// Referential integrity (Rules.referential_integrity; "enforced" in CapabilityStatement.rest.resource.referencePolicy): what is
// written refers to resources of this server that live, and nothing is deleted that something living refers to.
//
// What a resource refers to is read from all its literal references, contained resources included: relative ones, as those with
// this server's base are relative by then. Addresses of other servers, canonicals and logical references are not looked at.
// What refers to a resource is known from the search parameters of type reference.

#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"
#include "interaction/call/context.h"
#include "access/plan.h"

#include <set>
#include <string>
#include <vector>

namespace interaction {

struct Pointed {
    std::string where;  // "Observation.subject.reference"
    store::Name name;
    std::string version;  // of a reference to one version; that one must exist then, living or not
    bool fits = true;     // the element may refer to that type
};

std::vector<Pointed> pointed_by(fhir::View resource, const fhir::schema::Schema& schema);

// Fault (invalid) naming the first place that points to a type which R4 does not allow there.
base::Result<void> check_targets(const std::vector<Pointed>& pointed);

// Fault (conflict) naming the places that point to nothing. A resource may point to itself: `self` is there in a moment.
base::Result<void> check_pointed(const std::vector<Pointed>& pointed, const store::Name& self, store::Snapshot& now);

// Fault (conflict) when something living that is not in `going` refers to `name`; tells up to ten that `plan` lets see.
base::Result<void> check_referrers(const store::Name& name, const std::set<store::Name>& going, store::Snapshot& now,
                                   const permission::Plan& plan, const Context& context);

}  // namespace interaction
