// SPDX-License-Identifier: Apache-2.0
#pragma once

// Carries a script out: capabilities, fixtures, setup, tests, teardown (FHIR R4 22.10, "TestScript").
//
// Rules that the resource leaves to the engine:
//   - what fails in setup leaves all tests untried; an assert that fails ends its test (unless it is warningOnly, or says stopTestOnFail false);
//     teardown is done whatever happened, all of it;
//   - autocreate is a create (POST): the server chooses the id. From then on targetId, the fixture itself and the references between such
//     fixtures mean what the server made; autodelete deletes that;
//   - of several destinations each goes to the target that was given for it; one target alone stands for all. This program plays every origin.

#include "base/clock.h"
#include "runner/judge.h"
#include "runner/outcome.h"
#include "runner/target.h"
#include "runner/testscript/script.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace runner::testscript {

// What whoever runs scripts may choose.
struct Options {
    std::map<std::string, std::string> variables{};  // values that win over the scripts' own
    std::vector<std::string> folders{};              // where else fixtures lie: definitions, examples
    std::map<int, Target> targets{};                 // destinations by index; those that are not here are the one target
};

using Ask = std::function<Exchange(const Request&)>;

struct Destination {
    const Target& target;
    Ask ask;
};

struct Setting {
    std::map<int, Destination> destinations;  // 0: the one target, for all that are not here
    const Judge& judge;
    const base::Clock& clock;
    const Options& options;
    std::function<std::string()> stopped{};  // why no further test shall begin; empty: go on. May be none
    std::string run{};  // the value of a variable named "andiron-run", when a script declares one
};

// Never throws for what the servers do. The Case has the script's id; its suite is left open.
Case run(const Script& script, const Setting& setting);

}  // namespace runner::testscript
