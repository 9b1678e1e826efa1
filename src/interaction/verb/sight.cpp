// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/sight.h"

#include "fhir/search/extract.h"
#include "interaction/verb/binary.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/write.h"

#include <algorithm>

namespace interaction {
namespace {

using base::Fault;
using fhir::search::Reach;

Fault denied() { return {Fault::Kind::denied, "This change is not allowed."}; }

// What is closed to the asker (verb/binary.h) he may not change either.
base::Result<void> may_touch(const store::Version& current, const permission::Plan& plan, store::Snapshot& now, const Context& context) {
    TRY(const bool open, is_open(current, plan.read, now, context));
    if (!open) return denied();
    return {};
}

}  // namespace

bool in_reach(const Reach& reach, const store::Version& version, const Context& context) {
    if (reach.all(version.type)) return true;
    if (reach.nothing(version.type) || !version.body) return false;
    return reach.admits(version.type, index_of(version, context), version.id, version.last_updated);
}

std::vector<fhir::search::IndexValue> index_of(const store::Version& version, const Context& context) {
    return index_of(body_of(version, context).root(), context);
}

std::vector<fhir::search::IndexValue> index_of(fhir::View resource, const Context& context) {
    base::Findings ignored;  // they were told when it was written
    return fhir::search::extract(resource, context.parameters, context.schema, ignored, {.units = context.units});
}

base::Result<bool> in_reach(const Reach& reach, const store::Version& version, store::Snapshot& snapshot, const Context& context) {
    if (reach.all(version.type)) return true;
    if (reach.nothing(version.type)) return false;
    if (!version.deleted()) return in_reach(reach, version, context);
    TRY(const auto before, snapshot.vread(version.type, version.id, version.version - 1));
    return before && in_reach(reach, *before, context);
}

base::Result<bool> seen(const permission::Plan& plan, const store::Version& version, store::Snapshot& snapshot, const Context& context) {
    if (sees_all(plan, version.type)) return true;
    TRY(const bool there, in_reach(plan.read, version, snapshot, context));
    if (!there) return false;
    return is_open(version, plan.read, snapshot, context);
}

base::Result<void> drop_unseen(std::vector<store::Version>& versions, const permission::Plan& plan, store::Snapshot& snapshot,
                               const Context& context) {
    if (plan.read.all()) return {};
    std::vector<store::Version> open;
    open.reserve(versions.size());
    for (store::Version& version : versions) {
        TRY(const bool shown, is_open(version, plan.read, snapshot, context));
        if (shown) open.push_back(std::move(version));
    }
    versions = std::move(open);
    return {};
}

bool may_find_closed(const permission::Plan& plan, std::string_view type) {
    if (plan.read.all()) return false;
    if (!type.empty()) return guarded(type);
    const auto types = plan.search.types();
    return !types || std::any_of(types->begin(), types->end(), [](const std::string& one) { return guarded(one); });
}

bool sees_all(const permission::Plan& plan, std::string_view type) {
    if (type.empty() || guarded(type)) return plan.read.all();
    return plan.read.all(type);
}

base::Result<void> may_begin(const Write& write) {
    const permission::Plan& plan = *write.plan;
    bool some = true;
    switch (write.kind) {
        case Write::Kind::create: some = !plan.create.nothing(write.type); break;
        case Write::Kind::update: some = !plan.create.nothing(write.type) || !plan.update.nothing(write.type); break;
        case Write::Kind::patch: some = !plan.update.nothing(write.type); break;
        case Write::Kind::remove: some = !plan.remove.nothing(write.type); break;
    }
    if (!some) return denied();
    return {};
}

base::Result<void> may_put(const Write& write, const std::string& id, const store::Version* current, base::Micros time,
                           store::Snapshot& now, const Context& context) {
    const permission::Plan& plan = *write.plan;
    const bool lives = current != nullptr && !current->deleted();
    const Reach& reach = lives ? plan.update : plan.create;
    if (!reach.all(write.type) && !reach.admits(write.type, write.index, id, time)) return denied();
    if (current == nullptr) return {};
    // Who brings a deleted resource back goes on with its history.
    TRY(const bool before, in_reach(plan.update, *current, now, context));
    if (!before) return denied();
    return may_touch(*current, plan, now, context);
}

base::Result<void> may_remove(const permission::Plan& plan, const store::Version& current, store::Snapshot& now, const Context& context) {
    if (!in_reach(plan.remove, current, context)) return denied();
    return may_touch(current, plan, now, context);
}

}  // namespace interaction
