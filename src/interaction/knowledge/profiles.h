// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which profiles the installed packages bring for each type of resource: what a CapabilityStatement names as supportedProfile.

#include "fhir/definition/library.h"

#include <map>
#include <string>
#include <vector>

namespace interaction {

// By type: canonical URLs without version, sorted, each once. R4's own profiles and those that users stored are not among them: nobody chose
// the first, and the second are data. Reads each profile of each package: a millisecond or so for one.
using Profiles = std::map<std::string, std::vector<std::string>, std::less<>>;
Profiles profiles_of(const fhir::definition::Library& library);

}  // namespace interaction
