// SPDX-License-Identifier: Apache-2.0
#pragma once

// The suite us-core: generated from the package, one Case for each type of resource that US Core speaks of, over reference data of its own.

#include "runner/job.h"

#include <optional>
#include <string>

namespace runner::us_core {

struct Prepared {
    Jobs jobs{};
    std::optional<Job> before{};  // loads the reference data and asks the target what it claims
    std::optional<Job> after{};   // removes the data
};

// `fixtures`: the folder of the reference data. Without the package hl7.fhir.us.core among the knowledge's packages there is one job,
// which is skipped and says so. Fault: the reference data cannot be read.
base::Result<Prepared> jobs(const Knowledge& knowledge, const std::string& suite, const std::string& fixtures);

}  // namespace runner::us_core
