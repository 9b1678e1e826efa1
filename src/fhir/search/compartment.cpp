// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/compartment.h"

#include "fhir/tree/view.h"

#include <algorithm>
#include <array>

namespace fhir::search {

namespace {

// CompartmentType (FHIR R4): the value set is fixed. The URLs end in the kind with a small first letter.
constexpr std::array<std::string_view, 5> urls{
    "http://hl7.org/fhir/CompartmentDefinition/patient", "http://hl7.org/fhir/CompartmentDefinition/encounter",
    "http://hl7.org/fhir/CompartmentDefinition/relatedPerson", "http://hl7.org/fhir/CompartmentDefinition/practitioner",
    "http://hl7.org/fhir/CompartmentDefinition/device"};

// Stands for the resource that the compartment is named after.
constexpr std::string_view itself = "{def}";

Clause test(const Parameter& parameter, Value value) {
    Clause clause;
    clause.parameter = &parameter;
    clause.any_of.push_back(std::move(value));
    return clause;
}

void add(Clause& any, std::string_view kind, std::string_view id, std::string_view type, const std::vector<std::string>& codes,
         const Parameters& parameters) {
    const auto known = [&](const Parameter* parameter) {
        return std::any_of(any.parts.begin(), any.parts.end(), [&](const Clause& part) { return part.parameter == parameter; });
    };
    for (const std::string& code : codes) {
        const bool own = code == itself;
        const Parameter* parameter = parameters.find(type, own ? std::string_view("_id") : std::string_view(code));
        if (parameter == nullptr || known(parameter)) continue;
        Value value;
        if (!own) value.system = kind;
        value.code = id;
        any.parts.push_back(test(*parameter, std::move(value)));
    }
}

}  // namespace

Compartments::Compartments(const definition::Library& library) {
    for (const std::string_view url : urls) {
        const auto found = library.find("CompartmentDefinition", url);
        if (!found) continue;
        const View definition = found->document->root();
        const std::string kind(definition.text("code"_name));
        auto& types = by_kind_[kind];
        for (View resource = definition.child("resource"); resource; resource = resource.next_same()) {
            Codes codes;
            for (View param = resource.child("param"); param; param = param.next_same()) codes.emplace_back(param.text());
            // A patient is in the own compartment, although the definition lists only the link to others.
            const std::string type(resource.text("code"_name));
            if (type == kind && std::find(codes.begin(), codes.end(), itself) == codes.end()) codes.emplace_back(itself);
            if (!codes.empty()) types.emplace(type, std::move(codes));
        }
        types.try_emplace(kind, Codes{std::string(itself)});
    }
}

bool Compartments::exists(std::string_view kind) const { return by_kind_.find(kind) != by_kind_.end(); }

bool Compartments::holds(std::string_view kind, std::string_view type) const {
    const auto found = by_kind_.find(kind);
    return found != by_kind_.end() && found->second.find(type) != found->second.end();
}

std::vector<std::string> Compartments::types(std::string_view kind) const {
    std::vector<std::string> types;
    if (const auto found = by_kind_.find(kind); found != by_kind_.end())
        for (const auto& [type, codes] : found->second) types.push_back(type);
    return types;
}

std::optional<Clause> Compartments::clause(std::string_view kind, std::string_view id, std::string_view type,
                                           const Parameters& parameters) const {
    const auto found = by_kind_.find(kind);
    if (found == by_kind_.end()) return {};
    const auto codes = found->second.find(type);
    if (codes == found->second.end()) return {};
    Clause any;
    any.kind = Clause::Kind::any;
    add(any, kind, id, type, codes->second, parameters);
    return any;
}

Reach Compartments::reach(std::string_view kind, std::string_view id, const Reach& outer, const Parameters& parameters) const {
    Reach inner;
    for (const std::string& type : types(kind)) {
        if (outer.nothing(type)) continue;
        Clause member = *clause(kind, id, type, parameters);
        const Clause* filter = outer.filter(type);
        if (filter == nullptr) {
            inner.allow(type, std::move(member));
            continue;
        }
        Clause both;
        both.kind = Clause::Kind::all;
        both.parts = {*filter, std::move(member)};
        inner.allow(type, std::move(both));
    }
    return inner;
}

}  // namespace fhir::search
