// SPDX-License-Identifier: Apache-2.0
#include "runner/judge.h"

#include "fhir/codec/json.h"
#include "fhir/path/program.h"
#include "fhir/validate/services.h"

namespace runner {

namespace {

// What an evaluation needs besides the expression, alive as long as it runs.
struct Setting {
    Setting(const Knowledge& knowledge, const base::Clock& clock, fhir::View resource, const Variables& variables)
        : services(knowledge.validator(), resource) {
        for (const auto& [name, text] : variables) constants[name] = {fhir::path::Item::of_text(fhir::path::Item::Kind::string, text)};
        environment.now = clock.now();
        environment.constants = &constants;
        environment.services = &services;
        environment.units = &knowledge.units();
    }
    fhir::validate::PathServices services;
    std::map<std::string, fhir::path::Collection> constants{};
    fhir::path::Environment environment{};
};

}  // namespace

base::Result<bool> Judge::holds(fhir::View resource, std::string_view expression, const Variables& variables) const {
    TRY(const auto program, fhir::path::Program::compile(expression, knowledge_.schema()));
    const Setting setting(knowledge_, clock_, resource, variables);
    fhir::path::Arena arena;
    return program.holds(fhir::path::resource_item(resource, knowledge_.schema()), setting.environment, arena);
}

base::Result<std::vector<std::string>> Judge::values(fhir::View resource, std::string_view expression, const Variables& variables) const {
    TRY(const auto program, fhir::path::Program::compile(expression, knowledge_.schema()));
    const Setting setting(knowledge_, clock_, resource, variables);
    TRY(const auto items, program.evaluate(resource, setting.environment));
    std::vector<std::string> found;
    for (const fhir::path::Item& item : items) {
        const bool complex = item.is_node() && item.node && !item.node.primitive();
        if (complex) found.push_back(fhir::codec::to_json(item.node));
        else if (const auto text = fhir::path::text_of(item, knowledge_.schema())) found.emplace_back(*text);
        else found.emplace_back(fhir::path::type_of(item, knowledge_.schema()));
    }
    return found;
}

base::Result<std::vector<std::string>> Judge::errors(fhir::View resource, std::string_view profile) const {
    fhir::validate::Question question{.now = clock_.now()};
    if (!profile.empty()) {
        if (!knowledge_.library().find("StructureDefinition", profile))
            return base::Fault{base::Fault::Kind::missing, "the profile " + std::string(profile) + " is not known here"};
        question.profiles.emplace_back(profile);
        question.follow_meta = false;
    }
    std::vector<std::string> wrong;
    for (const base::Finding& finding : knowledge_.validator().check(resource, question))
        if (finding.severity == base::Severity::error || finding.severity == base::Severity::fatal) wrong.push_back(finding.where + ": " + finding.text);
    return wrong;
}

std::string complaint(fhir::View resource) {
    if (resource.resource_type() != std::string_view("OperationOutcome")) return {};
    const fhir::View issue = resource.child("issue");
    std::string_view said = issue.child("diagnostics").text();
    if (said.empty()) said = issue.child("details").child("text").text();
    const std::string code(issue.child("code").text());
    return code.empty() || said.empty() ? code + std::string(said) : code + ": " + std::string(said);
}

}  // namespace runner
