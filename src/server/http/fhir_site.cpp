// SPDX-License-Identifier: Apache-2.0
#include "server/http/fhir_site.h"

#include "base/text.h"
#include "fhir/codec/xml.h"
#include "fhir/resource/outcome.h"
#include "interaction/call/status.h"
#include "interaction/operations.h"
#include "interaction/table.h"
#include "interaction/verb/sight.h"
#include "server/http/binary.h"
#include "server/http/gzip.h"
#include "server/http/own_address.h"
#include "server/http/prefer.h"
#include "server/http/route.h"

#include <fmt/format.h>

#include <algorithm>

namespace server::http {

namespace {

using base::Fault;
using interaction::Request;
using interaction::Response;

// "http://host:1/fhir" -> "/fhir"
std::string path_of(std::string_view url) {
    const auto host = url.find("://");
    const auto path = url.find('/', host == std::string_view::npos ? 0 : host + 3);
    if (path == std::string_view::npos) return {};
    url.remove_prefix(path);
    while (url.ends_with('/')) url.remove_suffix(1);
    return std::string(url);
}

// The answer's representation must be settled before anything is done: nobody shall learn from a 406 that a write happened.
Presentation plain_json() { return {}; }

// The body as it was before it was packed; `unpacked` holds it then.
base::Result<std::string_view> plain_body(const Call& call, std::uint64_t most, std::string& unpacked) {
    switch (content_coding(call.joined("Content-Encoding"))) {
        case Coding::identity: break;
        case Coding::gzip: {
            TRY(unpacked, gunzip(call.body, most));
            return std::string_view(unpacked);
        }
        case Coding::unsupported:
            return Fault{.kind = Fault::Kind::unsupported, .text = "send the body as it is, or with gzip once", .where = "415"};
    }
    return call.body;
}

base::Micros read_http_date(std::string_view text) {
    // IMF-fixdate only (RFC 9110 5.6.7); what is not one is ignored, as the RFC asks.
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || !text.ends_with(" GMT")) return 0;
    const auto month = months.find(text.substr(8, 3));
    const auto number = [&](std::size_t at, std::size_t size) { return base::to_integer(text.substr(at, size)); };
    const auto day = number(5, 2), year = number(12, 4), hour = number(17, 2), minute = number(20, 2), second = number(23, 2);
    if (month == std::string_view::npos || month % 3 != 0 || !day || !year || !hour || !minute || !second) return 0;
    if (*year < 1 || *day < 1 || *day > 31) return 0;
    const auto days = base::days_from_civil(static_cast<int>(*year), static_cast<int>(month / 3 + 1), static_cast<int>(*day));
    return (days * 86'400 + *hour * 3'600 + *minute * 60 + *second) * 1'000'000;
}

// What is no patch is a resource in a format.
base::Result<SentPatch> whole(base::Result<Format> format) {
    if (!format) return std::move(format).fault();
    return SentPatch{.format = *format};
}

bool request_id_is_fine(std::string_view id) {
    return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
}

}  // namespace

FhirSite::FhirSite(const interaction::Context& context, FhirRules rules)
    : context_(context), rules_(std::move(rules)), root_(path_of(rules_.base_url)), documents_(context.clock),
      jobs_(context.clock, rules_.jobs) {
    while (rules_.base_url.ends_with('/')) rules_.base_url.pop_back();
}

std::uint64_t FhirSite::body_limit(const Head& head) const {
    if (head.method == Method::get || head.method == Method::head || head.method == Method::options) return 0;
    std::string_view path = head.path.substr(0, head.path.find('?'));
    while (path.ends_with('/')) path.remove_suffix(1);
    const bool large = path == root_ || path.find("/$") != std::string_view::npos;  // operations look at bundles too
    return head.method == Method::post && large ? rules_.most_bundle : rules_.most_body;
}

bool FhirSite::quick(const Call& call) const {
    if (call.method != Method::get && call.method != Method::head) return call.method == Method::options;
    // Type/id without a query and in the stored format: one row, no parsing.
    const std::string_view path = call.path();
    return call.query().empty() && path.size() > root_.size() + 1 && std::count(path.begin() + static_cast<std::ptrdiff_t>(root_.size()), path.end(), '/') == 2 &&
           call.field("Accept").find("xml") == std::string_view::npos && path.find('$') == std::string_view::npos &&
           !is_binary_read(call, root_) &&  // its content is unpacked
           path.find("/_", root_.size()) == std::string_view::npos &&
           // A narrow plan asks of each resource what is in it.
           interaction::sees_all(*plan_of(call), base::cut(path.substr(root_.size() + 1), '/').first);
}

// Loopback only; see app/wiring.cpp.
const permission::Held& FhirSite::plan_of(const Call&) const { return permission::unlimited(); }

// A search by POST brings its parameters in the body.
base::Result<std::string> FhirSite::form_of(const Call& call) const {
    if (!is_form(call.method, call.target) || call.body.empty()) return std::string();
    if (!base::equal_ignoring_case(base::trim(base::cut(call.field("Content-Type"), ';').first), "application/x-www-form-urlencoded"))
        return Fault{.kind = Fault::Kind::unsupported, .text = "POST _search takes application/x-www-form-urlencoded", .where = "415"};
    std::string unpacked;
    TRY(const std::string_view body, plain_body(call, rules_.most_body, unpacked));
    return std::string(body);
}

base::Result<std::size_t> FhirSite::decode(const Call& call, std::string_view form, Request& request) const {
    if (!is_plain_read(call.method, call.target, root_, request)) {
        const auto plan = std::move(request.plan);
        const std::string base = std::move(request.base);
        TRY(request, route(call.method, call.target, root_, form));
        request.plan = plan;
        request.base = base;
        TRY(interaction::admit(request, context_));  // before the body: what is not supported has no format either
    }
    request.if_match = call.joined("If-Match");
    request.if_none_match = call.joined("If-None-Match");
    request.if_none_exist = call.field("If-None-Exist");
    request.if_modified_since = read_http_date(call.field("If-Modified-Since"));

    using interaction::Verb;
    const bool takes_body = request.verb == Verb::create || request.verb == Verb::update || request.verb == Verb::batch ||
                            request.verb == Verb::operation || request.verb == Verb::patch;
    if (!takes_body || (call.body.empty() && request.verb == Verb::operation)) return form.size();
    const bool binary = request.type == "Binary" && (request.verb == Verb::create || request.verb == Verb::update);
    const bool text = request.verb == Verb::operation && interaction::find_operation(request.operation, request.type)->takes_text;
    auto format = request.verb == Verb::patch ? sent_patch(call.field("Content-Type")) : whole(sent(call.field("Content-Type")));
    if (!format && !binary && !text) {
        Fault fault = std::move(format).fault();
        fault.where = "415";
        return fault;
    }
    std::string unpacked;
    const bool large = request.verb == Verb::batch || request.verb == Verb::operation;
    TRY(const std::string_view body, plain_body(call, large ? rules_.most_bundle : rules_.most_body, unpacked));
    if (binary) {
        TRY(request.body, binary_of(body, call.field("Content-Type"), request.id, call.field("X-Security-Context"), context_.schema));
        return body.size();
    }
    if (text) {
        request.source = body;
        request.source_type = base::lower(base::trim(base::cut(call.field("Content-Type"), ';').first));
        return body.size();
    }
    if (format->form != fhir::patch::Format::path) {
        request.patch = format->form;
        request.source = body;
        return body.size();
    }
    auto read = format->format == Format::json ? fhir::codec::read_json(body, context_.schema.names())
                                               : fhir::codec::read_xml(body, context_.schema);
    const bool asks = request.verb == Verb::operation;
    if (!read) {
        if (!asks || !interaction::find_operation(request.operation, request.type)->answers_malformed) return std::move(read).fault();
        request.unreadable = std::move(read).fault();
        return body.size();
    }
    request.body = *std::move(read);
    if (asks) request.source = body;
    if (call.owned != nullptr) std::string().swap(*call.owned);  // a bundle takes long, and its text is in the document
    return body.size();
}

std::string FhirSite::presented(std::string json, const Presentation& presentation) const {
    if (presentation.format == Format::json && !presentation.pretty) return json;
    const auto document = fhir::codec::read_json(json, context_.schema.names(), {.depth = 256});
    if (!document) return json;  // our own text: cannot fail, and if it did, the text is the better answer
    if (presentation.format == Format::json) return fhir::codec::to_pretty_json(document->root());
    return presentation.pretty ? fhir::codec::to_pretty_xml(document->root(), context_.schema)
                               : fhir::codec::to_xml(document->root(), context_.schema);
}

Answer FhirSite::plain(int status, std::string body, const Presentation& presentation) const {
    Answer answer{.status = status};
    answer.fields.emplace_back("Content-Type", media_type(presentation.format));
    answer.body.emplace_back(presented(std::move(body), presentation));
    return answer;
}

Answer FhirSite::encode(const Fault& fault, const Presentation& presentation) const {
    int status = interaction::number(fault.kind);
    if (fault.kind == Fault::Kind::unsupported) {
        if (fault.where == "415") status = 415;
        if (fault.where == "406") status = 406;
    }
    if (fault.kind == Fault::Kind::unavailable && fault.where == "429") status = 429;
    // A path that exists, but not for this method: route.h puts the methods into `where`.
    const bool wrong_method = fault.kind == Fault::Kind::unsupported && fault.type == base::IssueType::processing;
    if (wrong_method) status = 405;
    Fault told = fault;
    if (wrong_method || told.where == "415" || told.where == "406" || told.where == "429") told.where.clear();
    Answer answer = plain(status, fhir::resource::outcome_json(told, context_.schema.names()), presentation);
    if (wrong_method) answer.fields.emplace_back("Allow", fault.where);
    if (status == 503 || status == 429) answer.fields.emplace_back("Retry-After", "1");
    return answer;
}

Answer FhirSite::encode(Response response, const std::string& base, const Presentation& presentation) const {
    Answer answer{.status = response.failed ? interaction::number(*response.failed) : interaction::number(response.status)};
    if (!response.media_type.empty()) {  // no resource: there is nothing to present
        answer.fields.emplace_back("Content-Type", response.media_type);
        answer.body = std::move(response.content);
    } else if (!response.content.empty()) {
        answer.fields.emplace_back("Content-Type", media_type(presentation.format));
        if (presentation.format == Format::json && !presentation.pretty) {
            answer.body = std::move(response.content);
        } else {
            answer.body.emplace_back(presented(response.text(), presentation));
        }
    }
    if (response.version != 0) answer.fields.emplace_back("ETag", "W/\"" + std::to_string(response.version) + '"');
    else if (!response.tag.empty()) answer.fields.emplace_back("ETag", "W/\"" + response.tag + '"');
    if (response.last_updated != 0) answer.fields.emplace_back("Last-Modified", base::http_date(response.last_updated));
    if (response.located && response.version != 0)
        answer.fields.emplace_back("Location", fmt::format("{}/{}/{}/_history/{}", base, response.type, response.id, response.version));
    return answer;
}

// Cross-origin requests are for the origins of the configuration; what servers can do is for everybody to see.
void FhirSite::share(const Call& call, Answer& answer) const {
    const std::string_view origin = call.field("Origin");
    if (origin.empty()) return;
    const bool open = call.path() == root_ + "/metadata";
    const bool listed = std::any_of(rules_.cors_origins.begin(), rules_.cors_origins.end(),
                                    [&](const std::string& allowed) { return allowed == "*" || allowed == origin; });
    if (!open && !listed) return;
    answer.fields.emplace_back("Access-Control-Allow-Origin", open ? "*" : origin);
    answer.fields.emplace_back("Access-Control-Expose-Headers",
                               "Content-Disposition, Content-Location, ETag, Expires, Last-Modified, Location, Preference-Applied, Retry-After, X-Progress, "
                               "X-Request-Id, X-Security-Context");
    answer.fields.emplace_back("Vary", "Origin");
    if (call.method != Method::options) return;
    answer.fields.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    answer.fields.emplace_back("Access-Control-Allow-Headers",
                               "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer, X-Request-Id, "
                               "X-Security-Context");
    answer.fields.emplace_back("Access-Control-Max-Age", "600");
}

Answer FhirSite::preflight() const {
    Answer answer{.status = 204};
    answer.fields.emplace_back("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    answer.fields.emplace_back("Accept-Patch", accept_patch());
    return answer;
}

// Packing costs many times what sending a small answer does: only what is large, and on an I/O thread only what is not huge.
void FhirSite::pack(const Call& call, Answer& answer) const {
    constexpr std::size_t most_on_io = 64 * 1024;
    constexpr std::size_t most = 32 * 1024 * 1024;  // packing puts the pieces together: what is very large goes out as it lies there
    const std::size_t size = answer.size();
    if (!answer.packable || size < worth_packing || size > most || (size > most_on_io && quick(call)) ||
        !accepts_gzip(call.joined("Accept-Encoding")))
        return;
    std::string whole;
    whole.reserve(size);
    for (const interaction::Piece& piece : answer.body) whole += interaction::text_of(piece);
    answer.body.clear();
    answer.body.emplace_back(gzip(whole));
    answer.fields.emplace_back("Content-Encoding", "gzip");
    answer.fields.emplace_back("Vary", "Accept-Encoding");
}

Answer FhirSite::told(const Call& call) {
    const auto form = form_of(call);
    if (!form) {
        const auto shape = wanted(call.query(), call.joined("Accept"));
        return encode(form.fault(), shape ? *shape : plain_json());
    }
    const std::string query = std::string(call.query()) + (form->empty() ? "" : "&") + *form;  // both may say _format (FHIR R4 3.1.0.8)
    const auto presentation = wanted(query, call.joined("Accept"));
    // A Binary can be had in its own type, which Accept may name.
    const bool by_content = is_binary_read(call, root_) && !names_format(query);
    if (!presentation && !by_content) {
        Fault fault = presentation.fault();
        fault.where = "406";
        return encode(fault, plain_json());
    }
    Request request;
    request.plan = plan_of(call);
    request.base = public_base(call, rules_.proxies, rules_.base_url, root_);
    if (const auto name = job_name(call.path(), root_)) return job(call, *name, request, presentation ? *presentation : plain_json());
    if (call.path() == root_ + "/openapi.json") return description(call, request.base);
    const auto bytes = decode(call, *form, request);
    if (!bytes) return encode(bytes.fault(), presentation ? *presentation : plain_json());
    const Preferences preferences = read_preferences(call.joined("Prefer"));
    request.wanted = preferences.wanted;
    request.lenient = preferences.lenient;
    if (preferences.respond_async && call.method != Method::head && may_wait(request.verb)) return begun(std::move(request), *bytes + call.target.size(), *presentation);
    if (request.verb == interaction::Verb::capabilities) return metadata(std::move(request), *presentation);
    return dispatched(call, std::move(request), presentation);
}

Answer FhirSite::dispatched(const Call& call, Request request, const base::Result<Presentation>& presentation) {
    const Presentation shape = presentation ? *presentation : plain_json();
    auto response = interaction::dispatch(request, context_);
    if (!response) return encode(response.fault(), shape);
    if (!is_binary_read(call, root_) || names_format(call.query()) || response->content.empty() || !request.parameters.empty())
        return encode(*std::move(response), request.base, shape);
    auto content = content_of(response->text(), context_.schema);
    if (!content || !wants_bytes(call.joined("Accept"), content->type)) {
        if (presentation) return encode(*std::move(response), request.base, shape);
        Fault fault = presentation.fault();
        fault.where = "406";
        return encode(fault, shape);
    }
    response->content.clear();
    Answer answer = encode(*std::move(response), request.base, shape);
    put_content(*std::move(content), answer);
    return answer;
}

Answer FhirSite::answer(const Call& call) {
    Answer answer = call.method == Method::options ? preflight() : told(call);
    if (answer.status == 415 && call.method == Method::patch) answer.fields.emplace_back("Accept-Patch", accept_patch());
    // Patient data: no shared cache may keep it, no browser may guess another type for it.
    answer.fields.emplace_back("Cache-Control", "no-store");
    answer.fields.emplace_back("X-Content-Type-Options", "nosniff");
    if (const std::string_view id = call.field("X-Request-Id"); request_id_is_fine(id))
        answer.fields.emplace_back("X-Request-Id", id);
    share(call, answer);
    pack(call, answer);
    return answer;
}

Answer FhirSite::refusal(int status, std::string_view reason) const {
    Fault fault{Fault::Kind::malformed, std::string(reason)};
    if (status == 413 || status == 414 || status == 431) fault.type = base::IssueType::too_long;
    if (status == 408) fault.type = base::IssueType::timeout;
    if (status == 501 || status == 505 || status == 405) fault.type = base::IssueType::not_supported;
    if (status == 503) fault.type = base::IssueType::throttled;
    if (status == 500) fault.type = base::IssueType::exception;
    Answer answer = plain(status, fhir::resource::outcome_json(fault, context_.schema.names()), plain_json());
    if (status == 503) answer.fields.emplace_back("Retry-After", "1");
    return answer;
}

}  // namespace server::http
