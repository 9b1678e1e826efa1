// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/includes.h"

#include "base/text.h"
#include "fhir/search/refusal.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::search {

using base::Fault;

bool may_refer_to(const Parameter& parameter, std::string_view type) {
    const auto& targets = parameter.targets;
    return targets.empty() || std::find(targets.begin(), targets.end(), type) != targets.end() ||
           std::find(targets.begin(), targets.end(), "Resource") != targets.end();
}

std::vector<const Parameter*> reference_parameters(std::string_view type, const Parameters& known) {
    std::vector<const Parameter*> found;
    for (const Parameter* parameter : known.of(type))
        if (parameter->type == ParameterType::reference && !parameter->by_address && is_supported(*parameter)) found.push_back(parameter);
    return found;
}

std::vector<std::string> includes_of(std::string_view type, const Parameters& known) {
    std::vector<std::string> found;
    for (const Parameter* parameter : reference_parameters(type, known)) found.push_back(fmt::format("{}:{}", type, parameter->code));
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> reverse_includes_of(std::string_view type, const Parameters& known, const schema::Schema& schema) {
    std::vector<std::string> found;
    for (std::size_t i = 1; i < schema.type_count(); ++i) {
        const std::string_view source = schema.type_name(static_cast<schema::TypeId>(i));
        if (!schema.is_resource(source)) continue;
        for (const Parameter* parameter : reference_parameters(source, known))
            if (may_refer_to(*parameter, type)) found.push_back(fmt::format("{}:{}", source, parameter->code));
    }
    std::sort(found.begin(), found.end());
    return found;
}

base::Result<Include> read_include(std::string_view value, bool reverse, bool iterate, const Parameters& known, const schema::Schema& schema) {
    const std::string_view name = reverse ? "_revinclude" : "_include";
    Include include;
    include.reverse = reverse;
    include.iterate = iterate;
    if (value == "*") {
        include.source = "*";
        return include;
    }
    const auto parts = base::split(value, ':');
    if (parts.size() < 2 || parts.size() > 3 || parts[1].empty())
        return wrong(fmt::format("{} is written like Observation:subject, Observation:subject:Patient, Observation:* or *.", name), name);
    const std::string_view source = parts[0];
    if (!schema.is_resource(source)) return wrong(fmt::format("In {}, {} is no resource type.", name, source.substr(0, 80)), name);
    include.source = source;
    if (parts.size() == 3) {
        if (!schema.is_resource(parts[2])) return wrong(fmt::format("In {}, {} is no resource type.", name, parts[2].substr(0, 80)), name);
        include.target = parts[2];
    }
    if (parts[1] == "*") {
        include.parameters = reference_parameters(source, known);
        return include;
    }
    const Parameter* parameter = known.find(source, parts[1]);
    if (parameter == nullptr)
        return not_supported(Fault::Kind::invalid, fmt::format("In {}, the search parameter {} is not known for {}.", name, parts[1].substr(0, 80), source), name);
    if (parameter->type != ParameterType::reference)
        return wrong(fmt::format("In {}, {} of {} is of type {}, not a reference.", name, parts[1], source, spelling(parameter->type)), name);
    if (!is_supported(*parameter)) return not_supported(Fault::Kind::unsupported, fmt::format("The search parameter {} is not supported.", parts[1]), name);
    if (parameter->by_address)
        return not_supported(Fault::Kind::unsupported, fmt::format("In {}, {} of {} refers by canonical address; those are not followed.", name, parts[1], source), name);
    if (!include.target.empty() && !may_refer_to(*parameter, include.target))
        return wrong(fmt::format("In {}, {} of {} does not refer to {}.", name, parts[1], source, include.target), name);
    include.parameters.push_back(parameter);
    return include;
}

}  // namespace fhir::search
