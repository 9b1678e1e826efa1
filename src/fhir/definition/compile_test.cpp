// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/compile.h"

#include "fhir/codec/json.h"
#include "fhir/schema/schema.h"

#include <doctest/doctest.h>
#include <cstdio>
#include <fstream>

using namespace fhir;

namespace {

void add(definition::Compiler& compiler, std::string_view json) {
    static const Names names;
    auto document = codec::read_json(json, names);
    if (!document) FAIL(document.fault().text);
    compiler.add(document->root());
}

constexpr std::string_view element = R"({"resourceType":"StructureDefinition","kind":"complex-type","abstract":true,
    "fhirVersion":"4.0.1","type":"Element","snapshot":{"element":[{"path":"Element"}]}})";
constexpr std::string_view code = R"({"resourceType":"StructureDefinition","kind":"primitive-type","type":"code",
    "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Element","derivation":"specialization",
    "snapshot":{"element":[{"path":"code"},{"path":"code.value","max":"1"}]}})";
constexpr std::string_view box = R"({"resourceType":"StructureDefinition","kind":"resource","type":"Box",
    "snapshot":{"element":[{"path":"Box"},
      {"path":"Box.colour[x]","min":1,"max":"1","type":[{"code":"code"},{"code":"Element"}]},
      {"path":"Box.lid","min":0,"max":"*","type":[{"code":"Element"}]},
      {"path":"Box.lid.status","min":0,"max":"1","type":[{"code":"code"}],
        "binding":{"strength":"required","valueSet":"http://example.org/vs|1"}},
      {"path":"Box.lid.lid","min":0,"max":"3","contentReference":"#Box.lid"},
      {"path":"Box.never","max":"0","type":[{"code":"code"}]}]}})";
constexpr std::string_view value_set = R"({"resourceType":"ValueSet","url":"http://example.org/vs","expansion":{
    "contains":[{"system":"s","code":"b","contains":[{"system":"s","code":"a"}]},
                {"system":"s","code":"group","abstract":true}]}})";

base::Result<schema::Schema> compiled(std::initializer_list<std::string_view> definitions) {
    definition::Compiler compiler;
    for (const std::string_view definition : definitions) add(compiler, definition);
    TRY(const std::string packed, std::move(compiler).finish());
    const std::string path = ANDIRON_BINARY_DIR "/compile_test.pack";
    std::ofstream(path, std::ios::binary) << packed;
    auto schema = schema::Schema::open(path);
    std::remove(path.c_str());
    return schema;
}

}  // namespace

TEST_SUITE("fhir/definition/compile") {
    TEST_CASE("a foreign definition becomes rows, in whatever order it comes") {
        for (const auto& order : {std::initializer_list<std::string_view>{element, code, box, value_set},
                                  std::initializer_list<std::string_view>{value_set, box, code, element}}) {
            const auto schema = compiled(order);
            REQUIRE(schema);
            const auto type = schema->find_type("Box");
            CHECK(schema->is_resource("Box"));
            const auto* lid = schema->element(type, schema->names().find("lid"));
            REQUIRE(lid);
            CHECK(lid->max == schema::unbounded);
            CHECK(schema->type_name(lid->type) == "Box.lid");
            const auto* inner = schema->element(lid->type, lid->name);
            REQUIRE(inner);
            CHECK(inner->type == lid->type);
            CHECK(inner->max == 3);
            CHECK(schema->element(type, schema->names().find("colourCode"))->min == 1);
            CHECK(schema->forms(type, schema->names().find("colour")).size() == 2);
            CHECK(schema->names().find("never") == no_name);
            const auto* status = schema->element(lid->type, "status"_name);
            CHECK(schema->contains(status->value_set, "a"));
            CHECK(schema->contains(status->value_set, "b"));
            CHECK_FALSE(schema->contains(status->value_set, "group"));
            CHECK(schema->value_set(status->value_set).complete);
        }
    }

    TEST_CASE("a binding to a value set that nobody expanded refuses nothing") {
        const auto schema = compiled({element, code, box});
        REQUIRE(schema);
        const auto* status = schema->element(schema->find_type("Box.lid"), "status"_name);
        CHECK_FALSE(schema->value_set(status->value_set).complete);
    }

    TEST_CASE("a type that nobody defined is a fault that names it") {
        const auto schema = compiled({element, box});
        REQUIRE_FALSE(schema);
        CHECK(schema.fault().text.find("code") != std::string::npos);
    }

    TEST_CASE("profiles are left aside and counted") {
        definition::Compiler compiler;
        add(compiler, element);
        add(compiler,
            R"({"resourceType":"StructureDefinition","kind":"complex-type","type":"Element","derivation":"constraint"})");
        CHECK(compiler.counts().types == 1);
        CHECK(compiler.counts().profiles == 1);
    }
}
