// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every change, whichever verb it came by, in two halves: prepare() does what needs no store (checks, normalising, JSON,
// index values), apply() does the rest inside the writer's transaction, where time stands still: conditions are
// looked at and the resource is put, so that nobody comes between.

#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"
#include "interaction/call/url.h"
#include "interaction/verb/references.h"
#include "interaction/verb/rewrite.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace interaction {

struct Rehearsal;  // verb/patch.h

struct Write {
    enum class Kind : std::uint8_t { create, update, remove, patch };
    Kind kind = Kind::create;
    permission::Held plan;    // of the request
    std::string type;
    std::string id;       // empty: the criteria decide
    std::string body_id;  // the id that the body of an update has; may be empty when criteria decide
    std::string if_match;
    std::string if_none_match;
    std::optional<fhir::search::Query> criteria;  // If-None-Exist, or the criteria of a conditional update or delete

    fhir::View sent;                          // the body as it came
    std::optional<fhir::Document> changed;    // the same with its references rewritten
    std::optional<fhir::codec::Stampable> body;
    std::vector<fhir::search::IndexValue> index;
    std::uint64_t generation = 0;             // of the search parameters that made it
    base::Findings findings;                  // warnings
    std::vector<Pointed> pointed;             // what the body refers to, where Rules.referential_integrity asks for it
    bool judged_later = false;                // whoever applies it looks at references itself, when all is written

    // Of a remove (verb/removal.h).
    bool cascades = false;
    int most_matches = 1;  // of its criteria

    // A patch has no body before its resource is read (verb/patch.h).
    std::optional<fhir::patch::Patch> patch;
    std::shared_ptr<const Rehearsal> rehearsal;  // what came of it on a snapshot
    std::string own_base;
    const Targets* targets = nullptr;            // what links mean inside a transaction

    // Not for a Write whose body is finished and which has no criteria: `changed` is gone then.
    fhir::View resource() const { return changed ? changed->root() : sent; }
};

struct Effect {
    store::Version version;
    bool created = false;
    bool found = false;    // a conditional create that met what it was looking for, a delete that had nothing to do
    base::Findings findings{};  // warnings that only the patched resource shows
    std::vector<Pointed> pointed{};       // what the patched resource refers to
    std::vector<store::Name> removed{};   // by a remove: all that went
    bool tells = false;                   // of a remove: who asked is told what went
};

// A create, update, patch or remove as asked; `body` is absent for removes and must outlive the Write. References to this
// server's own base become relative. Faults as the verbs say them.
base::Result<Write> prepare(const Request& request, fhir::View body, const Context& context);

// The first half of prepare(): everything but the body in its stored form and the index values. finish_body() adds them
// and may be called again after `changed` or `id` was replaced.
base::Result<Write> begin_write(const Request& request, fhir::View body, const Context& context);
void finish_body(Write& write, const Context& context);

// If-Match and If-None-Match (FHIR R4 3.1.0.5): Fault (stale). `current` is null when nothing is there.
base::Result<void> check_conditions(const Write& write, const store::Version* current);

base::Result<Effect> apply(const Write& write, store::Transaction& transaction, const Context& context);

// The types of which something was changed or, also by a cascade, taken away.
void add_types(const Write& write, const Effect& effect, std::set<std::string>& types);

// After a commit: the definitions are told, of each type once.
void tell_committed(const std::set<std::string>& types, const Context& context);

// Runs one Write and request.with_commit in one transaction of the store, and says what came of it.
base::Result<Response> commit(const Write& write, const Request& request, const Context& context);

Response answer(const Write& write, const Effect& effect, Request::Return wanted, const Context& context);

}  // namespace interaction
