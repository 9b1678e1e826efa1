// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/entry.h"

#include "base/id.h"
#include "fhir/path/temporal.h"
#include "fhir/resource/bundle.h"
#include "fhir/resource/outcome.h"
#include "fhir/tree/builder.h"
#include "interaction/call/enclosed.h"
#include "interaction/call/status.h"
#include "interaction/call/url.h"
#include "interaction/table.h"

#include <algorithm>
#include <memory>

namespace interaction {
namespace {

using base::Fault;
using namespace fhir::literals;

Fault malformed(std::string text) { return {Fault::Kind::malformed, std::move(text), "", base::IssueType::required}; }

base::Result<void> read_entry(fhir::View view, const Context& context, Entry& entry) {
    const fhir::View asked = view.child("request"_name);
    entry.full_url = view.text("fullUrl"_name);
    entry.resource = view.child("resource"_name);
    entry.method = asked.text("method"_name);
    entry.url = asked.text("url"_name);
    if (!asked || entry.method.empty()) return malformed("The entry has no request.method.");
    if (entry.url.empty()) return malformed("The entry has no request.url.");

    Request& request = entry.request;
    TRY(read_url(entry.method, entry.url, request));
    TRY(admit(request, context));
    request.if_match = asked.text("ifMatch"_name);
    request.if_none_match = asked.text("ifNoneMatch"_name);
    request.if_none_exist = asked.text("ifNoneExist"_name);
    if (const auto since = asked.text("ifModifiedSince"_name); !since.empty()) {
        const auto moment = fhir::path::Temporal::date_time(since);
        if (!moment) return malformed("request.ifModifiedSince must be an instant.");
        request.if_modified_since = moment->first();
    }
    if (request.verb == Verb::batch) return malformed("A batch or transaction inside another is not possible.");
    const bool body = request.verb == Verb::create || request.verb == Verb::update || request.verb == Verb::patch;
    if (body && !entry.resource) return malformed("The entry has no resource.");
    if (request.verb == Verb::operation && entry.resource) {
        fhir::Builder alone(context.schema.names());
        alone.copy(entry.resource, fhir::no_name, false);
        request.body = std::move(alone).finish();
    }
    return {};
}

std::string joined(const Response& response) { return response.text(); }

// "Patient.name[0]" seen from the bundle: "Bundle.entry[3].resource.name[0]".
std::string from_bundle(const std::string& where, const Entry& entry) {
    std::string place = "Bundle.entry[" + std::to_string(entry.number) + "]";
    if (where.empty()) return place;
    place += ".resource";
    const std::string_view type = entry.resource.resource_type();
    if (!type.empty() && where.starts_with(type)) return place + where.substr(type.size());
    return place + "." + where;
}

fhir::resource::BundleEntry answer_of(const Entry& entry, const Request& request, const Context& context) {
    fhir::resource::BundleEntry out;
    if (entry.fault) {
        out.status = spelling(entry.fault->kind);
        out.outcome = fhir::resource::outcome_json(*entry.fault, context.schema.names());
        return out;
    }
    Response made;
    const Response* response = entry.response ? &*entry.response : &made;
    if (entry.write && entry.effect) {
        const bool removes = entry.write->kind == Write::Kind::remove;
        const bool least = request.wanted == Request::Return::unsaid && !removes;
        const auto wanted = least ? Request::Return::minimal : request.wanted;
        made = answer(*entry.write, *entry.effect, wanted, context);
        if (removes || wanted == Request::Return::outcome) {
            out.outcome = joined(made);
            made.content.clear();
        }
    }
    out.status = response->failed ? spelling(*response->failed) : spelling(response->status);
    out.version = response->version;
    out.last_modified = response->last_updated;
    const std::string local = response->type + "/" + response->id;
    if (response->located) out.location = local + "/_history/" + std::to_string(response->version);
    if (!response->content.empty()) {
        out.resource = enclosed(*response, context.schema.names());
        if (!response->id.empty()) out.full_url = request.base + "/" + local;
    }
    return out;
}

}  // namespace

base::Result<std::vector<Entry>> read_entries(const Request& request, const Context& context) {
    const fhir::View bundle = request.body->root();
    std::vector<Entry> entries;
    entries.reserve(std::min(bundle.count("entry"_name), context.rules.most_entries));
    std::size_t number = 0;
    for (const fhir::View view : bundle.children("entry"_name)) {
        if (number == context.rules.most_entries)
            return Fault{Fault::Kind::too_large,
                         "The bundle has more than " + std::to_string(context.rules.most_entries) + " entries; send it in parts."};
        Entry& entry = entries.emplace_back();
        entry.number = number++;
        entry.request.plan = request.plan;
        entry.request.base = request.base;
        entry.request.lenient = request.lenient;
        if (auto read = read_entry(view, context, entry); !read) entry.fault = named(std::move(read).fault(), entry);
    }
    return entries;
}

base::Result<std::vector<Entry>> entries_of_parts(const Request& request, const Context& context) {
    std::vector<Entry> entries(request.parts->size());
    for (std::size_t number = 0; number < entries.size(); ++number) {
        const Part& part = (*request.parts)[number];
        Entry& entry = entries[number];
        entry.number = number;
        entry.method = "PUT";
        entry.url = part.type + "/" + part.id;
        entry.resource = part.resource;
        entry.request.plan = request.plan;
        entry.request.base = request.base;
        entry.request.verb = Verb::update;
        entry.request.type = part.type;
        entry.request.id = part.id;
        if (part.before > 0) entry.request.if_match = "W/\"" + std::to_string(part.before) + "\"";
        if (part.before == Part::none) entry.request.if_none_match = "*";
        if (auto admitted = admit(entry.request, context); !admitted) return named(std::move(admitted).fault(), entry);
    }
    return entries;
}

std::vector<Entry*> in_order(std::vector<Entry>& entries) {
    std::vector<Entry*> order;
    order.reserve(entries.size());
    for (const Verb verb : {Verb::remove, Verb::create, Verb::update, Verb::patch})
        for (Entry& entry : entries)
            if (entry.request.verb == verb) order.push_back(&entry);
    for (Entry& entry : entries)
        if (!entry.writes()) order.push_back(&entry);
    return order;
}

Fault named(Fault fault, const Entry& entry) {
    std::string who = "Bundle.entry[" + std::to_string(entry.number) + "]";
    if (!entry.method.empty()) who += " (" + entry.method + (entry.request.type.empty() ? "" : " " + entry.request.type) + ")";
    fault.text = who + ": " + fault.text;
    fault.where = from_bundle(fault.where, entry);
    for (base::Finding& finding : fault.findings) finding.where = from_bundle(finding.where, entry);
    return fault;
}

base::Result<Response> Allowance::run_read(const Entry& entry, store::Snapshot& snapshot) {
    const Context& context = context_;
    const Fault too_large{Fault::Kind::too_costly, "The answer to the bundle becomes too large; ask for less in one bundle."};
    if (bytes_ > context.rules.most_answer) return too_large;
    if (context.clock.now() - begun_ > context.rules.longest_bundle)
        return Fault{Fault::Kind::too_costly, "The bundle takes too long; ask for less in one bundle."};
    const Row* row = find_row(entry.request.verb);
    if (row == nullptr) return Fault{Fault::Kind::unsupported, "The interaction is not supported."};
    auto response = row->reads != nullptr ? row->reads(entry.request, snapshot, context) : row->acts(entry.request, context);
    if (response && entry.method == "HEAD") response->content.clear();
    if (response) bytes_ += response->size();
    if (bytes_ > context.rules.most_answer) return too_large;
    return response;
}

Response answer_all(std::string_view type, const std::vector<Entry>& entries, const Request& request,
                    const Context& context) {
    fhir::resource::BundleText bundle(type, base::new_id(context.clock.now()), 0);
    bundle.link("self", request.base);
    for (const Entry& entry : entries) bundle.entry(answer_of(entry, request, context));
    Response response;
    response.content = std::move(bundle).finish();
    return response;
}

}  // namespace interaction
