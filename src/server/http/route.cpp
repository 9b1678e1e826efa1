// SPDX-License-Identifier: Apache-2.0
#include "server/http/route.h"

#include "base/id.h"
#include "base/text.h"
#include "fhir/resource/reference.h"
#include "fhir/search/parse.h"
#include "interaction/call/address.h"

#include <algorithm>

namespace server::http {

namespace {

using base::Fault;
using interaction::Request;
using interaction::Verb;
using fhir::resource::looks_like_type;
using Pairs = decltype(Request::parameters);

using Segments = std::vector<std::string>;

Fault no_such_path() { return {Fault::Kind::missing, "there is nothing at this path; see [base]/metadata for what there is"}; }

Fault wrong_method(const char* allowed) {
    Fault fault{Fault::Kind::unsupported, std::string("this path knows only ") + allowed, allowed};
    fault.type = base::IssueType::processing;
    return fault;
}

Fault broken_escape() { return {Fault::Kind::malformed, "a percent-escape in the URL is cut off, not hexadecimal, or NUL"}; }
Fault not_utf8() { return {Fault::Kind::malformed, "the URL is not UTF-8"}; }

base::Result<std::string> decoded(std::string_view text) {
    auto plain = base::percent_decode(text, false);
    if (!plain) return broken_escape();
    if (!base::valid_utf8(*plain)) return not_utf8();
    return *std::move(plain);
}

base::Result<void> add_parameters(std::string_view query, Request& request) {
    if (query.empty()) return {};
    auto pairs = fhir::search::read_query_string(query);
    if (!pairs) return broken_escape();
    for (auto& [name, value] : *pairs) {
        if (!base::valid_utf8(name) || !base::valid_utf8(value)) return not_utf8();
        Pairs& kept = name == "_format" || name == "_pretty" ? request.presentation : request.parameters;
        kept.emplace_back(std::move(name), std::move(value));
    }
    return {};
}

base::Result<Segments> segments_below(std::string_view path, std::string_view root) {
    if (!path.starts_with(root)) return no_such_path();
    path.remove_prefix(root.size());
    Segments segments;
    if (path.empty() || path == "/") return segments;
    if (path.front() != '/') return no_such_path();
    path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    for (std::string_view part : base::split(path, '/')) {
        TRY(std::string segment, decoded(part));
        // A slash that was hidden in an escape must not become a path, nor dots a way up.
        if (segment.empty() || segment == "." || segment == ".." || segment.find('/') != std::string::npos)
            return no_such_path();
        if (std::any_of(segment.begin(), segment.end(), [](char c) { return static_cast<unsigned char>(c) < 0x21 || c == 0x7F; }))
            return Fault{Fault::Kind::malformed, "the path holds a control character or a space"};
        segments.push_back(std::move(segment));
    }
    return segments;
}

}  // namespace

base::Result<Request> route(Method method, std::string_view target, std::string_view root, std::string_view form) {
    const auto [path, query] = base::cut(target, '?');
    TRY(const Segments segments, segments_below(path, root));
    Request request;
    TRY(add_parameters(query, request));
    TRY(const auto place, interaction::read_path(segments, request));
    const auto verb = interaction::verb_at(place, spelling(method));
    if (!verb) return wrong_method(interaction::methods_at(place));
    request.verb = *verb;
    request.safe = method == Method::get || method == Method::head;
    if (request.verb == Verb::search) TRY(add_parameters(form, request));
    return request;
}

bool is_plain_read(Method method, std::string_view target, std::string_view root, Request& request) {
    if ((method != Method::get && method != Method::head) || !target.starts_with(root)) return false;
    target.remove_prefix(root.size());
    if (!target.starts_with('/')) return false;
    const auto [type, id] = base::cut(target.substr(1), '/');
    if (!looks_like_type(type) || !base::valid_id(id) || id == "." || id == "..") return false;
    request.verb = Verb::read;
    request.type = type;
    request.id = id;
    return true;
}

bool is_form(Method method, std::string_view target) {
    return method == Method::post && base::cut(target, '?').first.ends_with("/_search");
}

}  // namespace server::http
