// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known at one moment: the definitions, the codes of their code systems, and the Validator that works with them.
//
// Immutable and shared: a request takes one Knowledge and keeps it to its end, whatever is stored meanwhile. Making one
// costs little, because shelves are shared and profiles are compiled when they are first needed.

#include "fhir/validate/validator.h"
#include "interaction/knowledge/profiles.h"
#include "terminology/local_service.h"

#include <memory>
#include <mutex>

namespace interaction {

class Knowledge {
public:
    // `units` must outlive it; it may be null.
    Knowledge(fhir::definition::Library library, const fhir::ucum::Units* units, fhir::validate::Fetch fetch);
    Knowledge(const Knowledge&) = delete;
    Knowledge& operator=(const Knowledge&) = delete;

    const fhir::definition::Library& library() const { return library_; }
    const terminology::Local& codes() const { return codes_; }
    const terminology::Service& terminology() const { return terminology_; }
    const fhir::ucum::Units* units() const { return units_; }
    const fhir::validate::Fetch& fetch() const { return fetch_; }
    const fhir::validate::Validator& validator() const { return validator_; }
    // Made when they are first asked for.
    const Profiles& profiles() const {
        std::call_once(profiles_once_, [this] { profiles_ = profiles_of(library_); });
        return profiles_;
    }

private:
    fhir::definition::Library library_;
    const fhir::ucum::Units* units_;
    fhir::validate::Fetch fetch_;
    terminology::Local codes_;
    terminology::LocalService terminology_;
    fhir::validate::Validator validator_;
    mutable std::once_flag profiles_once_;
    mutable Profiles profiles_;
};

}  // namespace interaction
