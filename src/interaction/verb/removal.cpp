// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/removal.h"

#include "base/text.h"
#include "interaction/verb/question.h"
#include "interaction/verb/references.h"
#include "interaction/verb/sight.h"

#include <algorithm>
#include <set>

namespace interaction {
namespace {

using base::Fault;

constexpr std::size_t most_told = 100;

Fault malformed(std::string text) { return {Fault::Kind::malformed, std::move(text), "", base::IssueType::value}; }

// `asked` and everything that refers to them, to what refers to them and so on; what refers stands behind what it refers to.
// Whoever may not remove one of them is told that and nothing else, not how many there are.
base::Result<std::vector<store::Name>> with_referrers(const std::vector<store::Name>& asked, store::Snapshot& now, int most,
                                                      const permission::Plan& plan, const Context& context) {
    std::vector<store::Name> all = asked;
    std::set<store::Name> known(asked.begin(), asked.end());
    std::vector<store::Name> edge = asked;
    while (!edge.empty()) {
        // One type at a time, as references by type and id are; one more than may be, so that nothing is overlooked.
        const std::string type = edge.front().type;
        const auto rest = std::stable_partition(edge.begin(), edge.end(), [&](const store::Name& one) { return one.type == type; });
        const std::vector<store::Name> from(edge.begin(), rest);
        edge.erase(edge.begin(), rest);
        const store::Step step{.type = {}, .parameters = {}, .target = type, .backward = true};
        TRY(const auto referrers, now.follow(from, step, fhir::search::Reach::everything(), most + 1));
        for (const store::Version& one : referrers) {
            const store::Name name{one.type, one.id};
            if (!known.insert(name).second) continue;
            TRY(may_remove(plan, one, now, context));
            all.push_back(name);
            edge.push_back(name);
        }
        if (all.size() > static_cast<std::size_t>(most))
            return Fault{Fault::Kind::conflict, "More than " + std::to_string(most) + " resources would be deleted with it; nothing was."};
    }
    return all;
}

}  // namespace

base::Result<Pairs> read_removal(const Pairs& parameters, Write& write, const Context& context) {
    const Rules& rules = context.rules;
    const bool several = rules.conditional_delete == Rules::ConditionalDelete::multiple;
    write.most_matches = several ? rules.conditional_delete_most : 1;
    Pairs rest;
    for (const auto& [name, value] : parameters) {
        if (name == "_cascade") {
            if (value != "delete") return malformed("_cascade must be delete.");
            if (rules.cascade_most == 0)
                return Fault{Fault::Kind::malformed, "Cascading deletes are turned off on this server.", "", base::IssueType::not_supported};
            write.cascades = true;
        } else if (name == "_count") {
            const auto count = base::to_integer(value);
            if (!count || *count < 1) return malformed("_count of a delete must be a whole number from 1.");
            write.most_matches = static_cast<int>(std::min<std::int64_t>(*count, write.most_matches));
        } else {
            rest.emplace_back(name, value);
        }
    }
    return rest;
}

base::Result<std::vector<store::Name>> asked_to_remove(const Write& write, store::Snapshot& now, const Context& context) {
    if (!write.criteria) return std::vector<store::Name>{{write.type, write.id}};
    const auto most = static_cast<std::size_t>(write.most_matches);
    TRY(const auto found, matches(now, *write.criteria, *write.plan, most + 1, context));
    if (found.size() > most)
        return Fault{Fault::Kind::ambiguous, "The criteria match more than " + std::to_string(write.most_matches) + " " + write.type +
                                                 ", which is the most that may be deleted at once; nothing was."};
    std::vector<store::Name> names;
    for (const store::Version& one : found) names.push_back({one.type, one.id});
    return names;
}

base::Result<Effect> remove_all(const Write& write, const std::vector<store::Name>& asked, store::Transaction& transaction,
                                const Context& context) {
    store::Snapshot& now = transaction.now();
    Effect effect;
    effect.tells = write.cascades || (write.criteria && context.rules.conditional_delete == Rules::ConditionalDelete::multiple);
    std::vector<store::Name> going;
    for (const store::Name& name : asked) {
        TRY(const auto current, now.read(name.type, name.id));
        const bool lives = current && !current->deleted();
        if (lives) TRY(may_remove(*write.plan, *current, now, context));
        if (!write.if_match.empty()) TRY(check_conditions(write, current ? &*current : nullptr));
        if (lives) going.push_back(name);
    }
    if (write.cascades) {
        const int most = std::max(context.rules.cascade_most, static_cast<int>(going.size()));
        TRY(going, with_referrers(going, now, most, *write.plan, context));
    } else if (context.rules.referential_integrity && !write.judged_later) {
        const std::set<store::Name> together(going.begin(), going.end());
        for (const store::Name& name : going) TRY(check_referrers(name, together, now, *write.plan, context));
    }
    // What refers goes first.
    for (auto name = going.rbegin(); name != going.rend(); ++name) {
        TRY(auto written, transaction.remove(name->type, name->id));
        if (asked.size() == 1 && *name == asked.front()) effect.version = std::move(written.version);
    }
    effect.found = going.empty();
    effect.removed = std::move(going);
    return effect;
}

base::Result<Effect> apply_remove(const Write& write, store::Transaction& transaction, const Context& context) {
    TRY(const auto asked, asked_to_remove(write, transaction.now(), context));
    return remove_all(write, asked, transaction, context);
}

base::Findings told(const Effect& effect) {
    const auto remark = [](std::string text) {
        return base::Finding{base::Severity::information, base::IssueType::informational, "", std::move(text), 0, 0};
    };
    base::Findings findings;
    const std::size_t count = effect.removed.size();
    if (count == 0) findings.push_back(remark("There was nothing to delete."));
    else findings.push_back(remark("Deleted " + std::to_string(count) + (count == 1 ? " resource." : " resources.")));
    for (std::size_t i = 0; i < std::min(count, most_told); ++i)
        findings.push_back(remark("Deleted " + effect.removed[i].type + "/" + effect.removed[i].id + "."));
    if (count > most_told) findings.push_back(remark("And " + std::to_string(count - most_told) + " more."));
    return findings;
}

}  // namespace interaction
