// SPDX-License-Identifier: Apache-2.0
#pragma once

// What came of a run: suites of cases of tests of steps. Every way of reporting reads this and nothing else.
//
// A Case is one file or one generated group with its own setup and teardown: a TestScript, a scenario, one profile of US Core. It is
// what a TestReport describes (FHIR R4 22.11). The score of a Case is counted in its tests.

#include "base/clock.h"
#include "runner/exchange.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace runner {

enum class Verdict {
    pass,
    warning,  // passed; something that is only recommended was not so
    skip,     // not tried: the target does not offer it, or a condition of the test is not met
    limit,    // not tried: this program cannot; never counted as passed
    fail,     // the server is not as it must be
    error     // the test itself could not be carried out: nobody answered, a fixture is missing, a setup failed
};

// "pass", "warning"…
const char* word(Verdict verdict);
// The worse of two, in the order above; skip beside pass stays pass.
Verdict worse(Verdict a, Verdict b);

struct Step {
    enum class Kind { operation, assertion };
    Kind kind = Kind::assertion;
    std::string label;      // one line: "GET Patient?name=x", "response is 200", "total = 1"
    Verdict verdict = Verdict::pass;
    std::string message{};  // why not pass; one line, what was found instead of what
    std::string where{};    // "name-prefix.scenario:12", "test[1].action[3]"
    std::optional<Exchange> exchange{};  // operation: what went over the wire
};

struct Test {
    std::string id;             // stable and unique within its Case; the key of the scoreboard
    std::string title{};        // a sentence
    std::string requirement{};  // what says so: "US Core 6.1.0 SHALL search Patient by identifier"; may be empty
    std::vector<Step> steps{};
    base::Micros took = 0;
    bool cut_short = false;     // a part of it was not tried, for want of a condition: what passed beside it makes it no pass

    Verdict verdict() const;    // the worst of its steps; skip when there are none, or when it was cut short and nothing is worse
};

struct Case {
    std::string suite;    // "search"
    std::string id;       // "name-prefix"
    std::string title{};
    std::string source{}; // the file it came from, or what generated it
    Test setup{};         // no steps: there is none
    std::vector<Test> tests{};
    Test teardown{};
    std::string script{}; // canonical or reference of the TestScript, when it is one
    base::Micros begun = 0;
    base::Micros took = 0;

    Verdict verdict() const;
};

// What the target says of itself in /metadata, when it says it.
struct Described {
    std::string software, version, fhir_version, name;
};

struct Run {
    std::string base;      // of the target
    Described target{};
    base::Micros begun = 0;
    base::Micros took = 0;
    std::vector<Case> cases{};
};

struct Score {
    std::size_t pass = 0, warning = 0, skip = 0, limit = 0, fail = 0, error = 0;
    std::size_t total() const { return pass + warning + skip + limit + fail + error; }
    bool clean() const { return fail == 0 && error == 0; }
    Score& operator+=(const Score& more);
};

Score score(const Case& one);   // of its tests
Score score(const Run& run);

}  // namespace runner
