// SPDX-License-Identifier: Apache-2.0
#pragma once

// A translation as a FHIR transaction (FHIR R4 3.1.0.11): one PUT an entry, to the id that its identity gave it.

#include "fhir/tree/document.h"
#include "mapping/translation.h"

#include <functional>

namespace mapping {

// `existing` answers with what is stored under type and id (a false View: nothing); entries of mode merge are laid
// over it (merge.h). Without it entries are written as they are.
using Existing = std::function<fhir::View(const std::string& type, const std::string& id)>;

fhir::Document transaction(const Translation& translation, const fhir::Names& names, const Existing& existing = {});

}  // namespace mapping
