// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which references of a type can be followed by _include and _revinclude (FHIR R4 3.1.1.5.4): what is advertised is what is done.

#include "base/result.h"
#include "fhir/schema/schema.h"
#include "fhir/search/query.h"

#include <string>
#include <string_view>
#include <vector>

namespace fhir::search {

// Whether the definition of a reference lets it lead to resources of this type.
bool may_refer_to(const Parameter& parameter, std::string_view type);

// All parameters of type reference that a resource of this type can be searched by, in the order of their codes.
std::vector<const Parameter*> reference_parameters(std::string_view type, const Parameters& known);

// "Observation:subject" ...: what _include may be asked on a search for `type`. Sorted.
std::vector<std::string> includes_of(std::string_view type, const Parameters& known);
// "Observation:subject" ...: what _revinclude may be asked on a search for `type`: every reference to it. Sorted.
std::vector<std::string> reverse_includes_of(std::string_view type, const Parameters& known, const schema::Schema& schema);

// One value of _include or _revinclude: "Observation:subject", "Observation:subject:Patient", "Observation:*", "*".
base::Result<Include> read_include(std::string_view value, bool reverse, bool iterate, const Parameters& known, const schema::Schema& schema);

}  // namespace fhir::search
