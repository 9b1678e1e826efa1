// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/modifier_of.h"

#include "fhir/search/refusal.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::search {

namespace {

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
    const bool string = parameter.type == ParameterType::string && !is_words(parameter);
    const bool token = parameter.type == ParameterType::token;
    const bool coded = token && parameter.expression;  // not _id
    const bool reference = parameter.type == ParameterType::reference;
    const bool ordered = coded || reference || parameter.type == ParameterType::uri;
    if (text == "exact") return only(Modifier::exact, string);
    if (text == "contains") return only(Modifier::contains, string);
    if (text == "not") return only(Modifier::not_, token);
    if (text == "text") return only(Modifier::text, coded);
    if (text == "in") return only(Modifier::in, coded);
    if (text == "not-in") return only(Modifier::not_in, coded);
    if (text == "of-type" || text == "ofType") return only(Modifier::of_type, coded);
    if (text == "above") return only(Modifier::above, ordered);
    if (text == "below") return only(Modifier::below, ordered);
    if (text == "identifier") return only(Modifier::identifier, reference);
    if (schema.is_resource(text)) {
        const bool allowed = parameter.targets.empty() || among(parameter.targets, text) || among(parameter.targets, "Resource");
        TRY(const Modifier modifier, only(Modifier::type, reference && allowed));
        type = text;
        return modifier;
    }
    return not_supported(Fault::Kind::invalid, fmt::format("The modifier :{} does not exist.", text), parameter.code);
}

}  // namespace fhir::search
