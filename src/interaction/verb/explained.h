// SPDX-License-Identifier: Apache-2.0
#pragma once

// _explain=true: how a search would be run, instead of its answer. A Parameters resource with a `step` for each step (parts `text`
// and `rows`, the rows that it is estimated to touch) and the `statement`, without values of the question.

#include "interaction/call/context.h"
#include "store/repository.h"

#include <string>

namespace interaction {

std::string explained(const store::Explanation& explanation, const Context& context);

}  // namespace interaction
