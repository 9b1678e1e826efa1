// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/merge.h"

#include "fhir/codec/json.h"
#include "fhir/resource/bundle_reference.h"
#include "fhir/resource/outcome.h"
#include "fhir/search/read_value.h"
#include "interaction/operation/joining.h"
#include "interaction/operation/parameters.h"
#include "interaction/operation/reachable.h"
#include "interaction/verb/question.h"
#include "interaction/verb/shown.h"

#include <algorithm>

namespace interaction {
namespace {

using base::Fault;
using fhir::View;
using store::Name;
using namespace fhir::literals;

constexpr int attempts = 8;

Fault bad(std::string text, std::string where) { return {Fault::Kind::malformed, std::move(text), std::move(where), base::IssueType::value}; }

class Asking {
public:
    Asking(const Request& request, Joining::Kind kind, const Context& context) : request_(request), parameters_(request), kind_(kind), context_(context) {}

    base::Result<Response> answer() {
        if (kind_ == Joining::Kind::merge)
            TRY(parameters_.check({"source-patient", "source-patient-identifier", "target-patient", "target-patient-identifier", "result-patient", "preview"}, request_.lenient));
        else
            TRY(parameters_.check({"source-patient", "source-patient-identifier", "target-patient", "target-patient-identifier", "preview"}, request_.lenient));
        TRY(parameters_.check_envelope());
        const std::string preview = parameters_.text("preview");
        if (!preview.empty() && preview != "true" && preview != "false") return bad("preview must be true or false.", "preview");
        for (int attempt = 0; attempt < attempts; ++attempt) {
            auto joined = look();
            if (!joined) return std::move(joined).fault();
            if (!joined->nothing) {
                auto done = preview == "true" ? check(*joined) : commit(*joined);
                if (!done && done.fault().kind == Fault::Kind::stale) continue;  // somebody came between
                if (!done) return std::move(done).fault();
            }
            return tell(*joined, preview == "true");
        }
        return Fault{Fault::Kind::conflict, "These records are being changed all the time; try again."};
    }

private:
    base::Result<Joined> look() {
        const auto snapshot = context_.repository.snapshot();
        TRY(auto source, named("source", *snapshot));
        if (source.id.empty() && !request_.id.empty()) source = {request_.type, request_.id};
        if (source.id.empty()) return Fault{Fault::Kind::malformed, "Say which patient is the source.", "source-patient", base::IssueType::required};
        TRY(reachable(*snapshot, source.type, source.id, *request_.plan, context_));
        TRY(auto target, named("target", *snapshot));
        if (target.id.empty() && kind_ == Joining::Kind::unmerge) {
            TRY(const auto version, reachable(*snapshot, source.type, source.id, *request_.plan, context_));
            target = replacement_of(body_of(version, context_).root());
            if (target.id.empty()) return Fault{Fault::Kind::conflict, "This patient is not merged into another one.", "source-patient", base::IssueType::business_rule};
        }
        if (target.id.empty()) return Fault{Fault::Kind::malformed, "Say which patient is the target.", "target-patient", base::IssueType::required};
        TRY(const auto kept, reachable(*snapshot, target.type, target.id, *request_.plan, context_));
        Pending pending;
        if (kind_ == Joining::Kind::merge) TRY(take_result(kept, pending));
        return prepare_joining({kind_, source, target}, pending, *snapshot, context_);
    }

    // By reference, by identifiers, or both: then they must agree. An empty id: nothing was said.
    base::Result<Name> named(const std::string& role, store::Snapshot& snapshot) {
        Name found;
        const std::string by_reference = role + "-patient", by_identifier = role + "-patient-identifier";
        if (const View reference = value_of(parameters_.find(by_reference))) {
            const auto read = fhir::resource::parse_reference(reference.text("reference"_name));
            using Form = fhir::resource::Reference::Form;
            const bool own = read.form == Form::relative ||
                             (read.form == Form::absolute && (read.base == request_.base || std::find(context_.rules.own_bases.begin(), context_.rules.own_bases.end(), read.base) != context_.rules.own_bases.end()));
            if (!own || read.type != request_.type) return bad(by_reference + " must refer to a Patient of this server.", by_reference);
            found = {request_.type, std::string(read.id)};
        }
        Pairs asked;
        for (const View parameter : parameters_.all(by_identifier)) {
            const View identifier = value_of(parameter);
            if (!identifier || identifier.name_text() != "valueIdentifier" || !identifier.child("value"_name))
                return bad(by_identifier + " must be a valueIdentifier with a value.", by_identifier);
            asked.emplace_back("identifier", fhir::search::escape(identifier.text("system"_name)) + "|" + fhir::search::escape(identifier.text("value"_name)));
        }
        if (asked.empty()) return found;
        TRY(const auto criteria, read_criteria(request_.type, asked, request_.base, context_));
        TRY(const auto matched, matches(snapshot, criteria, *request_.plan, 2, context_));
        if (matched.empty()) return Fault{Fault::Kind::missing, "No patient has what " + by_identifier + " says.", by_identifier, base::IssueType::not_found};
        if (!found.id.empty()) {
            const auto same = [&](const store::Version& version) { return version.id == found.id; };
            if (std::none_of(matched.begin(), matched.end(), same))
                return Fault{Fault::Kind::invalid, by_reference + " and " + by_identifier + " name two patients.", by_identifier, base::IssueType::business_rule};
            return found;
        }
        if (matched.size() > 1)
            return Fault{Fault::Kind::ambiguous, "More than one patient has what " + by_identifier + " says.", by_identifier};
        return Name{matched.front().type, matched.front().id};
    }

    base::Result<void> take_result(const store::Version& kept, Pending& pending) {
        const View parameter = parameters_.find("result-patient");
        const View result = parameter ? parameter.child("resource"_name) : View{};
        if (!parameter) return {};
        if (result.resource_type() != kept.type || result.text("id"_name) != kept.id)
            return Fault{Fault::Kind::invalid, "result-patient must be the target, with its id.", "result-patient", base::IssueType::business_rule};
        fhir::Builder build(context_.schema.names());
        build.resource(kept.type);
        build.copy_children(result);
        pending.emplace(Name{kept.type, kept.id}, std::move(build).finish());
        return {};
    }

    // All that a commit would look at before it writes.
    base::Result<void> check(const Joined& joined) const {
        TRY(writes_of(joined));
        return {};
    }

    base::Result<std::vector<Write>> writes_of(const Joined& joined) const {
        std::vector<Write> writes;
        writes.reserve(joined.changes.size());
        for (const Changed& change : joined.changes) {
            TRY(Write write, write_of(change.name, change.before, change.body, request_, context_));
            writes.push_back(std::move(write));
        }
        return writes;
    }

    base::Result<void> commit(const Joined& joined) {
        TRY(const auto writes, writes_of(joined));
        std::set<std::string> types;
        const auto written = context_.repository.write([&](store::Transaction& transaction) -> base::Result<void> {
            const bool alone = transaction.now().position() == joined.seen;
            types.clear();
            for (const Write& write : writes) {
                TRY(const Effect effect, apply(write, transaction, context_));
                add_types(write, effect, types);
            }
            if (!alone) TRY(check_joined(joined, transaction.now(), context_));
            if (request_.with_commit) return request_.with_commit(transaction);
            return {};
        });
        if (!written) return written.fault();
        tell_committed(types, context_);
        return {};
    }

    base::Result<Response> tell(const Joined& joined, bool preview) const {
        base::Findings findings = joined.findings;
        const std::string what = kind_ == Joining::Kind::merge ? "merged" : "unmerged";
        findings.insert(findings.begin(), {.severity = base::Severity::information, .type = base::IssueType::informational, .where = {},
                                           .text = joined.nothing ? "Nothing was to be done: it is so already."
                                                                  : std::string(preview ? "This would be " : "") + what + ": " + std::to_string(joined.moved) + " references" +
                                                                        (preview ? "; nothing was changed." : " moved.")});
        ParametersText text(context_.schema.names());
        fhir::Builder& build = text.builder();
        if (request_.body) {
            text.open("input");
            build.resource("resource"_name, "Parameters");
            build.copy_children(request_.body->root());
            build.close();
            text.close();
        }
        text.open("outcome");
        const fhir::Document outcome = fhir::resource::outcome(findings, context_.schema.names());
        build.copy(outcome.root(), "resource"_name, false);
        text.close();
        TRY(const auto result, context_.repository.read(joined.asked.kept.type, joined.asked.kept.id));
        const Changed* planned = preview ? joined.find(joined.asked.kept) : nullptr;
        if (planned != nullptr || (result && !result->deleted())) {
            text.open("result");
            if (planned != nullptr) {
                build.copy(planned->body.root(), "resource"_name, false);
            } else {
                const fhir::Document kept = body_of(*result, context_);
                build.copy(kept.root(), "resource"_name, false);
            }
            text.close();
        }
        Response response;
        response.content.emplace_back(std::move(text).finish());
        return response;
    }

    const Request& request_;
    const Parameters parameters_;
    const Joining::Kind kind_;
    const Context& context_;
};

}  // namespace

base::Result<Response> merge(const Request& request, const Context& context) { return Asking(request, Joining::Kind::merge, context).answer(); }

base::Result<Response> unmerge(const Request& request, const Context& context) { return Asking(request, Joining::Kind::unmerge, context).answer(); }

}  // namespace interaction
