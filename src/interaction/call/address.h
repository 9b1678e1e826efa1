// SPDX-License-Identifier: Apache-2.0
#pragma once

// FHIR's URL grammar below the base (FHIR R4 3.1.0, 3.1.1.2, 3.2.0): what a path names, and what each method does there. Everybody
// who reads paths asks here: the HTTP door and the entries of a Bundle.

#include "base/result.h"
#include "interaction/call/request.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace interaction {

enum class Place : std::uint8_t {
    system,            // [base]
    capabilities,      // metadata
    type,              // Patient
    instance,          // Patient/1
    version,           // Patient/1/_history/2
    history,           // _history, Patient/_history
    instance_history,  // Patient/1/_history
    compartment,       // Patient/1/Observation, Patient/1/*
    search,            // _search at the end of one of these
    operation          // $name at the end of one of these
};

// Reads the segments of a path, decoded and without empty ones, into type, id, version, operation and compartment of
// `request`. Which resource types and operations exist is not looked at. Fault: missing, there is no such path; malformed,
// what stands where an id belongs is none.
base::Result<Place> read_path(std::span<const std::string> segments, Request& request);

// What `method` ("GET") does there; HEAD is GET. Nothing: it cannot be done.
std::optional<Verb> verb_at(Place place, std::string_view method);
const char* methods_at(Place place);  // "GET, POST"

}  // namespace interaction
