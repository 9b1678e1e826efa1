// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/capability_statement.h"

#include "base/text.h"
#include "fhir/search/includes.h"
#include "fhir/search/parameter.h"
#include "fhir/tree/builder.h"
#include "interaction/operations.h"
#include "interaction/table.h"

#include <algorithm>

namespace interaction {
namespace {

using namespace fhir::literals;
using fhir::search::Parameter;

bool has(std::vector<const char*> Row::*column, std::string_view code) {
    return std::any_of(table().begin(), table().end(), [&](const Row& row) {
        return std::any_of((row.*column).begin(), (row.*column).end(), [&](const char* one) { return code == one; });
    });
}

void interactions(fhir::Builder& build, std::vector<const char*> Row::*column) {
    for (const Row& row : table()) {
        for (const char* code : row.*column) {
            build.open("interaction"_name, true);
            build.value("code"_name, code);
            build.close();
        }
    }
}

void text(fhir::Builder& build, fhir::Name name, std::string_view value) { build.value(name, value, fhir::Kind::string, true); }

// Where it looks: of an expression over many types the branches of this one.
std::string looks_at(const Parameter& parameter, std::string_view type) {
    std::string own;
    for (std::string_view branch : base::split(parameter.expression_text, '|')) {
        branch = base::trim(branch);
        std::string_view path = branch;
        while (path.starts_with('(')) path.remove_prefix(1);
        if (!path.starts_with(type) || path.size() == type.size() || path[type.size()] != '.') continue;
        own += (own.empty() ? "" : " | ") + std::string(branch);
    }
    return own.empty() ? parameter.expression_text : own;
}

void search_parameter(fhir::Builder& build, const Parameter& parameter, std::string_view type) {
    build.open("searchParam"_name, true);
    build.value("name"_name, parameter.code);
    if (!parameter.url.empty()) build.value("definition"_name, parameter.url);
    build.value("type"_name, fhir::search::spelling(parameter.type));
    if (const std::string where = looks_at(parameter, type); !where.empty()) build.value("documentation"_name, "`" + where + "`");
    build.close();
}

// Of a type, or of the system: "".
void operations_of(fhir::Builder& build, std::string_view type) {
    for (const Operation& row : operations()) {
        if (!row.is_for(type)) continue;
        build.open("operation"_name, true);
        build.value("name"_name, row.name);
        build.value("definition"_name, row.definition);
        build.close();
    }
}

// What R4 marks as trial use within a resource's entry, in the order of its elements.
void trial_use(fhir::Builder& build, std::string_view type, const Context& context) {
    if (has(&Row::on_type, "vread")) {
        build.value("versioning"_name, "versioned-update");
        build.flag("readHistory"_name, has(&Row::on_type, "history-instance"));
    }
    if (has(&Row::on_type, "update")) build.flag("updateCreate"_name, true);
    if (has(&Row::on_type, "create")) build.flag("conditionalCreate"_name, true);
    build.value("conditionalRead"_name, "full-support");
    if (has(&Row::on_type, "update")) build.flag("conditionalUpdate"_name, true);
    if (has(&Row::on_type, "delete"))
        build.value("conditionalDelete"_name, context.rules.conditional_delete == Rules::ConditionalDelete::multiple ? "multiple" : "single");
    for (const char* policy : {"literal", "logical"}) text(build, build.name("referencePolicy"), policy);
    if (context.rules.referential_integrity) text(build, build.name("referencePolicy"), "enforced");
    for (const std::string& one : fhir::search::includes_of(type, context.parameters)) text(build, "searchInclude"_name, one);
    for (const std::string& one : fhir::search::reverse_includes_of(type, context.parameters, context.schema)) text(build, "searchRevInclude"_name, one);
}

// Every profile of a resource that the packages bring: what conforms to it is found by _profile, validated and served (FHIR R4 5.1.0.14).
void supported_profiles(fhir::Builder& build, std::string_view type, const Profiles& profiles) {
    const auto found = profiles.find(type);
    if (found == profiles.end()) return;
    for (const std::string& one : found->second) text(build, build.name("supportedProfile"), one);
}

// `knowledge` may be null: nothing is known of profiles.
void resource(fhir::Builder& build, std::string_view type, bool normative, const Knowledge* knowledge, const Context& context) {
    build.open("resource"_name, true);
    build.value("type"_name, type);
    build.value("profile"_name, "http://hl7.org/fhir/StructureDefinition/" + std::string(type));
    if (!normative && knowledge != nullptr) supported_profiles(build, type, knowledge->profiles());
    interactions(build, &Row::on_type);
    if (!normative) trial_use(build, type, context);
    for (const Parameter* parameter : context.parameters.of(type))
        if (fhir::search::is_supported(*parameter)) search_parameter(build, *parameter, type);
    operations_of(build, type);
    build.close();
}

std::vector<std::string_view> resource_types(const fhir::schema::Schema& schema) {
    std::vector<std::string_view> types;
    for (std::size_t id = 1; id < schema.type_count(); ++id) {
        const std::string_view name = schema.type_name(static_cast<fhir::schema::TypeId>(id));
        if (schema.is_resource(name)) types.push_back(name);
    }
    std::sort(types.begin(), types.end());
    return types;
}

// Both resources begin alike.
void heading(fhir::Builder& build, const char* name, const char* title, const std::string& url, const std::string& base, const Context& context) {
    build.value("url"_name, url);
    if (!context.rules.version.empty()) build.value("version"_name, context.rules.version);
    build.value("name"_name, name);
    build.value("title"_name, title);
    build.value("status"_name, "active");
    build.value("date"_name, base::instant(context.clock.now()));
    build.value("kind"_name, "instance");
    build.open("software"_name);
    build.value("name"_name, "Andiron");
    if (!context.rules.version.empty()) build.value("version"_name, context.rules.version);
    build.close();
    build.open("implementation"_name);
    build.value("description"_name, "Andiron");
    build.value("url"_name, base);
    build.close();
}

}  // namespace

fhir::Document capability_statement(const std::string& base, bool normative, const Context& context) {
    fhir::Builder build(context.schema.names());
    build.resource("CapabilityStatement");
    build.value("id"_name, "andiron");
    heading(build, "Andiron", "Andiron FHIR R4 server", base + "/metadata", base, context);
    build.value("fhirVersion"_name, context.schema.fhir_version());
    for (const char* format : {"application/fhir+json", "application/fhir+xml", "json", "xml"}) text(build, "format"_name, format);
    if (has(&Row::on_type, "patch"))
        for (const std::string_view form : {std::string_view("application/fhir+json"), std::string_view("application/fhir+xml"),
                                            fhir::patch::json_media_type, fhir::patch::merge_media_type})
            text(build, "patchFormat"_name, form);
    build.open("rest"_name, true);
    build.value("mode"_name, "server");
    const auto types = resource_types(context.schema);
    const auto knowledge = context.definitions != nullptr ? context.definitions->now() : nullptr;
    for (const std::string_view type : types) resource(build, type, normative, knowledge.get(), context);
    interactions(build, &Row::on_system);
    for (const Parameter* parameter : context.parameters.of(""))
        if (fhir::search::is_supported(*parameter)) search_parameter(build, *parameter, "Resource");
    operations_of(build, "");
    for (const std::string_view type : types) {
        if (context.compartments == nullptr || !context.compartments->exists(type)) continue;
        std::string name(type);  // .../relatedPerson
        name[0] = static_cast<char>(name[0] - 'A' + 'a');
        text(build, build.name("compartment"), "http://hl7.org/fhir/CompartmentDefinition/" + name);
    }
    build.close();
    return std::move(build).finish();
}

fhir::Document terminology_capabilities(const std::string& base, const Context& context) {
    fhir::Builder build(context.schema.names());
    build.resource("TerminologyCapabilities");
    build.value("id"_name, "andiron-terminology");
    heading(build, "AndironTerminology", "Terminology of the Andiron FHIR R4 server", base + "/metadata?mode=terminology", base, context);
    const auto asks = [](std::string_view name) {
        const auto rows = operations();
        return std::any_of(rows.begin(), rows.end(), [&](const Operation& row) { return row.name == name; });
    };
    if (asks("expand")) {
        build.open("expansion"_name);
        build.flag(build.name("incomplete"), false);
        build.close();
    }
    if (asks("validate-code")) {
        build.open(build.name("validateCode"));
        build.flag(build.name("translations"), false);
        build.close();
    }
    if (asks("translate")) {
        build.open(build.name("translation"));
        build.flag(build.name("needsMap"), true);
        build.close();
    }
    return std::move(build).finish();
}

}  // namespace interaction
