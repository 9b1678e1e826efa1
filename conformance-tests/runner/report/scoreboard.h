// SPDX-License-Identifier: Apache-2.0
#pragma once

// The list of what is known to pass and what is known not to: conformance-tests/scoreboard.tsv. It may only improve.
//
//     suite <tab> case/test <tab> result <tab> reason of a known failure
//
// Lines that begin with # are comments at the head. The result is a word of Verdict.

#include "base/result.h"
#include "runner/outcome.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace runner::report {

struct Stood {
    std::string result;
    std::string reason{};
};

using Scoreboard = std::map<std::pair<std::string, std::string>, Stood>;  // (suite, case/test)

// Fault (missing): no such file; (malformed): a line is none.
base::Result<Scoreboard> read_scoreboard(const std::string& file);
// The whole file, sorted.
base::Result<void> write_scoreboard(const std::string& file, const Scoreboard& board);

// A run beside the list. Each line names a test and what was found instead of what.
struct Comparison {
    std::vector<std::string> worse;   // passed once and does not now, or is not there any more; new tests that fail
    std::vector<std::string> better;  // known failures that pass or are gone, and stand in the list still
    std::vector<std::string> fresh;   // tests that the list does not know, whatever came of them
    std::vector<std::string> aside;   // suites of the run in which nothing was tried: not compared

    bool good() const { return worse.empty() && better.empty(); }
    // For a terminal, with what to do about it; "" when there is nothing to say.
    std::string text() const;
};

// Suites that did not run are left alone. `whole`: the suites ran whole, so a test that is missing is gone; false when cases were picked.
// A warning counts as passed. skip and limit are neither passed nor failed: a test that passed may not become either.
Comparison compare(const Run& run, const Scoreboard& board, bool whole = true);

// The list with the run's results in place of the old ones of the suites that ran (`whole` as above: when cases were picked, those that were
// not stay as they were); reasons stay with tests that still fail.
Scoreboard updated(const Run& run, Scoreboard board, bool whole = true);

}  // namespace runner::report
