// SPDX-License-Identifier: Apache-2.0
#pragma once

// The paths that tell slices apart: a small part of FHIRPath (FHIR R4 5.1.0.13: element names, extension('url'),
// resolve(), ofType(type); $this).

#include "fhir/profile/profile.h"

namespace fhir::profile {

// `understood` is false when the path goes beyond that, or its kind is none of R4's.
Discriminator read_discriminator(std::string_view kind, std::string_view path, const Names& names);

}  // namespace fhir::profile
