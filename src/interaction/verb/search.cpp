// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/search.h"

#include "base/id.h"
#include "fhir/resource/bundle.h"
#include "fhir/resource/outcome.h"
#include "interaction/call/url.h"
#include "interaction/verb/contained.h"
#include "interaction/verb/cursor.h"
#include "interaction/verb/distance.h"
#include "interaction/verb/explained.h"
#include "interaction/verb/included.h"
#include "interaction/verb/narrow.h"
#include "interaction/verb/question.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace interaction {
namespace {

using base::Fault;
using fhir::search::Contained;
using fhir::search::Query;
using fhir::search::Summary;
using fhir::search::Total;

fhir::resource::Trim trim_of(const Query& query) {
    using Extent = fhir::resource::Trim::Extent;
    Extent extent = Extent::all;
    if (query.summary == Summary::yes) extent = Extent::summary;
    if (query.summary == Summary::text) extent = Extent::text;
    if (query.summary == Summary::data) extent = Extent::data;
    return {extent, query.elements};
}

// The question as it was understood: the self link without its page.
std::string question(const Request& request, const Query& query) {
    std::string url = request.base + search_path(request);
    char before = '?';
    for (const auto& [name, value] : query.used) {
        url += before;
        url += name + "=" + value;
        before = '&';
    }
    if (!request.presentation.empty()) url += before + write_query(request.presentation);
    return url;
}

base::Result<void> write_entries(fhir::resource::BundleText& bundle, const std::vector<store::Version>& versions, std::string_view mode,
                                 const Request& request, const Query& query, const Context& context) {
    auto trim = trim_of(query);
    // Names of elements are about the matches, unless they are written with a type ("Patient.gender").
    const bool typed = std::any_of(query.elements.begin(), query.elements.end(), [](const std::string& one) { return one.find('.') != std::string::npos; });
    if (mode != "match" && !typed) trim.elements.clear();
    for (const store::Version& version : versions) {
        TRY(auto body, shown(version, trim, context));
        bundle.entry({.full_url = request.base + "/" + version.type + "/" + version.id,
                      .resource = std::move(body),
                      .search_mode = mode,
                      .distance_km = mode == "match" ? distance_of(version, query, context) : std::nullopt});
    }
    return {};
}

}  // namespace

base::Result<Response> search(const Request& request, store::Snapshot& snapshot, const Context& context) {
    Pairs parameters;
    std::string token;
    for (const auto& pair : request.parameters) {
        if (pair.first == "_page") token = pair.second;
        else parameters.push_back(pair);
    }
    TRY(Query query, read_question(request.type, parameters, request.lenient, request.base, context, &snapshot, request.plan.get()));
    TRY(const auto narrowed, narrow(request, query, context));
    const fhir::search::Reach& reach = narrowed ? *narrowed : request.plan->search;
    if (query.explain) {
        // The engine's estimates count what is out of reach too.
        if (!request.plan->search.all() && !request.plan->administers)
            return Fault{Fault::Kind::denied, "_explain tells of all that is stored; it is for who may see all of it.", "_explain"};
        TRY(const auto explanation, snapshot.explain(query, reach));
        Response response;
        response.content.emplace_back(explained(explanation, context));
        return response;
    }

    const bool only_total = query.summary == Summary::count || query.count == 0;
    if (only_total || query.total == Total::estimate) query.total = Total::accurate;
    store::Window window;
    window.count = only_total ? 0 : query.count;
    const std::string first = question(request, query);
    const std::string binding = binding_of(request, std::string_view(first).substr(request.base.size()));
    std::optional<std::int64_t> total;
    if (!token.empty()) {
        TRY(const Cursor cursor, open_cursor(token, binding, context.rules.cursor_key));
        window.after = cursor.after;
        window.as_of = cursor.as_of;
        window.backwards = cursor.backwards;
        total = cursor.total;
        if (!only_total) query.total = Total::none;  // counted for the first page
        // The last page holds what is left over, so that the pages before it are those that one passes on the way forward.
        if (cursor.backwards && cursor.after.empty() && total && *total % query.count != 0)
            window.count = static_cast<int>(*total % query.count);
    }
    store::Page page;
    if (query.contained == Contained::no) {
        TRY(page, snapshot.search(query, reach, window));
        TRY(drop_unseen(page.entries, *request.plan, snapshot, context));
        if (may_find_closed(*request.plan, request.type)) page.total.reset();  // it counts what is closed
    } else {
        TRY(page, find_contained(query, snapshot, reach, *request.plan, window, context));
    }
    if (!total) total = page.total;

    const auto page_at = [&](const std::string& after, bool backwards) {
        return page_url(first, seal({after, page.as_of, backwards, total}, binding, context.rules.cursor_key));
    };
    const base::Micros now = context.clock.now();
    fhir::resource::BundleText bundle("searchset", base::new_id(now), now);
    bundle.link("self", token.empty() ? first : page_url(first, token));
    if (!only_total && (!token.empty() || !page.next.empty())) {
        bundle.link("first", first);
        if (!token.empty() && !page.previous.empty()) bundle.link("previous", page_at(page.previous, true));
        if (!page.next.empty()) bundle.link("next", page_at(page.next, false));
        if (total && *total > 0) bundle.link("last", page_at("", true));
    }
    if (total) bundle.total(*total);

    base::Findings findings = query.findings;
    if (!only_total) {
        TRY(write_entries(bundle, page.entries, "match", request, query, context));
        TRY(const Included further, included(query, page.entries, snapshot, *request.plan, context));
        TRY(write_entries(bundle, further.entries, "include", request, query, context));
        if (further.cut_short)
            findings.push_back({base::Severity::warning, base::IssueType::too_costly, "_include",
                                "This page brings along " + std::to_string(context.rules.most_includes) +
                                    " resources, and there are more; a smaller _count or fewer includes show all of them."});
    }
    if (!findings.empty()) {
        bundle.entry({.resource = std::make_shared<const std::string>(fhir::resource::outcome_json(findings, context.schema.names())),
                      .search_mode = "outcome"});
    }
    Response response;
    response.content = std::move(bundle).finish();
    return response;
}

}  // namespace interaction
