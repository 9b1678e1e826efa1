// SPDX-License-Identifier: Apache-2.0
#include "exchange/questions.h"

#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"
#include "interaction/dispatch.h"
#include "interaction/operation/joining.h"

#include <algorithm>

namespace exchange {

using base::Fault;
using namespace fhir::literals;

base::Result<mapping::Found> find(const mapping::Question& question, const permission::Held& plan, const interaction::Context& context) {
    if (question.from < 0 || question.from >= most_hits)
        return Fault{Fault::Kind::too_costly, "A question is continued up to " + std::to_string(most_hits) + " records; ask a narrower one.", "DSC-1"};
    const int count = std::min(question.count, most_hits - question.from);
    interaction::Request request;
    request.plan = plan;
    request.verb = interaction::Verb::search;
    request.type = question.type;
    request.parameters = question.criteria;
    // Merged records count for the store and not here: a few more are asked for than are told.
    request.parameters.emplace_back("_count", std::to_string(std::min(most_hits * 2, 2 * (question.from + count) + 1)));
    TRY(const auto response, interaction::dispatch(request, context));
    TRY(const fhir::Document bundle, fhir::codec::read_json(response.text(), context.schema.names()));
    mapping::Found found;
    int place = 0;
    for (const fhir::View entry : bundle.root().children("entry"_name)) {
        const fhir::View resource = entry.child("resource"_name);
        if (resource.resource_type() != question.type || !interaction::replacement_of(resource).id.empty()) continue;
        if (place >= question.from && place < question.from + count) {
            fhir::Builder build(context.schema.names());
            build.resource(resource.resource_type());
            build.copy_children(resource);
            found.hits.push_back(std::move(build).finish());
        }
        ++place;
    }
    const auto links = bundle.root().children("link"_name);
    const bool whole = std::none_of(links.begin(), links.end(), [](fhir::View link) { return link.child("relation").text() == "next"; });
    found.more = place > question.from + count || !whole;
    if (whole) found.total = place;
    return found;
}

}  // namespace exchange
