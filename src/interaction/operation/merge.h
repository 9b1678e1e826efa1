// SPDX-License-Identifier: Apache-2.0
#pragma once

// Patient/$merge (FHIR R5 Patient-merge, on R4) and Patient/$unmerge: joining.h for whoever asks over REST, in one transaction
// and under the asker's plan: who may not write one of the resources that refer to the patient merges nothing.
//
// $merge    source-patient or source-patient-identifier (all of them must name the same one), likewise the target; result-patient, as
//           the target shall be; preview. Answers Parameters: input, outcome, result.
// $unmerge  the same, without result-patient; the target may be left out. On Patient/[id] that is the source.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> merge(const Request& request, const Context& context);
base::Result<Response> unmerge(const Request& request, const Context& context);

}  // namespace interaction
