// SPDX-License-Identifier: Apache-2.0
#pragma once

// What FHIRPath asks of the world around a resource (FHIR R4 2.9.1 "additional functions"). Without services these
// functions give empty, or fail in the way that their definition says.

#include "fhir/path/value.h"

#include <optional>
#include <string_view>

namespace fhir::path {

class Services {
public:
    virtual ~Services() = default;
    // The resource that a Reference, canonical, uri or url points to, seen from `root` (contained, bundle, store); empty when unknown.
    // The Document behind the item lives as long as the Services.
    virtual std::optional<Item> resolve(const Item& reference, const Item& root) = 0;
    // Is this code, Coding, CodeableConcept or string in the value set? Nothing when nobody can tell.
    virtual std::optional<bool> member_of(const Item& coded, std::string_view value_set) = 0;
    // Does the first subsume the second (both Coding or CodeableConcept)? Nothing when nobody can tell.
    virtual std::optional<bool> subsumes(const Item& a, const Item& b) = 0;
    // Does the element or resource conform to the profile? Nothing when the profile is not known.
    virtual std::optional<bool> conforms_to(const Item& item, std::string_view profile) = 0;
    // The ElementDefinition of an item: its base definition, or, with a `slice`, is the item in that slice of `profile`?
    virtual std::optional<Item> element_definition(const Item& item) = 0;
    virtual std::optional<bool> in_slice(const Item& item, std::string_view profile, std::string_view slice) = 0;
};

}  // namespace fhir::path
