// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/included.h"

#include "interaction/verb/sight.h"

#include <algorithm>
#include <map>
#include <set>

namespace interaction {
namespace {

using fhir::search::Include;

using ByType = std::map<std::string, std::vector<store::Name>>;

ByType by_type(const std::vector<store::Name>& names) {
    ByType groups;
    for (const store::Name& name : names) groups[name.type].push_back(name);
    return groups;
}

class Gatherer {
public:
    Gatherer(store::Snapshot& snapshot, const permission::Plan& plan, const Context& context)
        : snapshot_(snapshot), plan_(plan), context_(context) {}

    base::Result<Included> run(const std::vector<Include>& includes, const std::vector<store::Version>& matches) {
        std::vector<store::Name> at_hand;
        for (const store::Version& match : matches) {
            at_hand.push_back({match.type, match.id});
            seen_.insert(at_hand.back());
        }
        for (bool first = true; !at_hand.empty() && !result_.cut_short; first = false) {
            const ByType groups = by_type(at_hand);
            fresh_.clear();
            for (const Include& include : includes) {
                if (!first && !include.iterate) continue;
                for (const auto& [type, names] : groups) {
                    TRY(include.reverse ? backward(include, type, names) : forward(include, type, names));
                    if (result_.cut_short) return std::move(result_);
                }
            }
            at_hand = fresh_;
        }
        return std::move(result_);
    }

private:
    base::Result<void> forward(const Include& include, const std::string& type, const std::vector<store::Name>& names) {
        if (include.source == "*") return step({type, {}, include.target, false}, names);
        if (include.source != type || include.parameters.empty()) return {};
        return step({type, include.parameters, include.target, false}, names);
    }

    base::Result<void> backward(const Include& include, const std::string& type, const std::vector<store::Name>& names) {
        if (!include.target.empty() && include.target != type) return {};
        if (include.source == "*") return step({"", {}, type, true}, names);
        if (include.parameters.empty()) return {};
        return step({include.source, include.parameters, type, true}, names);
    }

    base::Result<void> step(const store::Step& step, const std::vector<store::Name>& names) {
        const int most = context_.rules.most_includes;
        // What is known already may come again, so that much more is asked for, and one to see that there is more.
        const int asked = static_cast<int>(seen_.size()) + most + 1;
        TRY(auto found, snapshot_.follow(names, step, plan_.read, asked));
        const std::size_t all = found.size();
        TRY(drop_unseen(found, plan_, snapshot_, context_));
        const bool short_of = all == static_cast<std::size_t>(asked) && found.size() < all;  // behind what is closed there may be more
        for (store::Version& version : found) {
            store::Name name{version.type, version.id};
            if (seen_.contains(name)) continue;
            if (static_cast<int>(result_.entries.size()) == most) {
                result_.cut_short = true;
                return {};
            }
            seen_.insert(name);
            fresh_.push_back(std::move(name));
            result_.entries.push_back(std::move(version));
        }
        result_.cut_short = short_of;
        return {};
    }

    store::Snapshot& snapshot_;
    const permission::Plan& plan_;
    const Context& context_;
    std::set<store::Name> seen_;
    std::vector<store::Name> fresh_;
    Included result_;
};

}  // namespace

base::Result<Included> included(const fhir::search::Query& query, const std::vector<store::Version>& matches, store::Snapshot& snapshot,
                                const permission::Plan& plan, const Context& context) {
    if (query.includes.empty() || matches.empty()) return Included{};
    return Gatherer(snapshot, plan, context).run(query.includes, matches);
}

}  // namespace interaction
