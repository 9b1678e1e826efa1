// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/index_status.h"

#include "fhir/codec/json.h"
#include "fhir/resource/outcome.h"
#include "interaction/operation/parameters.h"
#include "interaction/verb/read.h"
#include "interaction/verb/sight.h"

#include <algorithm>

namespace interaction {
namespace {

using base::Fault;
using fhir::search::Joined;
using namespace fhir::literals;

struct State {
    const char* code;
    std::int64_t done = 0;
    std::int64_t total = 0;
};

State state_of(const Joined* joined, const fhir::search::Parameter* parameter, const std::vector<store::Filling>& filling) {
    if (parameter == nullptr) return {joined != nullptr && joined->what.status != "active" ? "inactive" : "refused"};
    State state{"active"};
    for (const store::Filling& one : filling) {
        if (one.parameter != parameter->index) continue;
        if (!one.answers) state.code = "filling";
        state.done += one.done;
        state.total += one.total;
    }
    return state;
}

void part(ParametersText& text, const char* name, fhir::Name form, std::string_view value, fhir::Kind kind = fhir::Kind::string) {
    text.open(name);
    text.builder().value(form, value, kind);
    text.close();
}

void write(ParametersText& text, const std::string& id, const std::string& url, const State& state, const base::Findings& findings) {
    text.open("parameter");
    if (!id.empty()) part(text, "resource", "valueString"_name, "SearchParameter/" + id);
    part(text, "url", "valueUri"_name, url);
    part(text, "state", "valueCode"_name, state.code);
    if (state.total > 0) {
        part(text, "done", "valueInteger"_name, std::to_string(state.done), fhir::Kind::number);
        part(text, "total", "valueInteger"_name, std::to_string(state.total), fhir::Kind::number);
    }
    for (const base::Finding& finding : findings) part(text, "remark", "valueString"_name, finding.text);
    text.close();
}

}  // namespace

base::Result<Response> index_status(const Request& request, store::Snapshot& snapshot, const Context& context) {
    const fhir::search::Parameters& parameters = context.parameters;
    TRY(const auto filling, context.repository.filling());
    ParametersText text(context.schema.names());
    const auto joined_of = [&](std::string_view id) -> const Joined* {
        const auto found = std::find_if(parameters.joined().begin(), parameters.joined().end(), [&](const Joined& one) { return one.what.id == id; });
        return found == parameters.joined().end() ? nullptr : &*found;
    };
    if (!request.id.empty()) {
        Request wanted;
        wanted.plan = request.plan;
        wanted.verb = Verb::read;
        wanted.type = request.type;
        wanted.id = request.id;
        wanted.base = request.base;
        TRY(const Response stored, read(wanted, snapshot, context));
        TRY(const fhir::Document document, fhir::codec::read_json(stored.text(), context.schema.names()));
        const std::string url(document.root().text("url"_name));
        const Joined* const joined = joined_of(request.id);
        // One that a package brought is the package's.
        const fhir::search::Parameter* const parameter = joined != nullptr ? joined->parameter : parameters.by_url(url);
        write(text, request.id, url, state_of(joined, parameter, filling), joined != nullptr ? joined->findings : base::Findings());
    } else {
        const fhir::search::Reach& reach = request.plan->read;
        for (const Joined& one : parameters.joined()) {
            if (!reach.all(request.type)) {
                TRY(const auto stored, snapshot.read(request.type, one.what.id));
                if (!stored || !in_reach(reach, *stored, context)) continue;
            }
            write(text, one.what.id, one.what.url, state_of(&one, one.parameter, filling), one.findings);
        }
        // Of packages only what is not finished.
        for (const auto& parameter : parameters.all()) {
            const bool stored = std::any_of(parameters.joined().begin(), parameters.joined().end(), [&](const Joined& one) { return one.parameter == parameter.get(); });
            if (stored || !parameters.in_use(parameter->index)) continue;
            const State state = state_of(nullptr, parameter.get(), filling);
            if (state.total > 0) write(text, {}, parameter->url, state, {});
        }
    }
    std::int64_t done = 0, total = 0;
    for (const store::Filling& one : filling) {
        if (one.parameter) continue;
        done += one.done;
        total += one.total;
    }
    if (total > 0 && request.id.empty()) {
        text.open("reindex");
        part(text, "done", "valueInteger"_name, std::to_string(done), fhir::Kind::number);
        part(text, "total", "valueInteger"_name, std::to_string(total), fhir::Kind::number);
        text.close();
    }
    Response response;
    response.type = "Parameters";
    response.content.emplace_back(std::move(text).finish());
    return response;
}

base::Result<Response> reindex(const Request& request, const Context& context) {
    if (!request.plan->administers) return Fault{Fault::Kind::denied, "Only administrators may have everything indexed anew."};
    TRY(context.repository.index_anew());
    base::Findings findings{{base::Severity::information, base::IssueType::informational, "",
                             "Everything is indexed anew, while searches go on; see [base]/SearchParameter/$status.", 0, 0}};
    Response response;
    response.type = "OperationOutcome";
    response.content.emplace_back(fhir::resource::outcome_json(findings, context.schema.names()));
    return response;
}

}  // namespace interaction
