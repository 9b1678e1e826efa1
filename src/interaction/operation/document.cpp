// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/document.h"

#include "base/id.h"
#include "fhir/resource/bundle.h"
#include "fhir/resource/bundle_reference.h"
#include "interaction/operation/parameters.h"
#include "interaction/operation/reachable.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/write.h"

#include <algorithm>
#include <set>

namespace interaction {
namespace {

using base::Fault;
using store::Name;
using namespace fhir::literals;

constexpr int steps = 3;
constexpr std::size_t most_entries = 2000;

Fault bad(std::string text, std::string where) { return {Fault::Kind::malformed, std::move(text), std::move(where), base::IssueType::value}; }

struct Asked {
    std::string id;
    bool persist = false;
};

base::Result<Asked> read_asked(const Request& request) {
    const Parameters parameters(request);
    TRY(parameters.check({"id", "persist", "graph"}, request.lenient));
    Asked asked{request.id, false};
    const std::string id = parameters.text("id");
    if (!request.id.empty() && !id.empty()) return bad("The parameter id is for Composition/$document only.", "id");
    if (request.id.empty()) {
        // A simple id, or the address of a Composition of this server.
        std::string_view text = id;
        if (text.starts_with(request.base + "/")) text.remove_prefix(request.base.size() + 1);
        if (text.starts_with(request.type + "/")) text.remove_prefix(request.type.size() + 1);
        if (id.empty()) return Fault{Fault::Kind::malformed, "The parameter id must name the Composition.", "id", base::IssueType::required};
        if (!base::valid_id(text)) return bad("The parameter id must be an id, or the address of a Composition of this server.", "id");
        asked.id = text;
    }
    const std::string persist = parameters.text("persist");
    if (!persist.empty() && persist != "true" && persist != "false") return bad("persist must be true or false.", "persist");
    asked.persist = persist == "true";
    if (!parameters.text("graph").empty())
        return Fault{Fault::Kind::malformed, "The parameter graph is not supported.", "graph", base::IssueType::not_supported};
    return asked;
}

std::string subject_type(const store::Version& composition, const Context& context) {
    const fhir::Document document = body_of(composition, context);
    const auto reference = fhir::resource::parse_reference(document.root().child("subject").text("reference"_name));
    return std::string(reference.type);
}

Fault not_whole(const std::vector<Name>& missing) {
    Fault fault{Fault::Kind::invalid, "The document cannot be made: the Composition refers to what is not there.", "", base::IssueType::not_found};
    for (const Name& name : missing)
        fault.findings.push_back({base::Severity::error, base::IssueType::not_found, "Composition", name.type + "/" + name.id + " is not there.", 0, 0});
    return fault;
}

// The Composition and what belongs to it, in the order of the references.
base::Result<std::vector<store::Version>> gather(const std::string& id, const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(store::Version composition, reachable(snapshot, request.type, id, *request.plan, context));
    const std::string subject = subject_type(composition, context);
    std::vector<store::Version> entries{std::move(composition)};
    std::set<Name> known{{entries[0].type, entries[0].id}};
    std::size_t begin = 0;
    for (int step = 0; step < steps; ++step) {
        std::vector<Name> wanted;
        const std::size_t end = entries.size();
        for (std::size_t i = begin; i < end; ++i)
            for (Name& name : targets_of(entries[i], context))
                if ((step == 0 || name.type != subject) && known.insert(name).second) wanted.push_back(std::move(name));
        begin = end;
        if (entries.size() + wanted.size() > most_entries)
            return Fault{Fault::Kind::too_costly, "The document would have more than " + std::to_string(most_entries) + " resources."};
        TRY(auto found, fetch(snapshot, wanted, request.plan->read, *request.plan, 0, context));
        if (step == 0 && found.size() < wanted.size() && !request.lenient) {
            std::vector<Name> missing;
            for (const Name& name : wanted)
                if (std::none_of(found.begin(), found.end(), [&](const store::Version& one) { return Name{one.type, one.id} == name; }))
                    missing.push_back(name);
            return not_whole(missing);
        }
        for (store::Version& version : found) entries.push_back(std::move(version));
    }
    return entries;
}

base::Result<Response> made(const Asked& asked, const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(const auto entries, gather(asked.id, request, snapshot, context));
    const base::Micros now = context.clock.now();
    fhir::resource::BundleText bundle("document", base::new_id(now), now);
    bundle.identify("urn:uuid:" + base::new_id(now), now);
    for (const store::Version& version : entries)
        bundle.entry({.full_url = request.base + "/" + version.type + "/" + version.id, .resource = version.body});
    Response response;
    response.content = std::move(bundle).finish();
    return response;
}

}  // namespace

base::Result<Response> document(const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(const Asked asked, read_asked(request));
    if (asked.persist) return bad("A document that is to be stored cannot be asked for inside a bundle; ask for it alone.", "persist");
    return made(asked, request, snapshot, context);
}

base::Result<Response> document_alone(const Request& request, const Context& context) {
    TRY(const Asked asked, read_asked(request));
    const auto snapshot = context.repository.snapshot();
    TRY(Response response, made(asked, request, *snapshot, context));
    if (!asked.persist) return response;
    TRY(const fhir::Document bundle, fhir::codec::read_json(response.text(), context.schema.names(), {.depth = 256}));
    Request create;
    create.plan = request.plan;
    create.verb = Verb::create;
    create.type = "Bundle";
    create.base = request.base;
    create.wanted = Request::Return::representation;
    create.with_commit = request.with_commit;
    TRY(const Write write, prepare(create, bundle.root(), context));
    TRY(Response stored, commit(write, create, context));
    stored.status = Response::Status::ok;
    return stored;
}

}  // namespace interaction
