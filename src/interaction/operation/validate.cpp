// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/validate.h"

#include "base/id.h"
#include "fhir/codec/json.h"
#include "fhir/codec/locate.h"
#include "fhir/resource/outcome.h"
#include "fhir/validate/structure.h"
#include "interaction/operation/parameters.h"
#include "interaction/verb/read.h"
#include "interaction/verb/sight.h"

#include <algorithm>
#include <array>

namespace interaction {
namespace {

using base::Fault;
using base::Finding;
using base::IssueType;
using base::Severity;
using namespace fhir::literals;

// The codes of resource-validation-mode; "" is said by leaving it out.
enum class Mode : std::uint8_t { none, create, update, remove, profile };

base::Result<Mode> read_mode(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Mode>, 5> words{
        {{"", Mode::none}, {"create", Mode::create}, {"update", Mode::update}, {"delete", Mode::remove}, {"profile", Mode::profile}}};
    for (const auto& [word, mode] : words)
        if (text == word) return mode;
    return Fault{Fault::Kind::malformed, "mode must be create, update, delete or profile.", "mode", IssueType::value};
}

Response answer(base::Findings findings, const Context& context) {
    if (findings.empty()) findings.push_back({Severity::information, IssueType::informational, "", "All OK", 0, 0});
    Response response;
    response.type = "OperationOutcome";
    response.content.emplace_back(fhir::resource::outcome_json(findings, context.schema.names()));
    return response;
}

Finding error(IssueType type, std::string where, std::string text) {
    return {Severity::error, type, std::move(where), std::move(text), 0, 0};
}

// Lines and columns in the body as it was sent: `place` is where the resource stands in it.
void locate(base::Findings& findings, fhir::View resource, const std::string& place, const std::string& source) {
    if (source.empty()) return;
    const std::string_view type = resource.resource_type();
    base::Findings outside = findings;
    for (Finding& finding : outside)
        if (finding.where.starts_with(type)) finding.where = place + finding.where.substr(type.size());
    fhir::codec::locate(source, outside);
    for (std::size_t i = 0; i < findings.size(); ++i) {
        findings[i].line = outside[i].line;
        findings[i].column = outside[i].column;
    }
}

// Delete: the content does not count, what is stored does.
base::Result<Response> would_delete(const Request& request, store::Snapshot& snapshot, const Context& context) {
    if (request.id.empty())
        return Fault{Fault::Kind::malformed, "mode=delete is asked of a stored resource: [base]/[type]/[id]/$validate?mode=delete.", "mode",
                     IssueType::required};
    TRY(auto stored, snapshot.read(request.type, request.id));
    if (stored) {
        TRY(const bool there, seen(*request.plan, *stored, snapshot, context));
        if (!there) stored.reset();
    }
    base::Findings findings;
    if (!stored) findings.push_back(error(IssueType::not_found, "", request.type + "/" + request.id + " does not exist."));
    else if (stored->deleted()) findings.push_back(error(IssueType::deleted, "", request.type + "/" + request.id + " is deleted already."));
    return answer(std::move(findings), context);
}

base::Findings judged(fhir::View resource, const std::vector<std::string>& profiles, const Context& context) {
    if (context.definitions == nullptr) return fhir::validate::check_structure(resource, context.schema);
    fhir::validate::Question question;
    question.profiles = profiles;
    question.now = context.clock.now();
    const auto knowledge = context.definitions->now();
    return knowledge->validator().check(resource, question);
}

// What creating or updating asks beyond the content.
void check_target(fhir::View resource, Mode mode, const Request& request, base::Findings& findings) {
    const std::string type(resource.resource_type());
    if (!request.type.empty() && type != request.type)
        findings.push_back(error(IssueType::value, type, "This is a resource of type " + type + ", but it was sent to " + request.type +
                                                             "/$validate."));
    if (mode != Mode::update) return;
    const std::string_view id = resource.text("id"_name);
    if (id.empty()) findings.push_back(error(IssueType::required, type + ".id", "An update must have the id of the resource it changes."));
    else if (!request.id.empty() && id != request.id)
        findings.push_back(error(IssueType::value, type + ".id", "The id of an update must be that of its address, " + request.id + "."));
}

base::Result<Response> stored(const Request& request, const std::vector<std::string>& profiles, store::Snapshot& snapshot, const Context& context) {
    Request wanted;
    wanted.type = request.type;
    wanted.id = request.id;
    wanted.base = request.base;
    TRY(const Response found, read(wanted, snapshot, context));
    TRY(const fhir::Document document, fhir::codec::read_json(found.text(), context.schema.names()));
    return answer(judged(document.root(), profiles, context), context);
}

}  // namespace

base::Result<Response> validate(const Request& request, store::Snapshot& snapshot, const Context& context) {
    if (request.unreadable) return answer(fhir::resource::findings_of(*request.unreadable), context);
    const Parameters parameters(request);
    TRY(const Mode mode, read_mode(parameters.text("mode")));
    const auto profiles = parameters.texts("profile");
    if (mode == Mode::profile && profiles.empty())
        return Fault{Fault::Kind::malformed, "mode=profile needs the profile to check against.", "profile", IssueType::required};
    if (mode == Mode::remove) return would_delete(request, snapshot, context);

    const fhir::View resource = parameters.resource("resource");
    const bool given = resource && !resource.resource_type().empty();
    // A Parameters that names mode or profile and no resource asks about the stored one.
    const bool asks_only = given && (parameters.find("mode") || parameters.find("profile")) && !parameters.find("resource");
    if (!given || asks_only) {
        if (request.body && !asks_only)
            return answer({error(IssueType::structure, "", "The body is no resource: resourceType is missing.")}, context);
        if (!request.id.empty()) return stored(request, profiles, snapshot, context);
        return Fault{Fault::Kind::malformed, "Send the resource to be checked, or ask at [base]/[type]/[id]/$validate for a stored one.",
                     "resource", IssueType::required};
    }
    base::Findings findings;
    check_target(resource, mode, request, findings);
    base::Findings more = judged(resource, profiles, context);
    findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    locate(findings, resource, parameters.place("resource"), request.source);
    return answer(std::move(findings), context);
}

}  // namespace interaction
