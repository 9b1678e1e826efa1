// SPDX-License-Identifier: Apache-2.0
#include "interaction/dispatch.h"

#include "interaction/operations.h"
#include "interaction/table.h"
#include "interaction/verb/batch.h"
#include "interaction/verb/capabilities.h"
#include "interaction/verb/create.h"
#include "interaction/verb/forget.h"
#include "interaction/verb/history.h"
#include "interaction/verb/patch.h"
#include "interaction/verb/read.h"
#include "interaction/verb/remove.h"
#include "interaction/verb/search.h"
#include "interaction/verb/update.h"
#include "interaction/verb/vread.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>

namespace interaction {

std::span<const Row> table() {
    static const auto rows = std::to_array<Row>({
        {Verb::read, read, read_alone, {"read"}, {}},
        {Verb::vread, vread, nullptr, {"vread"}, {}},
        {Verb::create, nullptr, create, {"create"}, {}},
        {Verb::update, nullptr, update, {"update"}, {}},
        {Verb::patch, nullptr, patch, {"patch"}, {}},
        {Verb::remove, nullptr, remove, {"delete"}, {}},
        {Verb::history, history, nullptr, {"history-instance", "history-type"}, {"history-system"}},
        {Verb::search, search, nullptr, {"search-type"}, {"search-system"}},
        {Verb::batch, nullptr, batch, {}, {"transaction", "batch"}},
        {Verb::operation, operation, operation_alone, {}, {}},
        {Verb::capabilities, nullptr, capabilities, {}, {}},
        {Verb::forget, nullptr, forget, {}, {}},
    });
    return rows;
}

const Row* find_row(Verb verb) {
    const auto rows = table();
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.verb == verb; });
    return found == rows.end() ? nullptr : &*found;
}

base::Result<void> admit(const Request& request, const Context& context) {
    using base::Fault;
    if (!request.type.empty() && !context.schema.is_resource(request.type))
        return Fault{Fault::Kind::missing, "There is no resource type '" + request.type + "' in FHIR R4.", "",
                     base::IssueType::not_supported};
    if (request.verb == Verb::operation) return admit_operation(request);
    if (find_row(request.verb) == nullptr)
        return Fault{Fault::Kind::unsupported, std::string("The interaction is not supported: ") + spelling(request.verb) + "."};
    return {};
}

namespace {

base::Result<Response> run(const Request& request, const Context& context) {
    const auto counted = [&](base::Result<Response> response) {
        if (!response && response.fault().kind == base::Fault::Kind::bug && context.bugs != nullptr) ++*context.bugs;
        return response;
    };
    if (request.plan == nullptr) return base::Fault{base::Fault::Kind::denied, "Nobody said what this request may do."};
    try {
        TRY(admit(request, context));
        const Row& row = *find_row(request.verb);
        if (row.acts != nullptr) return counted(row.acts(request, context));
        const auto snapshot = context.repository.snapshot();
        return counted(row.reads(request, *snapshot, context));
    } catch (const std::bad_alloc&) {
        return base::Fault{base::Fault::Kind::unavailable, "There is not enough memory for this now; try again in a moment."};
    } catch (const std::exception&) {
        // What it was may quote what the client sent, so it is not told.
        return counted(base::Fault{base::Fault::Kind::bug, "Something went wrong inside the server."});
    }
}

}  // namespace

std::shared_ptr<const fhir::search::Parameters> search_parameters_now(const Context& context) {
    if (context.definitions == nullptr || context.definitions->searchable() == nullptr)
        return {std::shared_ptr<const void>(), &context.parameters};  // it outlives every request
    return context.definitions->searchable()->now();
}

// A request keeps the search parameters that hold at its begin.
base::Result<Response> dispatch(const Request& request, const Context& context) {
    const auto parameters = search_parameters_now(context);
    return run(request, context.with(*parameters));
}

}  // namespace interaction
