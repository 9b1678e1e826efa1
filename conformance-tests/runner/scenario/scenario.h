// SPDX-License-Identifier: Apache-2.0
#pragma once

// A scenario as it was written: sections of steps, each with what is asked of its answer. ../../scenarios/README.md is its language.

#include "runner/exchange.h"

#include <chrono>
#include <string>
#include <vector>

namespace runner::scenario {

// One line that asks something of an answer, or keeps something of it.
struct Check {
    enum class About { path, header, body, field, valid };  // FHIRPath; a header; the bare body; a field of an HL7 v2 answer; the Validator
    enum class How { holds, equals, differs, contains, matches, present, absent, keep };
    About about = About::path;
    How how = How::holds;
    bool recommended = false;  // "should": a warning when it is not so
    std::string subject{};     // the expression, the header's name, the field's place, a profile
    std::string wanted{};      // the value, or the pattern (keep: its first group is taken)
    std::string name{};        // keep: the variable
    int line = 0;
};

struct Step {
    enum class Kind { request, mllp, astm, wait, only, remove };
    Kind kind = Kind::request;
    Request request{};            // request, wait, remove (its URL); mllp, astm: the body is the message, its lines ended by CR
    std::string expected{};       // request: "200,2xx", "any"; mllp, astm: "AA,CA"
    std::string expression{};     // wait, only
    std::chrono::milliseconds within{0};  // wait
    std::vector<Check> checks{};
    int line = 0;
};

struct Section {
    std::string title{};
    std::string requirement{};
    std::vector<std::string> columns{};            // of the table; none: the steps run once
    std::vector<std::vector<std::string>> rows{};  // each as long as columns
    std::vector<Step> steps{};
    int line = 1;
};

struct Scenario {
    std::string title{};        // the first line of comment
    std::string requirement{};  // the other lines of that comment
    std::string file{};         // its name, for messages
    Section setup{};
    std::vector<Section> tests{};
    Section cleanup{};
};

}  // namespace runner::scenario
