// SPDX-License-Identifier: Apache-2.0
#pragma once

// One assert of a script, judged (FHIR R4 TestScript.setup.action.assert).

#include "runner/testscript/compare.h"
#include "runner/testscript/memory.h"
#include "runner/testscript/profiles.h"

namespace runner::testscript {

struct Bar {
    const Memory& memory;
    const Judge& judge;
    Profiles& profiles;
    const std::string& base;  // of the last operation's target
};

// warningOnly is heeded: what would fail is a warning.
Judgement judge(const Assert& one, Bar& bar);

// One line: its description, or what it says in short ("response is okay").
std::string label(const Assert& one);

}  // namespace runner::testscript
