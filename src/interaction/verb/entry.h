// SPDX-License-Identifier: Apache-2.0
#pragma once

// One entry of a batch or transaction: what it asks, and later what came of it.

#include "interaction/verb/write.h"

#include <string>
#include <vector>

namespace interaction {

struct Entry {
    std::size_t number = 0;  // Bundle.entry[number]
    std::string method;
    std::string url;
    std::string full_url;
    fhir::View resource;
    Request request;         // without a body: that is `resource`

    std::optional<Write> write;        // of a create, update, patch or remove
    std::optional<Effect> effect;
    std::optional<Response> response;  // of a read
    std::optional<base::Fault> fault;  // batches go on after one

    bool writes() const {
        return request.verb == Verb::create || request.verb == Verb::update || request.verb == Verb::patch ||
               request.verb == Verb::remove;
    }
};

// All entries of request.body, each with its own fault when it asks for nothing that can be. Fault when the bundle
// itself cannot be run: no Bundle, too many entries (too_large).
base::Result<std::vector<Entry>> read_entries(const Request& request, const Context& context);

// The same of request.parts.
base::Result<std::vector<Entry>> entries_of_parts(const Request& request, const Context& context);

// DELETE, POST, PUT, PATCH, then reads (FHIR R4 3.1.0.11.2); within each the order of the bundle.
std::vector<Entry*> in_order(std::vector<Entry>& entries);

// The same fault, saying which entry it is about.
base::Fault named(base::Fault fault, const Entry& entry);

// What the reading entries of one bundle may cost together: Rules::most_answer bytes, Rules::longest_bundle.
class Allowance {
public:
    explicit Allowance(const Context& context) : context_(context), begun_(context.clock.now()) {}
    // Runs a reading entry. Fault (too_costly) when nothing is left for it.
    base::Result<Response> run_read(const Entry& entry, store::Snapshot& snapshot);

private:
    const Context& context_;
    base::Micros begun_;
    std::size_t bytes_ = 0;
};

// The answering bundle: "batch-response" or "transaction-response".
Response answer_all(std::string_view type, const std::vector<Entry>& entries, const Request& request,
                    const Context& context);

}  // namespace interaction
