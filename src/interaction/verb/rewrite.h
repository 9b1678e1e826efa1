// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where a resource points to, and a copy of it that points elsewhere (FHIR R4 3.1.0.11.2): Reference.reference, elements
// of type uri, url, oid and uuid, and href and src in narrative.

#include "base/result.h"
#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace interaction {

struct Link {
    enum class Kind : std::uint8_t { reference, address, narrative };
    Kind kind = Kind::reference;
    fhir::View at;  // the primitive
};

// Every link of a resource, contained resources included; what is inside a nested Bundle resolves there and is left out.
std::vector<Link> links_of(fhir::View resource, const fhir::schema::Schema& schema);

// From the text of a link (without version) to "Type/id".
using Targets = std::unordered_map<std::string, std::string>;

struct Rewriting {
    const Targets* targets = nullptr;  // null outside bundles: there urns and conditional references stay as they are
    std::string own_base{};            // absolute references that begin with it become relative
    const std::vector<std::string>* own_bases = nullptr;  // further ones of which that is true; null = none
    std::string from_base{};           // base of the resource's own full url: its relative references may mean that
                                       // server's (FHIR R4 2.36.4.1)
};

// A copy in which the links that `rewriting` names are replaced; nothing when no link changes.
// Fault (malformed) when, inside a bundle, a reference is a urn that no entry has; (invalid) when it is conditional and
// not among the targets.
base::Result<std::optional<fhir::Document>> rewritten(fhir::View resource, const std::vector<Link>& links,
                                                      const Rewriting& rewriting);

}  // namespace interaction
