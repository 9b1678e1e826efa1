// SPDX-License-Identifier: Apache-2.0
#include "terminology/lookup.h"

#include "terminology/language_tag.h"

#include <fmt/format.h>

namespace terminology {

namespace {

using base::Fault;

Fault no_such_code(std::string_view system, std::string_view code) {
    return {Fault::Kind::missing, fmt::format("the code system {} has no code '{}'", system, code.substr(0, 100)), {},
            base::IssueType::code_invalid};
}

LookupAnswer from_table(const CodeSystem& table, ConceptId id, std::string_view system) {
    LookupAnswer made{table.title(), std::string(system), table.version(), std::string(table.code(id)), std::string(table.display(id)),
                      std::string(table.definition(id)), table.abstract(id), table.inactive(id), {}, {}};
    if (!table.name().empty()) made.name = table.name();
    const auto text = [&](CodeSystem::Text each) { return std::string(table.text(each)); };
    for (const auto& each : table.designations(id))
        made.designations.push_back({text(each.value), text(each.language), text(each.use_system), text(each.use_code), text(each.use_display)});
    const auto related = [&](std::string_view name, ConceptId other) {
        made.properties.push_back({std::string(name), std::string(table.code(other)), "code", {}, std::string(table.display(other))});
    };
    for (const ConceptId parent : table.parents(id)) related("parent", parent);
    for (const ConceptId child : table.children(id)) related("child", child);
    made.properties.push_back({"inactive", table.inactive(id) ? "true" : "false", "boolean", {}, {}});
    for (const auto& each : table.properties(id)) {
        const auto& definition = table.property_definitions()[each.definition];
        using Role = CodeSystem::Role;
        if (definition.role == Role::parent || definition.role == Role::child || definition.role == Role::inactive) continue;
        made.properties.push_back({definition.code, text(each.value), text(each.type), text(each.system), {}});
    }
    return made;
}

}  // namespace

base::Result<LookupAnswer> lookup(const Local& local, std::string_view system, std::string_view version, std::string_view code,
                                  const std::vector<std::string>& supplements) {
    const auto found = supplements.empty() ? local.catalog().system(system, version, {})
                                           : local.catalog().system(system, version, {}, supplements);
    if (!found && !supplements.empty())
        return Fault{Fault::Kind::missing, fmt::format("a supplement that was asked for is not known, or not for {}", system)};
    const BuiltIn* rules = built_in(system);
    const CodeSystem* table = found && found->content() != Content::not_present ? found.get() : rules ? rules->table : nullptr;
    if (table && table->content() != Content::supplement) {
        const ConceptId id = table->find(code);
        if (id == no_concept) return no_such_code(system, code);
        return from_table(*table, id, system);
    }
    if (rules && rules->decides) {
        if (rules->grammar(code, local.units()).known != Answer::yes) return no_such_code(system, code);
        LookupAnswer made;
        made.name = rules->system;
        made.system = system;
        made.code = made.display = code;
        return made;
    }
    if (system == "urn:ietf:bcp:47") {
        if (check_language_tag(code).known != Answer::yes) return no_such_code(system, code);
        LookupAnswer made;
        made.name = "Language tags (BCP 47)";
        made.system = system;
        made.code = code;
        made.display = language_name(code);
        return made;
    }
    return Fault{Fault::Kind::missing, fmt::format("the content of the code system {} is not here", system.substr(0, 200))};
}

base::Result<Subsumption> subsumption(const Local& local, std::string_view system, std::string_view a, std::string_view b) {
    if (a != b) {
        const auto found = local.catalog().system(system, {}, {});
        if (!found || found->content() == Content::not_present)
            return Fault{Fault::Kind::missing, fmt::format("the content of the code system {} is not here", system.substr(0, 200))};
        for (const std::string_view code : {a, b})
            if (found->find(code) == no_concept) return no_such_code(system, code);
    }
    const Answer down = local.subsumes(system, a, b);
    const Answer up = local.subsumes(system, b, a);
    if (down == Answer::yes && up == Answer::yes) return Subsumption::equivalent;
    if (down == Answer::yes) return Subsumption::subsumes;
    if (up == Answer::yes) return Subsumption::subsumed_by;
    if (down == Answer::no && up == Answer::no) return Subsumption::not_subsumed;
    return Fault{Fault::Kind::unsupported, fmt::format("how codes of {} subsume each other is not known here", system.substr(0, 200))};
}

}  // namespace terminology
