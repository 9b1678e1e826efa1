// SPDX-License-Identifier: Apache-2.0
#pragma once

// validateProfileId: checks against the profiles that a script names, also those that lie beside it.

#include "runner/judge.h"
#include "runner/testscript/script.h"
#include "terminology/local.h"

#include <optional>
#include <string>
#include <vector>

namespace runner::testscript {

class Profiles {
public:
    // All must outlive it.
    Profiles(const Script& script, const Judge& judge, const std::vector<std::string>& folders, const base::Clock& clock)
        : script_(script), judge_(judge), folders_(folders), clock_(clock) {}

    // What is wrong with the resource, errors only. Faults: invalid, the script declares no such profile; unsupported, it is not known here.
    base::Result<std::vector<std::string>> errors(fhir::View resource, const std::string& profile_id);

private:
    // A Validator that knows the script's own profiles too; made when the first of them is asked for, which costs some milliseconds.
    const fhir::validate::Validator& own();

    const Script& script_;
    const Judge& judge_;
    const std::vector<std::string>& folders_;
    const base::Clock& clock_;
    std::optional<fhir::definition::Library> library_{};
    std::optional<terminology::Local> codes_{};
    std::optional<fhir::validate::Validator> validator_{};
};

}  // namespace runner::testscript
