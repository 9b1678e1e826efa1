// SPDX-License-Identifier: Apache-2.0
#pragma once

// Plays a Scenario against a server. Everything that it made there it deletes at the end, in reverse order.
//
// A request that is not answered as expected ends its test, an assertion that does not hold does not. A setup that fails ends the case:
// its tests are errors. Variables set in the setup are there in every test; those of a test end with it. ${run}, ${base} and ${format}
// are always there.

#include "runner/job.h"
#include "runner/scenario/scenario.h"

#include <memory>
#include <optional>

namespace runner::scenario {

// The target's CapabilityStatement, asked for once when the first scenario wants to know.
struct Offered {
    bool asked = false;
    std::optional<fhir::Document> statement{};
};

Case run(const Scenario& scenario, const std::string& suite, const std::string& id, Bench& bench, Offered& offered);

}  // namespace runner::scenario
