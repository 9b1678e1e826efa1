// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/write.h"

#include "base/id.h"
#include "fhir/resource/outcome.h"
#include "fhir/search/extract.h"
#include "interaction/call/etag.h"
#include "interaction/call/url.h"
#include "interaction/verb/check.h"
#include "interaction/verb/patch.h"
#include "interaction/verb/question.h"
#include "interaction/verb/removal.h"
#include "interaction/verb/rewrite.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

namespace interaction {
namespace {

using base::Fault;
using namespace fhir::literals;

Fault malformed(std::string text, std::string where) {
    return {Fault::Kind::malformed, std::move(text), std::move(where), base::IssueType::value};
}

Fault stale(const std::string& what) {
    return {Fault::Kind::stale, what};
}

// The id in the body and the id in the address (FHIR R4 3.1.0.4): an address without id is a conditional update.
base::Result<void> check_ids(Write& write, fhir::View body) {
    write.body_id = body.text("id"_name);
    if (!write.body_id.empty() && !base::valid_id(write.body_id))
        return malformed("An id is 1 to 64 letters, digits, '-' and '.'.", write.type + ".id");
    if (write.id.empty()) return {};
    if (!base::valid_id(write.id)) return malformed("An id is 1 to 64 letters, digits, '-' and '.'.", "");
    if (write.body_id.empty()) return malformed("The body of an update must have the id of its address.", write.type + ".id");
    if (write.body_id != write.id) return malformed("The body's id differs from the id of its address.", write.type + ".id");
    return {};
}

base::Result<Effect> put(const Write& write, const std::string& id, store::Transaction& transaction,
                         const std::optional<store::Version>& current) {
    TRY(check_targets(write.pointed));
    if (!write.judged_later) TRY(check_pointed(write.pointed, {write.type, id}, transaction.now()));
    // Only criteria name a resource at this late moment; its body is then made here.
    std::optional<fhir::codec::Stampable> named;
    if (!write.body || id != write.id) named.emplace(write.resource(), id);
    const store::Put order{write.type, id, named ? &*named : &*write.body, &write.index, write.generation};
    TRY(auto written, transaction.put(order));
    Effect effect;
    effect.created = !written.unchanged && (!current || current->deleted());
    effect.version = std::move(written.version);
    return effect;
}

base::Result<Effect> apply_create(const Write& write, store::Transaction& transaction, const Context& context) {
    if (write.criteria) {
        TRY(auto match, only_match(transaction.now(), *write.criteria, *write.plan, context));
        if (match) return Effect{*std::move(match), false, true};
    }
    TRY(may_put(write, write.id, nullptr, transaction.time(), transaction.now(), context));
    return put(write, write.id, transaction, std::nullopt);
}

base::Result<Effect> apply_update(const Write& write, store::Transaction& transaction, const Context& context) {
    std::string id = write.id;
    bool unmatched = false;
    if (write.criteria) {  // FHIR R4 3.1.0.4.3
        TRY(const auto match, only_match(transaction.now(), *write.criteria, *write.plan, context));
        if (match) {
            if (!write.body_id.empty() && write.body_id != match->id)
                return malformed("The body's id is not the id of the resource that the criteria name.", write.type + ".id");
            id = match->id;
        } else {
            id = write.body_id.empty() ? base::new_id(context.clock.now()) : write.body_id;
            unmatched = true;
        }
    }
    TRY(const auto current, transaction.now().read(write.type, id));
    const store::Version* const there = current ? &*current : nullptr;
    // What the criteria do not describe is not what the client wants replaced (FHIR R5 3.2.0.5.3 says so in words).
    if (unmatched && there != nullptr && !there->deleted())
        return Fault{Fault::Kind::conflict, "The criteria match nothing, and " + write.type + "/" + id + " is there already."};
    TRY(may_put(write, id, there, transaction.time(), transaction.now(), context));
    TRY(check_conditions(write, there));
    return put(write, id, transaction, current);
}

}  // namespace

base::Result<void> check_conditions(const Write& write, const store::Version* current) {
    const std::string what = write.type + "/" + (current != nullptr ? current->id : write.id);
    const bool lives = current != nullptr && !current->deleted();
    if (!write.if_match.empty()) {
        if (!lives) return stale(what + " does not exist, so no version of it can match.");
        if (!names_version(write.if_match, current->version))
            return stale("The version of " + what + " is now " + std::to_string(current->version) +
                         "; read it again before changing it.");
    }
    if (!write.if_none_match.empty() && lives && names_version(write.if_none_match, current->version))
        return stale(what + " exists already.");
    return {};
}

base::Result<Write> begin_write(const Request& request, fhir::View body, const Context& context) {
    Write write;
    write.plan = request.plan;
    write.type = request.type;
    write.id = request.id;
    write.if_match = request.if_match;
    write.if_none_match = request.if_none_match;
    write.kind = request.verb == Verb::create ? Write::Kind::create
                 : request.verb == Verb::update ? Write::Kind::update
                 : request.verb == Verb::patch  ? Write::Kind::patch
                                                : Write::Kind::remove;
    TRY(may_begin(write));
    Pairs parameters = request.parameters;
    if (write.kind == Write::Kind::remove) {
        TRY(parameters, read_removal(request.parameters, write, context));
    }
    if (write.kind != Write::Kind::create && write.id.empty()) {
        TRY(write.criteria, read_criteria(write.type, parameters, request.base, context));
    }
    if (write.kind == Write::Kind::remove || write.kind == Write::Kind::patch) {
        if (!write.id.empty() && !base::valid_id(write.id))
            return malformed("An id is 1 to 64 letters, digits, '-' and '.'.", "");
        if (write.kind == Write::Kind::patch) {
            TRY(write.patch, read_patch(request, body, context));
            write.own_base = request.base;
        }
        return write;
    }
    if (write.kind == Write::Kind::update) {
        if (body.resource_type() == write.type) {
            TRY(check_ids(write, body));
        }
    } else {
        write.id = base::new_id(context.clock.now());
        if (!request.if_none_exist.empty()) {
            std::string_view text = request.if_none_exist;
            if (const auto mark = text.find('?'); mark == 0 || text.substr(0, mark) == write.type)
                text.remove_prefix(mark == std::string_view::npos ? text.size() : mark + 1);
            TRY(const auto criteria, read_query(text));
            TRY(write.criteria, read_criteria(write.type, criteria, request.base, context));
        }
    }
    TRY(write.findings, check_body(body, write.type, context));
    write.sent = body;
    return write;
}

void finish_body(Write& write, const Context& context) {
    if (write.kind == Write::Kind::remove || write.kind == Write::Kind::patch) return;
    if (!write.id.empty()) write.body.emplace(write.resource(), write.id);
    write.index = fhir::search::extract(write.resource(), context.parameters, context.schema, write.findings, {.units = context.units});
    write.generation = context.parameters.generation();
    if (context.rules.referential_integrity) write.pointed = pointed_by(write.resource(), context.schema);
    // Bundles are large: what will not be looked at again goes. Criteria may still ask for a body with another id.
    if (write.body && !write.criteria) write.changed.reset();
}

base::Result<Write> prepare(const Request& request, fhir::View body, const Context& context) {
    TRY(Write write, begin_write(request, body, context));
    if (write.kind != Write::Kind::remove && write.kind != Write::Kind::patch) {
        TRY(write.changed, rewritten(write.sent, links_of(write.sent, context.schema), {.own_base = request.base, .own_bases = &context.rules.own_bases}));
    }
    finish_body(write, context);
    return write;
}

base::Result<Effect> apply(const Write& write, store::Transaction& transaction, const Context& context) {
    switch (write.kind) {
        case Write::Kind::create: return apply_create(write, transaction, context);
        case Write::Kind::update: return apply_update(write, transaction, context);
        case Write::Kind::remove: return apply_remove(write, transaction, context);
        case Write::Kind::patch: return apply_patch(write, transaction, context);
    }
    return Fault{Fault::Kind::bug, "An unknown kind of write."};
}

void add_types(const Write& write, const Effect& effect, std::set<std::string>& types) {
    types.insert(write.type);
    for (const store::Name& name : effect.removed) types.insert(name.type);
}

void tell_committed(const std::set<std::string>& types, const Context& context) {
    if (context.definitions == nullptr) return;
    for (const std::string& type : types) context.definitions->committed(type);
}

base::Result<Response> commit(const Write& write, const Request& request, const Context& context) {
    Effect effect;
    const auto written = context.repository.write([&](store::Transaction& transaction) -> base::Result<void> {
        TRY(effect, apply(write, transaction, context));
        if (request.with_commit) return request.with_commit(transaction);
        return {};
    });
    if (!written) return written.fault();
    std::set<std::string> types;
    add_types(write, effect, types);
    tell_committed(types, context);
    return answer(write, effect, request.wanted, context);
}

Response answer(const Write& write, const Effect& effect, Request::Return wanted, const Context& context) {
    using Status = Response::Status;
    const bool removed = write.kind == Write::Kind::remove;
    Response response = removed && effect.found ? Response{} : about(effect.version);
    response.findings = write.findings;
    response.findings.insert(response.findings.end(), effect.findings.begin(), effect.findings.end());
    const bool tells = wanted == Request::Return::outcome || (effect.tells && wanted != Request::Return::minimal);
    if (removed) {
        response.status = tells ? Status::ok : Status::no_content;
        response.type = write.type;
    } else {
        response.status = effect.created ? Status::created : Status::ok;
        response.located = true;
        const bool whole = wanted == Request::Return::unsaid || wanted == Request::Return::representation;
        // What criteria found was within reach of search; who may write is not always one who may read.
        if (whole && effect.version.body && (effect.found || in_reach(write.plan->read, effect.version, context)))
            response.content.emplace_back(effect.version.body);
    }
    if (tells) {
        base::Findings findings = removed ? told(effect) : response.findings;
        if (findings.empty())
            findings.push_back({base::Severity::information, base::IssueType::informational, "",
                                effect.created ? "Created." : "Stored.", 0, 0});
        response.content.clear();
        response.content.emplace_back(fhir::resource::outcome_json(findings, context.schema.names()));
    }
    return response;
}

}  // namespace interaction
