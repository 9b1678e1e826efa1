// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/reach.h"

#include "fhir/search/match.h"

namespace fhir::search {

namespace {

const Clause out_of_reach{.kind = Clause::Kind::any};

}  // namespace

Reach Reach::everything() {
    Reach reach;
    reach.everything_ = true;
    return reach;
}

void Reach::allow(std::string_view type) { by_type_.insert_or_assign(std::string(type), std::nullopt); }

void Reach::allow(std::string_view type, Clause filter) {
    const auto [at, added] = by_type_.try_emplace(std::string(type), Clause{.kind = Clause::Kind::any});
    if (at->second) at->second->parts.push_back(std::move(filter));
}

bool Reach::all(std::string_view type) const { return filter(type) == nullptr; }

bool Reach::nothing(std::string_view type) const {
    const Clause* asked = filter(type);
    return asked != nullptr && asked->parts.empty();
}

const Clause* Reach::filter(std::string_view type) const {
    if (everything_) return nullptr;
    const auto at = by_type_.find(type);
    if (at == by_type_.end()) return &out_of_reach;
    return at->second ? &*at->second : nullptr;
}

std::optional<std::vector<std::string>> Reach::types() const {
    if (everything_) return std::nullopt;
    std::vector<std::string> found;
    for (const auto& [type, filter] : by_type_) found.push_back(type);
    return found;
}

bool Reach::admits(std::string_view type, std::span<const IndexValue> index, std::string_view id, base::Micros last_updated) const {
    const Clause* asked = filter(type);
    return asked == nullptr || holds(*asked, index, id, last_updated);
}

}  // namespace fhir::search
