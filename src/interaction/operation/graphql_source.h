// SPDX-License-Identifier: Apache-2.0
#pragma once

// The resources of one moment for one $graphql: what its plan lets be read is read, what it lets be found is found, nothing else is
// there. Every resource is parsed once.
//
// One answer touches no more than most_resources resources, most_bytes of their text, most_reads reads by id and most_searches
// searches; beyond that it is too costly.

#include "fhir/graphql/source.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"

#include <map>
#include <memory>
#include <unordered_map>

namespace interaction {

class GraphqlSource final : public fhir::graphql::Source {
public:
    static constexpr std::size_t most_resources = 20'000;
    static constexpr std::size_t most_bytes = 64U << 20U;
    static constexpr std::size_t most_reads = 50'000;
    static constexpr std::size_t most_searches = 1'000;

    // All three must outlive it.
    GraphqlSource(const Request& request, store::Snapshot& snapshot, const Context& context)
        : request_(request), snapshot_(snapshot), context_(context) {}

    base::Result<fhir::View> read(std::string_view type, std::string_view id) override;
    base::Result<fhir::View> resolve(std::string_view reference) override;
    base::Result<std::vector<fhir::View>> list(const fhir::graphql::Search& search) override;
    base::Result<fhir::graphql::Connection> connect(const fhir::graphql::Search& search, bool counted) override;

private:
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    base::Result<fhir::View> read_version(const std::string& type, const std::string& id, std::int64_t version);
    base::Result<fhir::View> parsed(const store::Version& version);
    base::Result<Pairs> parameters_of(const fhir::graphql::Search& search) const;
    base::Result<fhir::search::Query> question(const std::string& type, const Pairs& parameters);
    base::Result<store::Page> found(const fhir::search::Query& query, const store::Window& window);

    const Request& request_;
    store::Snapshot& snapshot_;
    const Context& context_;
    std::size_t bytes_ = 0;
    std::size_t searches_ = 0;
    std::unordered_map<std::string, fhir::View> reads_;                                // "Patient/1" -> what the plan lets be seen
    std::unordered_map<std::string, std::unique_ptr<const fhir::Document>> documents_;  // "Patient/1/3"
};

}  // namespace interaction
