// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/search.h"

#include "base/id.h"
#include "fhir/resource/bundle.h"
#include "fhir/resource/outcome.h"
#include "interaction/call/url.h"
#include "interaction/verb/cursor.h"
#include "interaction/verb/narrow.h"
#include "interaction/verb/question.h"
#include "interaction/verb/shown.h"

#include <memory>
#include <optional>

namespace interaction {
namespace {

using fhir::search::Query;
using fhir::search::Summary;

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

}  // namespace

base::Result<Response> search(const Request& request, store::Snapshot& snapshot, const Context& context) {
    Pairs parameters;
    std::string token;
    for (const auto& pair : request.parameters) {
        if (pair.first == "_page") token = pair.second;
        else parameters.push_back(pair);
    }
    TRY(Query query, read_question(request.type, parameters, request.lenient, request.base, context));
    TRY(const auto narrowed, narrow(request, query, context));
    const fhir::search::Reach& reach = narrowed ? *narrowed : request.plan->search;

    const bool only_total = query.summary == Summary::count || query.count == 0;
    if (only_total) query.total = fhir::search::Total::accurate;
    store::Window window;
    window.count = only_total ? 0 : query.count;
    const std::string first = question(request, query);
    // Not the base: a server may be known by several names.
    const std::string_view binding = std::string_view(first).substr(request.base.size());
    if (!token.empty()) {
        TRY(const Cursor cursor, open_cursor(token, binding, context.rules.cursor_key));
        window.after = cursor.after;
        window.as_of = cursor.as_of;
    }
    TRY(const store::Page page, snapshot.search(query, reach, window));

    const auto page_url = [&](const std::string& sealed) {
        return first + (first.find('?') == std::string::npos ? "?" : "&") + "_page=" + sealed;
    };
    const base::Micros now = context.clock.now();
    fhir::resource::BundleText bundle("searchset", base::new_id(now), now);
    bundle.link("self", token.empty() ? first : page_url(token));
    if (!token.empty()) bundle.link("first", first);
    if (!page.next.empty() && !only_total)
        bundle.link("next", page_url(seal({page.next, page.as_of}, binding, context.rules.cursor_key)));
    if (page.total) bundle.total(*page.total);

    const auto trim = trim_of(query);
    if (!only_total) {
        for (const store::Version& version : page.entries) {
            TRY(auto body, shown(version, trim, context));
            bundle.entry({.full_url = request.base + "/" + version.type + "/" + version.id,
                          .resource = std::move(body),
                          .search_mode = "match"});
        }
    }
    if (!query.findings.empty()) {
        bundle.entry({.resource = std::make_shared<const std::string>(
                          fhir::resource::outcome_json(query.findings, context.schema.names())),
                      .search_mode = "outcome"});
    }
    Response response;
    response.content = std::move(bundle).finish();
    return response;
}

}  // namespace interaction
