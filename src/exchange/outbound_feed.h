// SPDX-License-Identifier: Apache-2.0
#pragma once

// From the ledger to messages: which changes of a stretch are a destination's business, and what is said of them. Pure but for what it
// reads of the store.

#include "exchange/outbound_rules.h"
#include "fhir/search/query.h"
#include "interaction/call/context.h"
#include "mapping/speaker.h"
#include "store/durable/outbox.h"
#include "store/ledger.h"

#include <map>
#include <string>
#include <vector>

namespace exchange {

class Feed {
public:
    // Fault (invalid) when criteria or messages cannot be. All arguments outlive it.
    static base::Result<Feed> make(const DestinationRules& rules, const mapping::Composer& composer, const mapping::Speaker& speaker,
                                   const interaction::Context& context);

    // The messages of a stretch of the ledger, in its order. A change that cannot be composed becomes a dead message that says why.
    std::vector<store::durable::Outgoing> messages(const std::vector<store::LedgerEntry>& entries, base::Micros now) const;

private:
    Feed(const DestinationRules& rules, const mapping::Composer& composer, const mapping::Speaker& speaker, const interaction::Context& context)
        : rules_(&rules), composer_(&composer), speaker_(&speaker), context_(&context) {}
    class Batch;

    const DestinationRules* rules_;
    const mapping::Composer* composer_;
    const mapping::Speaker* speaker_;
    const interaction::Context* context_;
    std::set<std::string, std::less<>> types_;
    std::map<std::string, std::vector<fhir::search::Query>, std::less<>> criteria_;  // by type
    std::map<std::string, std::vector<std::pair<mapping::Composer::Dependent, const fhir::search::Parameter*>>, std::less<>> dependents_;
};

}  // namespace exchange
