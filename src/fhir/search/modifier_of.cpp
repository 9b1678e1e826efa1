// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/modifier_of.h"

#include "fhir/search/refusal.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::search {

namespace {

constexpr std::string_view unsupported_modifiers[] = {"text", "in", "not-in", "below", "above", "identifier", "of-type", "ofType"};

template <class List>
bool among(const List& list, std::string_view text) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

}  // namespace

base::Result<Modifier> modifier_of(const Parameter& parameter, std::string_view text, std::string& type, const schema::Schema& schema) {
    using base::Fault;
    const auto only = [&](Modifier modifier, bool fits) -> base::Result<Modifier> {
        if (fits) return modifier;
        return wrong(fmt::format("The modifier :{} does not fit {}, which is of type {}.", text, parameter.code, spelling(parameter.type)),
                     parameter.code);
    };
    if (text.empty()) return Modifier::none;
    if (text == "missing") return only(Modifier::missing, true);
    if (text == "exact") return only(Modifier::exact, parameter.type == ParameterType::string);
    if (text == "contains") return only(Modifier::contains, parameter.type == ParameterType::string);
    if (text == "not") return only(Modifier::not_, parameter.type == ParameterType::token);
    if (schema.is_resource(text)) {
        const bool allowed = parameter.targets.empty() || among(parameter.targets, text) || among(parameter.targets, "Resource");
        TRY(const Modifier modifier, only(Modifier::type, parameter.type == ParameterType::reference && allowed));
        type = text;
        return modifier;
    }
    if (among(unsupported_modifiers, text))
        return not_supported(Fault::Kind::unsupported, fmt::format("The modifier :{} is not supported.", text), parameter.code);
    return not_supported(Fault::Kind::invalid, fmt::format("The modifier :{} does not exist.", text), parameter.code);
}

}  // namespace fhir::search
