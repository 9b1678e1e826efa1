// SPDX-License-Identifier: Apache-2.0
#pragma once

// What all ways of reporting say alike: suites with their sums, the verdict of the whole, time and names in words.

#include "runner/outcome.h"

#include <string>
#include <vector>

namespace runner::report {

struct Suite {
    std::string name;
    std::vector<const Case*> cases{};  // of the Run, which must outlive it
    Score score{};
    Verdict verdict = Verdict::skip;
};

// In the order in which they first appear.
std::vector<Suite> by_suite(const Run& run);

// The worst of all cases, setups included.
Verdict verdict(const Run& run);

// "Andiron 0.1.0 (FHIR 4.0.1)"; what the target does not say of itself is left out, and so is all of it.
std::string server_name(const Described& target);
// "412 ms", "12.3 s", "4 min 12 s"
std::string duration(base::Micros took);
// "22 November 2026, 11:01 UTC"
std::string moment(base::Micros time);

// The first step of the test that is as bad as the whole test; nullptr when there are none.
const Step* telling(const Test& test);
// "42 steps"; one has no s.
std::string counted(std::size_t number, std::string_view one);

// `text` as it can stand in XML 1.0 and HTML: escaped, control characters that neither allows as U+FFFD.
std::string escaped(std::string_view text);

}  // namespace runner::report
