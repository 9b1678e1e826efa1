// SPDX-License-Identifier: Apache-2.0
#include "exchange/committer.h"

#include "interaction/dispatch.h"
#include "mapping/bundle.h"

namespace exchange {

base::Result<void> Committer::commit(const mapping::Translation& translation, const store::Work& with_commit) {
    interaction::Request request;
    request.plan = permission::unlimited();
    request.verb = interaction::Verb::batch;
    request.wanted = interaction::Request::Return::minimal;
    request.with_commit = with_commit;
    auto& parts = request.parts.emplace();
    for (const mapping::Entry& entry : translation.entries) {
        interaction::Part& part = parts.emplace_back(interaction::Part{entry.type, entry.id, entry.resource.root(), {}});
        if (entry.mode == mapping::Entry::Mode::merge)
            part.over = [&entry](fhir::View stored) { return mapping::laid_over(stored, entry); };
    }
    TRY(interaction::dispatch(request, context_));
    return {};
}

}  // namespace exchange
