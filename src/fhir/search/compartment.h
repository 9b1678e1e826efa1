// SPDX-License-Identifier: Apache-2.0
#pragma once

// Compartments (FHIR R4 2.41): what belongs to a patient, an encounter, a related person, a practitioner or a device, as
// clauses for searches and for a Reach. Made once from the five CompartmentDefinitions; immutable. Look-ups cost a handful
// of comparisons.

#include "fhir/definition/library.h"
#include "fhir/search/parameter.h"
#include "fhir/search/query.h"
#include "fhir/search/reach.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fhir::search {

class Compartments {
public:
    Compartments() = default;  // knows none
    // R4's own CompartmentDefinitions; what packages define is not looked at, for access may hang on it.
    explicit Compartments(const definition::Library& library);

    bool exists(std::string_view kind) const;  // "Patient"
    bool holds(std::string_view kind, std::string_view type) const;
    // The types that may be in it, in the order of the alphabet.
    std::vector<std::string> types(std::string_view kind) const;

    // What a resource of `type` satisfies when it is in the compartment of kind/id: one of the compartment's parameters refers to
    // kind/id, or it is that resource. Asks only of the resource itself, so it may stand in a Reach. Nothing when resources of
    // this type are in no compartment of that kind. The Parameters must outlive the Clause.
    std::optional<Clause> clause(std::string_view kind, std::string_view id, std::string_view type, const Parameters& parameters) const;
    // Of what `outer` reaches, what is in the compartment.
    Reach reach(std::string_view kind, std::string_view id, const Reach& outer, const Parameters& parameters) const;

private:
    using Codes = std::vector<std::string>;  // of search parameters
    std::map<std::string, std::map<std::string, Codes, std::less<>>, std::less<>> by_kind_;
};

}  // namespace fhir::search
