// SPDX-License-Identifier: Apache-2.0
#include "server/http/own_address.h"

#include "base/crypto.h"
#include "base/id.h"
#include "base/text.h"
#include "fhir/resource/bundle.h"
#include "fhir/resource/outcome.h"
#include "interaction/call/enclosed.h"
#include "interaction/call/etag.h"
#include "interaction/call/status.h"
#include "interaction/call/url.h"
#include "server/http/fhir_site.h"
#include "server/http/openapi.h"

#include <fmt/format.h>

#include <algorithm>

namespace server::http {

namespace {

using base::Fault;
using interaction::Request;
using interaction::Response;
using interaction::Verb;
using Stage = Jobs::Look::Stage;

// What came of an asynchronous request: a Bundle of type batch-response with one entry, or the Bundle that answers a batch or
// transaction itself.
Response result_of(const Request& request, const interaction::Context& context) {
    auto made = interaction::dispatch(request, context);
    if (made && request.verb == Verb::batch) return *std::move(made);
    fhir::resource::BundleEntry entry;
    if (made) {
        entry.status = made->failed ? interaction::spelling(*made->failed) : interaction::spelling(made->status);
        entry.version = made->version;
        entry.last_modified = made->last_updated;
        if (made->located) entry.location = made->type + "/" + made->id + "/_history/" + std::to_string(made->version);
        if (!made->content.empty()) entry.resource = interaction::enclosed(*made, context.schema.names());
    } else {
        entry.status = interaction::spelling(made.fault().kind);
        entry.outcome = fhir::resource::outcome_json(made.fault(), context.schema.names());
    }
    fhir::resource::BundleText bundle("batch-response", base::new_id(context.clock.now()), 0);
    bundle.entry(entry);
    Response response;
    response.content = std::move(bundle).finish();
    return response;
}

Fault no_such_job() {
    return {Fault::Kind::missing,
            "There is no such asynchronous request: it was cancelled, has expired, is somebody else's, or the server was restarted since."};
}

bool asks_nothing(const Call& call) {
    const std::string accept = call.joined("Accept");
    return !names_format(call.query()) && (base::trim(accept).empty() || base::trim(accept) == "*/*");
}

}  // namespace

std::optional<std::string> job_name(std::string_view path, std::string_view root) {
    if (!path.starts_with(root)) return std::nullopt;
    path.remove_prefix(root.size());
    if (!path.starts_with("/_async/")) return std::nullopt;
    path.remove_prefix(8);
    if (path.empty() || path.size() > 64 || path.find('/') != std::string_view::npos) return std::nullopt;
    return std::string(path);
}

bool may_wait(Verb verb) { return verb == Verb::search || verb == Verb::batch || verb == Verb::history || verb == Verb::operation; }

Answer FhirSite::begun(Request request, std::size_t bytes, const Presentation& presentation) {
    const std::string base = request.base, who = request.plan->who;
    const auto kept = std::make_shared<const Request>(std::move(request));
    auto name = jobs_.begin(who, presentation, bytes, [this, kept] { return result_of(*kept, context_); });
    if (!name) return encode(name.fault(), presentation);
    const base::Findings findings{{base::Severity::information, base::IssueType::informational, "",
                                   "The request was accepted; ask after it at the address in Content-Location.", 0, 0}};
    Answer answer = plain(202, fhir::resource::outcome_json(findings, context_.schema.names()), presentation);
    answer.fields.emplace_back("Content-Location", base + "/_async/" + *name);
    answer.fields.emplace_back("Preference-Applied", "respond-async");
    answer.fields.emplace_back("Retry-After", "1");
    return answer;
}

Answer FhirSite::job(const Call& call, const std::string& name, const Request& request, const Presentation& presentation) {
    const std::string& who = request.plan->who;
    if (call.method == Method::remove) {
        if (!jobs_.cancel(name, who)) return encode(no_such_job(), presentation);
        return {.status = 202};
    }
    if (call.method != Method::get && call.method != Method::head) {
        Fault fault{Fault::Kind::unsupported, "this path knows only GET, DELETE", "GET, DELETE"};
        fault.type = base::IssueType::processing;
        return encode(fault, presentation);
    }
    const auto look = jobs_.look(name, who);
    if (!look) return encode(no_such_job(), presentation);
    if (look->stage == Stage::waiting || look->stage == Stage::running) {
        const std::int64_t seconds = std::max<std::int64_t>((context_.clock.now() - look->since) / 1'000'000, 0);
        Answer answer{.status = 202};
        answer.fields.emplace_back("X-Progress", fmt::format("{} for {} s", look->stage == Stage::waiting ? "waiting" : "running", seconds));
        answer.fields.emplace_back("Retry-After", std::to_string(std::clamp<std::int64_t>(seconds / 2, 1, 30)));  // the longer, the less often
        return answer;
    }
    const Presentation& shape = asks_nothing(call) ? look->presentation : presentation;
    Answer answer;
    switch (look->stage) {
        case Stage::finished: answer = encode(*look->result, request.base, shape); break;
        case Stage::too_large:
            answer = encode(Fault{Fault::Kind::too_large, "The result is larger than may be kept; ask for less at once, or without respond-async."}, shape);
            break;
        default: answer = encode(Fault{Fault::Kind::bug, "Something went wrong inside the server."}, shape);
    }
    answer.fields.emplace_back("Expires", base::http_date(look->expires));
    return answer;
}

Answer FhirSite::metadata(Request request, const Presentation& presentation) {
    std::string key = fmt::format("metadata {} {} {} {}?", interaction::search_parameters_now(context_)->generation(),
                                  static_cast<int>(presentation.format), presentation.pretty, request.base);
    key += interaction::write_query(request.parameters);
    const std::string known = std::move(request.if_none_match);
    request.if_none_match.clear();
    const auto document = documents_.get(key, [&]() -> base::Result<Told> {
        TRY(Response response, interaction::dispatch(request, context_));
        return Told{std::make_shared<const std::string>(presented(response.text(), presentation)), response.tag};
    });
    if (!document) return encode(document.fault(), presentation);
    Answer answer;
    answer.fields.emplace_back("ETag", "W/\"" + document->tag + '"');
    if (interaction::names_tag(known, document->tag)) {
        answer.status = 304;
        return answer;
    }
    answer.fields.emplace_back("Content-Type", media_type(presentation.format));
    answer.body.emplace_back(document->text);
    return answer;
}

Answer FhirSite::description(const Call& call, const std::string& base) {
    if (call.method != Method::get && call.method != Method::head) {
        Fault fault{Fault::Kind::unsupported, "this path knows only GET", "GET"};
        fault.type = base::IssueType::processing;
        return encode(fault, {});
    }
    const auto parameters = interaction::search_parameters_now(context_);
    const auto document = documents_.get(fmt::format("openapi {} {}", parameters->generation(), base), [&]() -> base::Result<Told> {
        auto text = std::make_shared<const std::string>(openapi(base, context_.with(*parameters)));
        std::string tag = base::hex(base::view(base::sha256(*text)).substr(0, 12));
        return Told{std::move(text), std::move(tag)};
    });
    if (!document) return encode(document.fault(), {});
    Answer answer;
    answer.fields.emplace_back("ETag", "W/\"" + document->tag + '"');
    if (interaction::names_tag(call.joined("If-None-Match"), document->tag)) {
        answer.status = 304;
        return answer;
    }
    answer.fields.emplace_back("Content-Type", "application/json");
    answer.body.emplace_back(document->text);
    return answer;
}

}  // namespace server::http
