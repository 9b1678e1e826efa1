// SPDX-License-Identifier: Apache-2.0
#pragma once

// One Case to be run, and what it may use while it runs.

#include "runner/client.h"
#include "runner/judge.h"
#include "runner/outcome.h"

#include <functional>
#include <string>
#include <vector>

namespace runner {

struct Bench {
    const Target& target;
    Client& client;
    const Judge& judge;
    const base::Clock& clock;
    std::string run;  // a word that no other run has, safe in an id: tests put it into what they create
    std::function<std::string()> stopped{};  // why no further test shall begin ("interrupted"); empty: go on. May be none

    std::string why_stopped() const { return stopped ? stopped() : std::string(); }
};

struct Job {
    std::string suite;
    std::string id;
    std::function<Case(Bench&)> run;  // never throws for what the server does; what it made there, it removes
};

using Jobs = std::vector<Job>;

}  // namespace runner
