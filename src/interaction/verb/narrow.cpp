// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/narrow.h"

namespace interaction {

using base::Fault;

base::Result<std::optional<fhir::search::Reach>> narrow(const Request& request, fhir::search::Query& query, const Context& context) {
    if (!request.compartment) return std::optional<fhir::search::Reach>();
    const auto& [kind, id] = *request.compartment;
    const fhir::search::Compartments* known = context.compartments;
    if (known == nullptr || !known->exists(kind))
        return Fault{Fault::Kind::missing, "There is no compartment of " + kind + " in FHIR R4.", "", base::IssueType::not_supported};
    if (request.type.empty()) return std::optional(known->reach(kind, id, request.plan->search, context.parameters));
    auto member = known->clause(kind, id, request.type, context.parameters);
    if (!member)
        return Fault{Fault::Kind::missing, "A " + request.type + " is in no compartment of a " + kind + ".", "",
                     base::IssueType::not_supported};
    query.clauses.push_back(*std::move(member));
    return std::optional<fhir::search::Reach>();
}

std::string search_path(const Request& request) {
    std::string path;
    if (request.compartment) path = "/" + request.compartment->type + "/" + request.compartment->id;
    if (!request.type.empty()) return path + "/" + request.type;
    return request.compartment ? path + "/*" : path;
}

}  // namespace interaction
