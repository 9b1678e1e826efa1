// SPDX-License-Identifier: Apache-2.0
// _list (FHIR R4 3.1.1.4.17 and lifecycle.html): the resources that a List names, and lists that no resource writes down because
// the server knows what belongs into them.
#include "base/id.h"
#include "base/text.h"
#include "fhir/search/grammar.h"
#include "fhir/search/read_value.h"
#include "fhir/search/refusal.h"

#include <fmt/format.h>

namespace fhir::search {

namespace {

using base::Fault;

constexpr std::string_view active_condition =
    "http://terminology.hl7.org/CodeSystem/condition-clinical|active,http://terminology.hl7.org/CodeSystem/condition-clinical|recurrence,"
    "http://terminology.hl7.org/CodeSystem/condition-clinical|relapse";
constexpr std::string_view doubted_condition =
    "http://terminology.hl7.org/CodeSystem/condition-ver-status|refuted,http://terminology.hl7.org/CodeSystem/condition-ver-status|entered-in-error";
constexpr std::string_view active_allergy = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical|active";
constexpr std::string_view doubted_allergy =
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification|refuted,"
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification|entered-in-error";

// What is current: active in its own words, and neither refuted nor entered in error. R4 names the lists and leaves their
// criteria to the server. A row is one criterion; all rows of a name and type together make the list.
struct Criterion {
    std::string_view list, type, name, value;
};
constexpr Criterion functional_lists[] = {
    {"$current-problems", "Condition", "category", "http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item"},
    {"$current-problems", "Condition", "clinical-status", active_condition},
    {"$current-problems", "Condition", "verification-status:not", doubted_condition},
    {"$current-medications", "MedicationStatement", "status", "active,intended"},
    {"$current-medications", "MedicationRequest", "status", "active"},
    {"$current-allergies", "AllergyIntolerance", "clinical-status", active_allergy},
    {"$current-allergies", "AllergyIntolerance", "verification-status:not", doubted_allergy},
    {"$current-drug-allergies", "AllergyIntolerance", "category", "medication"},
    {"$current-drug-allergies", "AllergyIntolerance", "clinical-status", active_allergy},
    {"$current-drug-allergies", "AllergyIntolerance", "verification-status:not", doubted_allergy},
};

}  // namespace

base::Result<Clause> Grammar::functional_list(const Types& at, std::string_view name, int depth) {
    const auto criteria_for = [&](const std::string& type) -> base::Result<Clause> {
        bool exists = false;
        std::vector<Clause> criteria;
        for (const Criterion& row : functional_lists) {
            if (row.list != name) continue;
            exists = true;
            if (row.type != type) continue;
            TRY(Clause clause, criterion({type}, row.name, row.value, depth + 1));
            criteria.push_back(std::move(clause));
        }
        if (!exists) return not_supported(Fault::Kind::invalid, fmt::format("There is no list {}.", name.substr(0, 80)), "_list");
        if (criteria.empty())
            return wrong(fmt::format("The list {} does not hold resources of type {}.", name, type.empty() ? "every kind" : type), "_list");
        return every_of(std::move(criteria));
    };
    if (at.size() == 1) return criteria_for(at.front());
    return criteria_for("");
}

base::Result<Clause> Grammar::list(const Types& at, std::string_view value, int depth) {
    std::vector<Clause> ways;
    std::string ids;
    if (value.empty()) return every_of({});
    for (const std::string_view one : split_escaped(value, ',')) {
        if (one.starts_with('$')) {
            TRY(Clause clause, functional_list(at, one, depth));
            ways.push_back(std::move(clause));
            continue;
        }
        const std::string_view id = one.starts_with("List/") ? one.substr(5) : one;
        if (!base::valid_id(id)) return wrong("_list needs the id of a List, or the name of a functional list such as $current-problems.", "_list");
        (ids += ids.empty() ? "" : ",") += id;
    }
    if (!ids.empty()) {
        TRY(const auto item, find({"List"}, "item"));
        Clause backward;
        backward.kind = Clause::Kind::backward;
        backward.parameter = item.front();
        backward.type = "List";
        TRY(Clause named, test({"List"}, "_id", "", ids));
        backward.parts.push_back(std::move(named));
        ways.push_back(std::move(backward));
    }
    return any_of_parts(std::move(ways));
}

}  // namespace fhir::search
