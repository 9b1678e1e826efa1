// SPDX-License-Identifier: Apache-2.0
#pragma once

// TestScript's operators (FHIR R4 assert-operator-codes), between what was found and what was wanted, both as text.

#include "runner/outcome.h"

#include <string>
#include <string_view>
#include <vector>

namespace runner::testscript {

struct Judgement {
    Verdict verdict = Verdict::pass;
    std::string message{};
};

// `found` may be several values (a path that selects several): equals, in, contains, greaterThan and lessThan are met when one of them meets
// it; notEquals, notIn and notContains when none of them is, is among or contains what was wanted. Several wanted values (a comparison with
// another source): equals wants the same values on both sides, in any order. "in" and "notIn" take a list with commas.
// Numbers are compared as numbers when both sides are some (007 is none), dates and times as the spans of time that they name. No value that could be greater or less is an error.
Judgement compare(const std::vector<std::string>& found, std::string_view relation, const std::vector<std::string>& wanted);

// "'a', 'b' and 3 more", shortened for a message.
std::string quoted(const std::vector<std::string>& values);

}  // namespace runner::testscript
