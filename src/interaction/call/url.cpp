// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/url.h"

#include "base/text.h"
#include "fhir/search/parse.h"
#include "interaction/call/address.h"

namespace interaction {
namespace {

using base::Fault;

Fault malformed(std::string text) { return {Fault::Kind::malformed, std::move(text), "", base::IssueType::value}; }

}  // namespace

base::Result<Pairs> read_query(std::string_view query) {
    auto pairs = fhir::search::read_query_string(query);
    if (!pairs) return malformed("A percent-escape in the query is broken.");
    for (const auto& [name, value] : *pairs)
        if (!base::valid_utf8(name) || !base::valid_utf8(value)) return malformed("The query is not UTF-8.");
    return *std::move(pairs);
}

std::string write_query(const Pairs& parameters) {
    std::string text;
    for (const auto& [name, value] : parameters) {
        if (!text.empty()) text += '&';
        text += base::percent_encode(name) + "=" + base::percent_encode(value);
    }
    return text;
}

base::Result<void> read_url(std::string_view method, std::string_view url, Request& request) {
    if (url.starts_with("http://") || url.starts_with("https://")) {
        if (request.base.empty() || !url.starts_with(request.base)) return malformed("The url is not one of this server.");
        url.remove_prefix(request.base.size());
    }
    if (url.starts_with('/')) url.remove_prefix(1);
    const auto [path, query] = base::cut(url, '?');
    std::vector<std::string> segments;
    if (!path.empty())
        for (const std::string_view segment : base::split(path, '/')) segments.emplace_back(segment);
    for (const std::string& segment : segments)
        if (segment.empty()) return malformed("The url has two slashes side by side, or one at its end.");
    auto place = read_path(segments, request);
    if (!place) return malformed("The url is none of FHIR's: expected [type], [type]/[id], [type]?[criteria] or the like.");
    TRY(request.parameters, read_query(query));

    const auto verb = verb_at(*place, method);
    if (!verb) return malformed("The method " + std::string(method) + " does not go with this url; " + methods_at(*place) + " does.");
    if (*verb == Verb::create && !query.empty()) return malformed("POST goes to a resource type, [type]/_search or an operation.");
    if (*verb == Verb::batch) return malformed("A batch or transaction inside another is not possible.");
    if (*verb == Verb::forget) return malformed("History is deleted by a request of its own.");
    request.verb = *verb;
    request.safe = method == "GET" || method == "HEAD";
    return {};
}

}  // namespace interaction
