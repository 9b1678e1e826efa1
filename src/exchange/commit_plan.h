// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one attempt to commit a translation puts, made from one moment of the store: entries told who is who, laid over what is
// stored, older ones left, and the merges that the translation speaks of. Only the committer makes it.

#include "exchange/identity.h"
#include "exchange/unchanged.h"
#include "interaction/operation/joining.h"
#include "mapping/translation.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace exchange {

// In meta of what a message wrote: when its sender said it.
inline constexpr const char* said_extension = "urn:andiron:said";
// In the Provenance of a message: a resource of which the store knew newer things.
inline constexpr const char* left_extension = "urn:andiron:left";
// Likewise: a resource of another patient that has the number of one of these.
inline constexpr const char* apart_extension = "urn:andiron:apart";

class CommitPlan {
public:
    // `unchanged` is asked and learns.
    static base::Result<CommitPlan> make(const mapping::Translation& translation, const interaction::Context& context, Unchanged& unchanged);

    // The entries as parts of a transaction; this plan must outlive it. What merges change besides comes as writes() of the same commit.
    std::vector<interaction::Part> parts() const;
    // Records about which somebody else may come between.
    std::vector<store::Name> contended() const;
    base::Result<std::vector<interaction::Write>> writes(const interaction::Request& request) const;
    // Does all that was looked at still hold? Fault (stale) else. Runs before the puts.
    base::Result<void> holds(store::Transaction& transaction) const;
    // Runs after the puts: the writes, and whether the merges are still what they should be.
    base::Result<void> inside(const std::vector<interaction::Write>& writes, store::Transaction& transaction) const;

    const base::Findings& findings() const { return findings_; }

private:
    CommitPlan(const mapping::Translation& translation, const interaction::Context& context, Unchanged& unchanged)
        : translation_(translation), context_(context), known_(unchanged) {}

    struct Place {                    // where a body goes
        std::int64_t before = 0;      // the version it replaces; 0: it is new
        bool entry = false;           // it came as an entry: it goes through the bundle
        bool unconditional = false;   // nobody else makes this one
    };

    base::Result<void> resolve();
    base::Result<void> keep_apart();
    std::optional<std::size_t> twin_of(std::size_t number) const;
    base::Result<bool> both_numbered(const std::string& stored, const std::string& sent) const;
    base::Result<std::optional<store::Version>> living(const store::Name& name) const;
    base::Result<void> lay();
    base::Result<void> lay_one(std::size_t number);
    base::Result<void> join();
    base::Result<void> take_over(const store::Name& gone, const store::Name& kept);
    base::Result<void> add_joined(interaction::Joined joined);
    void tell_left();
    bool older(const std::optional<base::Micros>& said) const;
    void leave(const mapping::Entry& entry, const Meant& meant);
    void keep(const mapping::Entry& entry, const Meant& meant);
    void put(const store::Name& name, fhir::Document body, const Place& place);

    const mapping::Translation& translation_;
    const interaction::Context& context_;
    Unchanged& known_;
    std::unique_ptr<store::Snapshot> snapshot_;
    std::vector<Meant> meant_;                      // by entry
    interaction::Targets targets_;                  // from what entries were made for to what they mean
    interaction::Pending bodies_;                   // all that is put
    std::map<store::Name, Place> places_;
    std::vector<store::Name> order_;                // of the bodies, as they came
    std::vector<std::pair<store::Name, std::int64_t>> unchanged_;  // identified records that say what they said: none was merged meanwhile
    std::vector<std::size_t> fresh_;                // entries that are new and known by an Identifier
    std::vector<store::Name> left_;                 // what the store knew newer
    std::vector<store::Name> apart_;                // what has the same number and is another patient's
    std::vector<interaction::Joined> joined_;       // for what is looked at at the end; their changes are among the bodies
    base::Findings findings_;
};

}  // namespace exchange
