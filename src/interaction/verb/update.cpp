// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/update.h"

#include "interaction/verb/write.h"

namespace interaction {

base::Result<Response> update(const Request& request, const Context& context) {
    const fhir::View body = request.body ? request.body->root() : fhir::View{};
    TRY(const Write write, prepare(request, body, context));
    return commit(write, request, context);
}

}  // namespace interaction
