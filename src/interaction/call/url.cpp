// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/url.h"

#include "base/id.h"
#include "base/text.h"
#include "fhir/resource/bundle_reference.h"
#include "fhir/search/parse.h"

namespace interaction {
namespace {

using base::Fault;

Fault malformed(std::string text) { return {Fault::Kind::malformed, std::move(text), "", base::IssueType::value}; }

// What the path alone says; `get` is the verb that GET would be.
base::Result<Verb> read_path(std::string_view path, Request& request) {
    std::vector<std::string_view> parts;
    if (!path.empty()) parts = base::split(path, '/');
    if (parts.empty()) return Verb::search;
    if (parts.size() == 1 && parts[0] == "metadata") return Verb::capabilities;
    std::size_t next = 0;
    if (fhir::resource::looks_like_type(parts[0])) request.type = parts[next++];
    if (!request.type.empty() && next < parts.size() && base::valid_id(parts[next])) request.id = parts[next++];
    if (next == parts.size()) return request.id.empty() ? Verb::search : Verb::read;
    if (parts[next].size() > 1 && parts[next].front() == '$' && next + 1 == parts.size()) {
        request.operation = parts[next].substr(1);
        return Verb::operation;
    }
    if (parts[next] == "_search" && next + 1 == parts.size() && request.id.empty()) return Verb::search;
    if (parts[next] == "_history") {
        if (next + 1 == parts.size()) return Verb::history;
        if (next + 2 == parts.size() && !request.id.empty() && base::valid_id(parts[next + 1])) {
            request.version = parts[next + 1];
            return Verb::vread;
        }
    }
    return malformed("The url is none of FHIR's: expected [type], [type]/[id], [type]?[criteria] or the like.");
}

}  // namespace

base::Result<Pairs> read_query(std::string_view query) {
    auto pairs = fhir::search::read_query_string(query);
    if (!pairs) return malformed("A percent-escape in the query is broken.");
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
    TRY(const Verb got, read_path(path, request));
    TRY(request.parameters, read_query(query));

    const bool on_type = got == Verb::search && !request.type.empty() && !path.ends_with("_search");
    const bool on_instance = got == Verb::read;
    if (method == "GET" || method == "HEAD") {
        if (path.ends_with("_search")) return malformed("_search is asked with POST.");
        request.verb = got;
        return {};
    }
    if (method == "POST") {
        if (got == Verb::operation) request.verb = Verb::operation;
        else if (got == Verb::search && path.ends_with("_search")) request.verb = Verb::search;
        else if (on_type && query.empty()) request.verb = Verb::create;
        else return malformed("POST goes to a resource type, [type]/_search or an operation.");
        return {};
    }
    if (method == "PUT" || method == "PATCH" || method == "DELETE") {
        if (!on_type && !on_instance) return malformed(std::string(method) + " goes to [type]/[id] or [type]?[criteria].");
        request.verb = method == "PUT" ? Verb::update : method == "PATCH" ? Verb::patch : Verb::remove;
        return {};
    }
    return malformed("The method must be GET, HEAD, POST, PUT, PATCH or DELETE.");
}

}  // namespace interaction
