// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known of one code (FHIR R4 CodeSystem $lookup, 4.8.13), and how two codes stand to each other ($subsumes).

#include "base/result.h"
#include "terminology/local.h"

#include <string>
#include <string_view>
#include <vector>

namespace terminology {

struct LookupProperty {
    std::string code;
    std::string value;
    std::string type;         // "code", "string", "boolean", "integer", "decimal", "dateTime", "Coding"
    std::string system;       // of a Coding
    std::string description;  // the display of a code of this system
};

struct LookupAnswer {
    std::string name;     // of the code system
    std::string system, version, code, display, definition;
    bool abstract = false;
    bool inactive = false;
    std::vector<CodeList::Designation> designations;
    std::vector<LookupProperty> properties;  // parent and child too, and inactive
};

// Fault (missing) when the system or a supplement is not here or has no such code.
base::Result<LookupAnswer> lookup(const Local& local, std::string_view system, std::string_view version, std::string_view code,
                                  const std::vector<std::string>& supplements = {});

enum class Subsumption : std::uint8_t { equivalent, subsumes, subsumed_by, not_subsumed };

// Fault (missing) when the system or a code is not known, unsupported when its hierarchy is none of kinds.
base::Result<Subsumption> subsumption(const Local& local, std::string_view system, std::string_view a, std::string_view b);

}  // namespace terminology
