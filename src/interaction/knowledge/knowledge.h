// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known at one moment: the definitions, the codes of their code systems, and the Validator that works with them.
//
// Immutable and shared: a request takes one Knowledge and keeps it to its end, whatever is stored meanwhile. Making one
// costs little, because shelves are shared and profiles are compiled when they are first needed.

#include "fhir/validate/validator.h"

#include <memory>

namespace interaction {

class Knowledge {
public:
    struct Parts {
        fhir::definition::Library library;
        std::unique_ptr<const fhir::validate::Codes> codes;  // may be null
        const fhir::ucum::Units* units = nullptr;
        fhir::validate::Fetch fetch{};
    };

    explicit Knowledge(Parts parts);
    Knowledge(const Knowledge&) = delete;
    Knowledge& operator=(const Knowledge&) = delete;

    const fhir::definition::Library& library() const { return parts_.library; }
    const fhir::validate::Codes* codes() const { return parts_.codes.get(); }
    const fhir::ucum::Units* units() const { return parts_.units; }
    const fhir::validate::Fetch& fetch() const { return parts_.fetch; }
    const fhir::validate::Validator& validator() const { return validator_; }

private:
    Parts parts_;
    fhir::validate::Validator validator_;
};

}  // namespace interaction
