// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/compile.h"

#include "fhir/definition/layout.h"
#include "fhir/definition/model.h"

#include <algorithm>

namespace fhir::definition {

Compiler::Compiler() = default;
Compiler::Compiler(Compiler&&) noexcept = default;
Compiler::~Compiler() = default;

void Compiler::add(View definition) {
    const std::string_view type = definition.resource_type();
    if (type == "StructureDefinition") add_structure(definition);
    if (type == "SearchParameter") add_parameter(definition);
    if (type == "ValueSet") add_value_set(definition);
}

void Compiler::add_structure(View definition) {
    if (definition.text("derivation"_name) == "constraint") {
        ++profiles_;
        return;
    }
    if (definition.text("kind"_name) == "logical") return;
    TypeModel type = read_type(definition);
    // Each core type carries the version of the standard; the newest wins should packages differ.
    fhir_version_ = std::max<std::string_view>(fhir_version_, definition.text("fhirVersion"_name));
    std::string name = type.name;
    types_.insert_or_assign(std::move(name), std::move(type));
}

void Compiler::add_parameter(View definition) {
    Parameter parameter;
    parameter.url = definition.text("url"_name);
    parameter.code = definition.text("code"_name);
    parameter.type = definition.text("type"_name);
    parameter.bases = joined(definition, "base"_name);
    parameter.expression = definition.text("expression"_name);
    parameter.targets = joined(definition, "target"_name);
    parameter.components = parameter_components(definition);
    if (parameter.bases.empty()) return;  // ten drafts in R4's own package: they apply to nothing
    std::string url = parameter.url;
    parameters_.insert_or_assign(std::move(url), std::move(parameter));
}

void Compiler::add_value_set(View definition) {
    View expansion = definition.child("expansion"_name);
    if (!expansion) return;
    Expansion result;
    collect(expansion, result.codes);
    std::sort(result.codes.begin(), result.codes.end());
    result.codes.erase(std::unique(result.codes.begin(), result.codes.end()), result.codes.end());
    result.complete = !result.codes.empty();
    for (View extension : expansion.children("extension"_name)) {
        const std::string_view url = extension.text("url"_name);
        if (url.ends_with("/valueset-unclosed") || url.ends_with("/valueset-toocostly")) result.complete = false;
    }
    for (View parameter : expansion.children("parameter"_name))
        if (parameter.text("name"_name) == "limitedExpansion" && parameter.text("valueBoolean"_name) == "true")
            result.complete = false;
    expansions_.insert_or_assign(std::string(definition.text("url"_name)), std::move(result));
}

void Compiler::collect(View parent, std::vector<Code>& codes) {
    for (View concept_ : parent.children("contains"_name)) {
        const std::string_view code = concept_.text("code"_name);
        if (!code.empty() && concept_.text("abstract"_name) != "true")
            codes.push_back({std::string(code), std::string(concept_.text("system"_name))});
        collect(concept_, codes);
    }
}

Compiler::Counts Compiler::counts() const { return {types_.size(), profiles_, parameters_.size(), expansions_.size()}; }

base::Result<std::string> Compiler::finish() && { return Layout(*this).pack(); }

}  // namespace fhir::definition
