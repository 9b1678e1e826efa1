// SPDX-License-Identifier: Apache-2.0
#pragma once

// Differential in, snapshot out (FHIR R4 5.1.0.14, "Snapshot and Differential"): what a profile changes is laid over the
// snapshot of its base.
//
// Elements are matched by path and slice name. New slices are copies of what they slice; a differential that walks into
// a datatype, a type profile or a content reference pulls their elements in; valueQuantity is understood as the form of
// value[x]; constraints accumulate. Each widening (of cardinality, types, targets, bindings), each element that the base
// does not have, and each disorder is a Finding located in the differential; the snapshot is then made without it.

#include "base/result.h"
#include "fhir/schema/schema.h"
#include "fhir/tree/document.h"

#include <functional>
#include <memory>
#include <string_view>

namespace fhir::definition {

class Library;

// A StructureDefinition with its snapshot by canonical URL; null when it is not known.
using StructureLookup = std::function<std::shared_ptr<const Document>(std::string_view canonical)>;

// The definition with a fresh snapshot; the differential stays. Fault (invalid) when there is no differential or its
// base is not known. `definition` may have an old snapshot: it does not count.
base::Result<Document> make_snapshot(View definition, const schema::Schema& schema, const StructureLookup& lookup, base::Findings& findings);

// The same with the definitions of a library, seen from `package`.
base::Result<Document> make_snapshot(View definition, const Library& library, std::string_view package, base::Findings& findings);

// Only what is wrong with the differential: for the validation of a StructureDefinition. An unknown base is a warning.
base::Findings check_differential(View definition, const Library& library, std::string_view package = {});

}  // namespace fhir::definition
