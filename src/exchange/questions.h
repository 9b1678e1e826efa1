// SPDX-License-Identifier: Apache-2.0
#pragma once

// Questions of other systems, answered from the store: a search like any other, under the channel's plan. Records that were
// merged are not told: the one that was kept has their numbers.

#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "mapping/question.h"

namespace exchange {

inline constexpr int most_hits = 500;  // of one question, its continuations together

// Faults of the search, and too_costly for a continuation beyond `most_hits`.
base::Result<mapping::Found> find(const mapping::Question& question, const permission::Held& plan, const interaction::Context& context);

}  // namespace exchange
