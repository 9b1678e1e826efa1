// SPDX-License-Identifier: Apache-2.0
#pragma once

// A translation as a FHIR transaction (FHIR R4 3.1.0.11): one PUT an entry, to the id that its identity gave it; and one of its
// entries over what is stored.

#include "base/result.h"
#include "fhir/tree/document.h"
#include "mapping/translation.h"

#include <optional>

namespace mapping {

// Each entry as it is, whatever is stored. No faults.
base::Result<fhir::Document> transaction(const Translation& translation, const fhir::Names& names);

// An entry of mode merge laid over what is stored (merge.h; a false View: nothing is); nothing when it says nothing new.
std::optional<fhir::Document> laid_over(fhir::View stored, const Entry& entry);

}  // namespace mapping
