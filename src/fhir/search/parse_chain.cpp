// SPDX-License-Identifier: Apache-2.0
// Criteria that look at other resources: chains (FHIR R4 3.1.1.4.15) and _has (3.1.1.4.16), to any depth up to eight links.
#include "base/text.h"
#include "fhir/search/grammar.h"
#include "fhir/search/includes.h"
#include "fhir/search/refusal.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::search {

namespace {

using base::Fault;

constexpr int most_links = 8;
constexpr std::string_view has_begins = "_has:";

std::string listed(const std::vector<std::string>& types) {
    if (types.size() > 8) return fmt::format("{} and {} others", fmt::join(types.begin(), types.begin() + 8, ", "), types.size() - 8);
    return fmt::format("{}", fmt::join(types, ", "));
}

}  // namespace

std::vector<std::string> Grammar::targets_of(const Parameter& parameter) const {
    std::vector<std::string> types;
    for (const std::string& target : parameter.targets) {
        if (target == "Resource") {
            types.clear();
            break;
        }
        if (schema.is_resource(target)) types.push_back(target);
    }
    if (!types.empty()) return types;
    for (std::size_t i = 1; i < schema.type_count(); ++i) {
        const std::string_view name = schema.type_name(static_cast<schema::TypeId>(i));
        if (schema.is_resource(name)) types.emplace_back(name);
    }
    return types;
}

bool Grammar::knows(const std::string& type, std::string_view next) const {
    const std::string_view code = next.substr(0, next.find_first_of(":.["));
    return code == "_has" || code == "_list" || code == "_filter" || known.find(type, code) != nullptr;
}

base::Result<Clause> Grammar::criterion(const Types& at, std::string_view name, std::string_view value, int depth) {
    if (name.starts_with(has_begins))
        return has(at, name, depth, [&](const Types& other, std::string_view rest) { return criterion(other, rest, value, depth + 1); });
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) {
        if (name == "_list") return list(at, value, depth);
        if (name == "_filter") return filter(at, value, depth);
        const auto [code, modifier] = base::cut(name, ':');
        if (name.ends_with(':')) return wrong(fmt::format("A modifier is missing behind {}:", code), code);
        return test(at, code, modifier, value);
    }
    const std::string_view rest = name.substr(dot + 1);
    return chain(at, name.substr(0, dot), rest, depth, [&](const Types& other) { return criterion(other, rest, value, depth + 1); });
}

base::Result<Clause> Grammar::chain(const Types& at, std::string_view link, std::string_view next, int depth, const Inner& inner) {
    const auto [code, wanted] = base::cut(link, ':');
    if (depth >= most_links) return too_much(fmt::format("A chain has at most {} links.", most_links), code);
    if (code.empty() || next.empty() || next.front() == '.') return wrong("A link is missing in a chain; it is written like subject:Patient.name.", code);
    TRY(const auto parameters, find(at, code));
    std::vector<Clause> ways;
    std::vector<std::string> asked;
    std::optional<Fault> first;
    for (const Parameter* parameter : parameters) {
        if (parameter->type != ParameterType::reference)
            return wrong(fmt::format("{} is of type {}: only behind a reference a chain can go on with {}.", code, spelling(parameter->type), next), code);
        if (!is_supported(*parameter))
            return not_supported(Fault::Kind::unsupported, fmt::format("The search parameter {} is not supported.", code), code);
        if (parameter->by_address)
            return not_supported(Fault::Kind::unsupported, fmt::format("{} refers by canonical address; chains do not follow those.", code), code);
        std::vector<std::string> types;
        if (wanted.empty()) {
            types = targets_of(*parameter);
        } else if (!schema.is_resource(wanted)) {
            return wrong(fmt::format("In a chain only a resource type stands behind the colon; {}:{} has none.", code, wanted), code);
        } else if (!may_refer_to(*parameter, wanted)) {
            return wrong(fmt::format("{} does not refer to {}, but to {}.", code, wanted, listed(targets_of(*parameter))), code);
        } else {
            types.emplace_back(wanted);
        }
        for (std::string& type : types) {
            asked.push_back(type);
            if (types.size() > 1 && !knows(type, next)) continue;
            TRY(spend(1, 0, code));
            auto further = inner({type});
            if (!further) {
                // Not every type need understand what is asked; but what costs too much for one is not asked of the others.
                if (further.fault().type == base::IssueType::too_costly) return further.fault();
                if (!first) first = further.fault();
                continue;
            }
            Clause forward;
            forward.kind = Clause::Kind::forward;
            forward.parameter = parameter;
            forward.type = std::move(type);
            forward.parts.push_back(*std::move(further));
            ways.push_back(std::move(forward));
        }
    }
    if (!ways.empty()) return any_of_parts(std::move(ways));
    if (first) {
        first->text = fmt::format("Behind {}: {}", link, first->text);
        return *std::move(first);
    }
    const std::string_view unknown = next.substr(0, next.find_first_of(":.["));
    return not_supported(Fault::Kind::invalid,
                         fmt::format("Behind {}: the search parameter {} is not known for any of the types that it may refer to ({}).", link,
                                     unknown.substr(0, 80), listed(asked)), code);
}

base::Result<Clause> Grammar::has(const Types& at, std::string_view name, int depth, const InnerNamed& inner) {
    const auto [type, behind] = base::cut(name.substr(has_begins.size()), ':');
    const auto [code, rest] = base::cut(behind, ':');
    if (depth >= most_links) return too_much(fmt::format("_has and chains have at most {} links.", most_links), "_has");
    if (type.empty() || code.empty() || rest.empty())
        return wrong("_has is written _has:Observation:patient:code, with a type, its reference and one of its search parameters.", "_has");
    if (!schema.is_resource(type)) return wrong(fmt::format("In _has, {} is no resource type.", type.substr(0, 80)), "_has");
    TRY(const auto parameters, find({std::string(type)}, code));
    const Parameter& parameter = *parameters.front();
    if (parameter.type != ParameterType::reference)
        return wrong(fmt::format("In _has, {} of {} is of type {}, not a reference.", code, type, spelling(parameter.type)), "_has");
    if (!is_supported(parameter)) return not_supported(Fault::Kind::unsupported, fmt::format("The search parameter {} is not supported.", code), "_has");
    if (parameter.by_address)
        return not_supported(Fault::Kind::unsupported, fmt::format("In _has, {} of {} refers by canonical address; those are not followed.", code, type), "_has");
    for (const std::string& one : at)
        if (!may_refer_to(parameter, one))
            return wrong(fmt::format("In _has, {} of {} does not refer to {}, but to {}.", code, type, one, listed(targets_of(parameter))), "_has");
    TRY(spend(1, 0, "_has"));
    auto further = inner({std::string(type)}, rest);
    if (!further) {
        Fault fault = std::move(further).fault();
        fault.text = fmt::format("Behind _has:{}:{}: {}", type, code, fault.text);
        return fault;
    }
    Clause backward;
    backward.kind = Clause::Kind::backward;
    backward.parameter = &parameter;
    backward.type = type;
    backward.parts.push_back(*std::move(further));
    return backward;
}

}  // namespace fhir::search
