// SPDX-License-Identifier: Apache-2.0
#pragma once

// A Case as a TestReport resource (FHIR R4 22.11).

#include "fhir/tree/document.h"
#include "runner/knowledge.h"
#include "runner/outcome.h"

namespace runner::report {

// result: pass (warnings included), fail (errors included), or pending when nothing was tried. score: passed tests in a hundred of those
// that were tried; absent when there are none. A step beyond this program is `skip` and says so. testScript is a reference when the Case
// has one, else what it came from as display.
fhir::Document test_report(const Run& run, const Case& one, const Knowledge& knowledge);

}  // namespace runner::report
