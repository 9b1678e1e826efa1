// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/remove.h"

#include "interaction/verb/write.h"

namespace interaction {

// Deleting twice, or what never was, answers 204 too: the standard asks for the same answer when "the resource does not
// exist at all" (FHIR R4 3.1.0.7), and a repeated delete after a lost answer is no error.
base::Result<Response> remove(const Request& request, const Context& context) {
    TRY(const Write write, prepare(request, {}, context));
    return commit(write, request, context);
}

}  // namespace interaction
