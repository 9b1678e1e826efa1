// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/distance.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/search/position.h"

#include <algorithm>

namespace interaction {

std::optional<double> distance_of(const store::Version& version, const fhir::search::Query& query, const Context& context) {
    std::optional<double> nearest;
    if (version.body == nullptr) return nearest;
    std::optional<fhir::search::Place> here;
    for (const fhir::search::Clause& clause : query.clauses) {
        if (clause.parameter == nullptr || !fhir::search::is_position(*clause.parameter) || clause.modifier != fhir::search::Modifier::none) continue;
        if (!here) {
            const auto document = fhir::codec::read_json(*version.body, context.schema.names());
            if (!document) return nearest;
            const fhir::View position = document->root().child("position");
            const auto latitude = base::to_double(position.child("latitude").text());
            const auto longitude = base::to_double(position.child("longitude").text());
            if (!latitude || !longitude) return nearest;
            here = fhir::search::Place{*latitude, *longitude};
        }
        for (const fhir::search::Value& asked : clause.any_of) {
            const double away = fhir::search::distance_km({asked.low, asked.high}, *here);
            nearest = nearest ? std::min(*nearest, away) : away;
        }
    }
    return nearest;
}

}  // namespace interaction
