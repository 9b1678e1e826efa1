// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/version.h"

#include <string_view>

namespace runner::testscript {

namespace {

struct Mark {
    const char* version;
    const char* path;  // of an element that only that version has; '.' goes down, all repetitions are looked at
    enum Shape { any, complex, primitive } shape = any;
};

// FHIR DSTU2 6.29, STU3 11.13, R5 2.21 "TestScript", each compared with R4 (22.10).
constexpr Mark marks[] = {
    {"DSTU2", "multiserver"},
    {"DSTU2", "requirements"},
    {"DSTU2", "metadata.capability.conformance"},
    {"DSTU2", "setup.metadata"},
    {"DSTU2", "test.metadata"},
    {"STU3", "rule"},
    {"STU3", "ruleset"},
    {"STU3", "metadata.capability.capabilities", Mark::complex},
    {"R5", "scope"},
    {"R5", "versionAlgorithmString"},
    {"R5", "versionAlgorithmCoding"},
    {"R5", "copyrightLabel"},
    {"R5", "profile", Mark::primitive},
    {"R5", "setup.action.assert.requirement"},
    {"R5", "test.action.assert.requirement"},
    {"R5", "setup.action.assert.defaultManualCompletion"},
    {"R5", "test.action.assert.defaultManualCompletion"},
    {"R6", "common"},
    {"R6", "testSystem"},
    {"R6", "parameter"},
    {"R6", "variable.expression", Mark::complex},
    {"R6", "setup.action.common"},
    {"R6", "test.action.common"},
    {"R6", "setup.action.assert.expression", Mark::complex},
    {"R6", "test.action.assert.expression", Mark::complex},
};

bool holds(fhir::View at, std::string_view path, Mark::Shape shape) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    for (fhir::View child : at.children()) {
        if (child.name_text() != name) continue;
        if (dot != std::string_view::npos) {
            if (holds(child, path.substr(dot + 1), shape)) return true;
        } else if (shape == Mark::any || (shape == Mark::primitive) == child.has_value()) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string other_version(fhir::View script) {
    for (const Mark& mark : marks)
        if (holds(script, mark.path, mark.shape)) {
            const char* how = mark.shape == Mark::any ? " is not of R4" : " has another shape in R4";
            return std::string("a TestScript of ") + mark.version + ": TestScript." + mark.path + how;
        }
    return {};
}

}  // namespace runner::testscript
