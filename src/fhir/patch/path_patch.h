// SPDX-License-Identifier: Apache-2.0
#pragma once

// FHIRPath Patch: operations in a Parameters resource (FHIR R4, fhirpatch.html). All or nothing. An operation costs the
// evaluation of its path, which is bounded, and one walk over the siblings of what it changes.

#include "base/clock.h"
#include "fhir/path/program.h"
#include "fhir/schema/schema.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fhir::patch {

struct PathOperation {
    enum class Kind : std::uint8_t { add, insert, remove, replace, move };
    Kind kind = Kind::add;
    std::string path_text{};
    path::Program path;
    std::string name{};                   // add
    View value{};                         // add, insert, replace: the part so named; of the patch's own document
    std::optional<std::int64_t> index{};  // insert
    std::optional<std::int64_t> source{}, destination{};  // move
};

// The operations borrow `parameters`. Faults: malformed (no Parameters, unknown or missing parts, a path that is no FHIRPath),
// too_large (more than most_operations).
base::Result<std::vector<PathOperation>> read_path_patch(View parameters, const schema::Schema& schema);

// Faults: invalid (a path that names nothing, more than one element or a computed value; an index out of range; an element that does not
// exist there, exists already, or has another type), too_costly. Deleting nothing is fine. The text counts operations from 1 and
// quotes nothing of the resource.
base::Result<Document> apply(Document resource, const std::vector<PathOperation>& operations, const schema::Schema& schema,
                             base::Micros now);

}  // namespace fhir::patch
