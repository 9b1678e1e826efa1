// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `andiron test` was told, read and checked before anything is done.

#include "base/result.h"
#include "runner/target.h"
#include "runner/testscript/run.h"

#include <string>
#include <vector>

namespace runner {

struct Arguments {
    bool help = false;
    bool list = false;                    // say what would be run, ask nobody
    Target target{.base = "http://127.0.0.1:8080/fhir"};
    std::vector<std::string> suites{};    // by name; empty: all, unless files are given
    std::vector<std::string> files{};     // scenarios and TestScripts
    std::vector<std::string> packages{};  // FHIR packages (.tgz)
    std::string only{};                   // cases whose "suite/id" contains it, ignoring case; empty: all
    std::string report{};                 // a folder for the reports; empty: none are written
    std::string scoreboard{};             // a file to compare with; empty: none
    testscript::Options scripts{};        // further targets, variables and fixtures of TestScripts
    bool record = false;                  // write what came into that file in place of comparing
};

// Faults saying which word is wrong: unsupported; missing, a folder that is not there.
base::Result<Arguments> read(const std::vector<std::string>& words);

// The value of the Authorization header: "Bearer X" and the like as they are, "user:password" as Basic (RFC 7617); nothing else.
base::Result<std::string> authorization(const std::string& given);

// What --help prints.
extern const std::string_view usage;

}  // namespace runner
