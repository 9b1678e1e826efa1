// SPDX-License-Identifier: Apache-2.0
#pragma once

// The services that a verb may touch: references only, no functions.

#include "base/clock.h"
#include "fhir/schema/schema.h"
#include "fhir/search/compartment.h"
#include "fhir/search/parameter.h"
#include "fhir/search/parse.h"
#include "fhir/ucum/units.h"
#include "interaction/call/converter.h"
#include "interaction/knowledge/definitions.h"
#include "store/repository.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace interaction {

struct Rules {
    enum class Validation : std::uint8_t { off, structure, full };
    Validation validation = Validation::structure;
    // By type: canonicals of profiles to which whatever is written must conform.
    std::map<std::string, std::vector<std::string>, std::less<>> required_profiles;
    int default_count = 50;             // entries a page
    int most_count = 1000;
    int most_includes = 1000;           // resources that a page brings along
    std::vector<fhir::search::NamedQuery> queries;  // for _query
    std::size_t most_entries = 10'000;  // in a batch or transaction
    // Must references to resources of this server lead somewhere? Then a write that points to nothing and a delete of what
    // something points to are conflicts (409).
    bool referential_integrity = false;
    // How much one conditional delete may take (FHIR R4 3.1.0.7.1): one resource, or up to conditional_delete_most.
    enum class ConditionalDelete : std::uint8_t { single, multiple };
    ConditionalDelete conditional_delete = ConditionalDelete::single;
    int conditional_delete_most = 100;
    int cascade_most = 1000;            // resources that one delete with _cascade=delete may take; 0 = there is no _cascade
    std::size_t most_moved = 10'000;    // resources that one merge may move; above it is refused
    bool merge_identifiers = true;      // does the record that is kept get the other one's identifiers, with use old?
    std::vector<std::string> own_bases; // how this server is known besides Request::base: references to any of them are local
    std::size_t most_answer = 256U << 20;         // bytes of what the reads of one bundle give together
    base::Micros longest_bundle = 60'000'000;     // that they may take together
    std::string version;                // of the software, for the CapabilityStatement; "" = not told
    std::string cursor_key;             // signs paging cursors; random, kept by the store so that links survive a restart
};

struct Context {
    const fhir::schema::Schema& schema;
    const fhir::search::Parameters& parameters;
    store::Repository& repository;
    const base::Clock& clock;
    const Rules& rules;
    Definitions* definitions = nullptr;  // null: nothing beyond structure can be checked
    std::atomic<std::uint64_t>* bugs = nullptr;  // counts answers that are our own mistake; may be null
    const fhir::search::Compartments* compartments = nullptr;  // null: there are none
    const fhir::ucum::Units* units = nullptr;    // null: quantities are found only in the unit that they are asked in
    const Converter* converter = nullptr;        // null: no foreign document is translated

    // The same with the search parameters of one moment.
    Context with(const fhir::search::Parameters& others) const {
        return {schema, others, repository, clock, rules, definitions, bugs, compartments, units, converter};
    }
};
static_assert(sizeof(Context) == 10 * sizeof(void*), "Context::with() carries on what is new here");

}  // namespace interaction
