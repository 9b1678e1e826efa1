// SPDX-License-Identifier: Apache-2.0
#include "server/http/route.h"

#include "base/id.h"
#include "base/text.h"
#include "fhir/resource/reference.h"
#include "fhir/search/parse.h"

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

struct Choice {
    Method method;
    Verb verb;
};

// Picks the verb of `method`, or says which methods there are.
base::Result<void> choose(Request& request, Method method, std::initializer_list<Choice> choices, const char* allowed) {
    if (method == Method::head) method = Method::get;
    for (const Choice& choice : choices) {
        if (choice.method != method) continue;
        request.verb = choice.verb;
        return {};
    }
    return wrong_method(allowed);
}

bool names_operation(std::string_view segment) { return segment.size() > 1 && segment.front() == '$'; }

base::Result<void> name_operation(Request& request, Method method, std::string_view name) {
    request.operation = name.substr(1);
    return choose(request, method, {{Method::get, Verb::operation}, {Method::post, Verb::operation}}, "GET, POST");
}

base::Result<void> at_system(Request& request, Method method, const Segments& path) {
    if (path.empty())
        return choose(request, method, {{Method::get, Verb::search}, {Method::post, Verb::batch}}, "GET, POST");
    if (path[0] == "metadata") return choose(request, method, {{Method::get, Verb::capabilities}}, "GET");
    if (path[0] == "_history") return choose(request, method, {{Method::get, Verb::history}}, "GET");
    if (path[0] == "_search") return choose(request, method, {{Method::post, Verb::search}}, "POST");
    if (names_operation(path[0])) return name_operation(request, method, path[0]);
    return no_such_path();
}

base::Result<void> at_type(Request& request, Method method, const Segments& path) {
    if (path.size() == 1)
        return choose(request, method,
                      {{Method::get, Verb::search}, {Method::post, Verb::create}, {Method::put, Verb::update},
                       {Method::remove, Verb::remove}, {Method::patch, Verb::patch}},
                      "GET, POST, PUT, PATCH, DELETE");
    if (path[1] == "_history") return choose(request, method, {{Method::get, Verb::history}}, "GET");
    if (path[1] == "_search") return choose(request, method, {{Method::post, Verb::search}}, "POST");
    return names_operation(path[1]) ? name_operation(request, method, path[1]) : no_such_path();
}

base::Result<void> at_instance(Request& request, Method method, const Segments& path) {
    request.id = path[1];
    if (!base::valid_id(request.id))
        return Fault{.kind = Fault::Kind::malformed, .text = "an id has 1 to 64 letters, digits, - and .",
                     .type = base::IssueType::value};
    if (path.size() == 2)
        return choose(request, method,
                      {{Method::get, Verb::read}, {Method::put, Verb::update}, {Method::remove, Verb::remove},
                       {Method::patch, Verb::patch}},
                      "GET, PUT, PATCH, DELETE");
    if (names_operation(path[2]) && path.size() == 3) return name_operation(request, method, path[2]);
    if (path[2] != "_history" || path.size() > 4) return no_such_path();
    if (path.size() == 3) return choose(request, method, {{Method::get, Verb::history}}, "GET");
    request.version = path[3];
    return choose(request, method, {{Method::get, Verb::vread}}, "GET");
}

}  // namespace

base::Result<Request> route(Method method, std::string_view target, std::string_view root, std::string_view form) {
    const auto [path, query] = base::cut(target, '?');
    TRY(const Segments segments, segments_below(path, root));
    Request request;
    TRY(add_parameters(query, request));
    if (segments.empty() || !looks_like_type(segments[0])) {
        if (segments.size() > 1) return no_such_path();
        TRY(at_system(request, method, segments));
    } else {
        request.type = segments[0];
        const bool type_level = segments.size() == 1 || (segments.size() == 2 && (segments[1].front() == '$' || segments[1].front() == '_'));
        TRY(type_level ? at_type(request, method, segments) : at_instance(request, method, segments));
    }
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
