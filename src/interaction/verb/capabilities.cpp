// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/capabilities.h"

#include "fhir/tree/builder.h"
#include "interaction/operations.h"
#include "interaction/table.h"

#include <algorithm>

namespace interaction {
namespace {

using namespace fhir::literals;

void interactions(fhir::Builder& build, std::vector<const char*> Row::*column) {
    for (const Row& row : table()) {
        for (const char* code : row.*column) {
            build.open("interaction"_name, true);
            build.value("code"_name, code);
            build.close();
        }
    }
}

void search_parameter(fhir::Builder& build, const fhir::search::Parameter& parameter) {
    build.open("searchParam"_name, true);
    build.value("name"_name, parameter.code);
    if (!parameter.url.empty()) build.value("definition"_name, parameter.url);
    build.value("type"_name, fhir::search::spelling(parameter.type));
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

bool has(std::vector<const char*> Row::*column, std::string_view code) {
    return std::any_of(table().begin(), table().end(), [&](const Row& row) {
        return std::any_of((row.*column).begin(), (row.*column).end(), [&](const char* one) { return code == one; });
    });
}

void resource(fhir::Builder& build, std::string_view type, const Context& context) {
    build.open("resource"_name, true);
    build.value("type"_name, type);
    build.value("profile"_name, "http://hl7.org/fhir/StructureDefinition/" + std::string(type));
    interactions(build, &Row::on_type);
    if (has(&Row::on_type, "vread")) {
        build.value("versioning"_name, "versioned-update");
        build.flag("readHistory"_name, true);
    }
    if (has(&Row::on_type, "update")) build.flag("updateCreate"_name, true);
    if (has(&Row::on_type, "create")) build.flag("conditionalCreate"_name, true);
    build.value("conditionalRead"_name, "full-support");
    if (has(&Row::on_type, "update")) build.flag("conditionalUpdate"_name, true);
    if (has(&Row::on_type, "delete")) build.value("conditionalDelete"_name, "single");
    for (const fhir::search::Parameter* parameter : context.parameters.of(type))
        if (fhir::search::is_supported(*parameter)) search_parameter(build, *parameter);
    operations_of(build, type);
    build.close();
}

}  // namespace

base::Result<Response> capabilities(const Request& request, const Context& context) {
    const fhir::schema::Schema& schema = context.schema;
    fhir::Builder build(schema.names());
    build.resource("CapabilityStatement");
    build.value("id"_name, "andiron");
    build.value("url"_name, request.base + "/metadata");
    build.value("name"_name, "Andiron");
    build.value("title"_name, "Andiron FHIR R4 server");
    build.value("status"_name, "active");
    build.value("date"_name, base::instant(context.clock.now()));
    build.value("kind"_name, "instance");
    build.open("software"_name);
    build.value("name"_name, "Andiron");
    if (!context.rules.version.empty()) build.value("version"_name, context.rules.version);
    build.close();
    build.open("implementation"_name);
    build.value("description"_name, "Andiron");
    build.value("url"_name, request.base);
    build.close();
    build.value("fhirVersion"_name, schema.fhir_version());
    build.value("format"_name, "application/fhir+json", fhir::Kind::string, true);
    build.value("format"_name, "application/fhir+xml", fhir::Kind::string, true);
    if (has(&Row::on_type, "patch"))
        for (const std::string_view form : {std::string_view("application/fhir+json"), std::string_view("application/fhir+xml"),
                                            fhir::patch::json_media_type, fhir::patch::merge_media_type})
            build.value("patchFormat"_name, form, fhir::Kind::string, true);
    build.open("rest"_name, true);
    build.value("mode"_name, "server");
    std::vector<std::string_view> types;
    for (std::size_t id = 1; id < schema.type_count(); ++id) {
        const std::string_view name = schema.type_name(static_cast<fhir::schema::TypeId>(id));
        if (schema.is_resource(name)) types.push_back(name);
    }
    std::sort(types.begin(), types.end());
    for (const std::string_view type : types) resource(build, type, context);
    interactions(build, &Row::on_system);
    operations_of(build, "");
    build.close();

    Response response;
    response.type = "CapabilityStatement";
    const fhir::Document document = std::move(build).finish();
    response.content.emplace_back(fhir::codec::to_json(document.root()));
    return response;
}

}  // namespace interaction
