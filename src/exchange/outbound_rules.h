// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an administrator says of one destination (docs/operations.md, "Sending HL7 v2").

#include "base/clock.h"

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace exchange {

struct DestinationRules {
    std::string name;
    std::string address;                              // for people: "10.0.0.7:2575"
    std::set<std::string, std::less<>> messages;      // "ADT", "ORU^R01"; empty: every one there is a map for
    std::vector<std::string> criteria;                // "Observation?status=final", "Patient"; empty: every change
    std::set<std::string, std::less<>> except_from;   // channels whose messages' changes do not go there; "*": all of them
    bool lanes = false;                               // order is kept for each patient only; else for all
    bool from_beginning = false;                      // a new destination gets everything that ever happened
    bool paused = false;                              // until an operator resumes it
    enum class Until { application, commit, both } until = Until::application;  // which acknowledgement ends a try
    base::Micros first_wait = 1'000'000;              // after a try in vain; doubled each time
    base::Micros longest_wait = 300'000'000;
    std::int64_t attempts = 0;                        // without an answer, then it is dead; 0: without end
    std::int64_t error_attempts = 10;                 // refused ones (AE, AR), where those are tried again; 0: without end
    bool retry_error = true;                          // AE, CE; false: dead at once
    bool retry_reject = false;                        // AR, CR
    base::Micros keep = 7 * 86'400'000'000;           // what was sent stays readable for so long
};

}  // namespace exchange
