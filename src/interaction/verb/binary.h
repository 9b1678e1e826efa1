// SPDX-License-Identifier: Apache-2.0
#pragma once

// Binary.securityContext (FHIR R4 2.34.3): the resource whose protection a Binary shares. Who cannot see that resource does not
// see the Binary. Costs nothing where the asker sees everything, else the parsing of the Binary and a read.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"

namespace interaction {

// False when `version` is a Binary whose securityContext is out of the reach of plan.read: because the resource it names is, or
// is not there, or because it names none that can be looked up here. True for everything else.
base::Result<bool> is_open(const store::Version& version, const permission::Plan& plan, store::Snapshot& snapshot,
                           const Context& context);

}  // namespace interaction
