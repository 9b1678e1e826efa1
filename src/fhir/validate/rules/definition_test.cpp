// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/ecl.h"
#include "fhir/validate/rules/testing.h"

#include <doctest/doctest.h>

using fhir::validate::testing::findings;

namespace {

std::string coded(std::string_view rest) {
    return R"({"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","caseSensitive":true,)" +
           std::string(rest) + "}";
}
std::string set(std::string_view include, std::initializer_list<std::string_view> known = {}, bool notes = false) {
    return findings(R"({"resourceType":"ValueSet","url":"http://a.org/vs","status":"active","compose":{"include":[{)" +
                        std::string(include) + "}]}}",
                    known, notes);
}

constexpr std::string_view element_base =
    R"({"resourceType":"StructureDefinition","url":"http://hl7.org/fhir/StructureDefinition/Patient","name":"Patient","status":"active",
    "kind":"resource","abstract":false,"type":"Patient","derivation":"specialization","baseDefinition":"http://hl7.org/fhir/StructureDefinition/DomainResource",
    "snapshot":{"element":[{"path":"Patient"},{"path":"Patient.active","min":0,"max":"1","type":[{"code":"boolean"}]},
    {"path":"Patient.gender","min":0,"max":"1","type":[{"code":"code"}]},{"path":"Patient.birthDate","min":0,"max":"1","type":[{"code":"date"}]},
    {"path":"Patient.deceased[x]","min":0,"max":"1","type":[{"code":"boolean"},{"code":"dateTime"}]},
    {"path":"Patient.name","min":0,"max":"*","type":[{"code":"HumanName"}],
    "constraint":[{"key":"x-1","severity":"error","human":"x","expression":"true"}]}]}})";

std::string profile(std::string_view elements, std::string_view rest = "") {
    return findings(
        R"({"resourceType":"StructureDefinition","url":"http://a.org/p","name":"P","status":"active","kind":"resource","abstract":false,"type":"Patient",
        "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint")" +
            std::string(rest) + R"(,"differential":{"element":[)" + std::string(elements) + "]}}",
        {element_base});
}

}  // namespace

TEST_SUITE("fhir/validate/rules/definition") {
    TEST_CASE("a complete code system counts right, and one without content has no concepts") {
        CHECK(findings(coded(R"("content":"complete","count":2,"concept":[{"code":"a","concept":[{"code":"b"}]}])")) ==
              "");
        CHECK(findings(coded(R"("content":"complete","count":1,"concept":[{"code":"a","concept":[{"code":"b"}]}])")) ==
              "error CodeSystem.count");
        CHECK(findings(coded(R"("content":"fragment","count":9,"concept":[{"code":"a"}])")) == "");
        CHECK(findings(coded(R"("content":"not-present","concept":[{"code":"a"}])")) == "error CodeSystem.concept[0]");
    }

    TEST_CASE("properties are defined once, with the standard's types, and used so") {
        CHECK(findings(coded(
                  R"("content":"complete","property":[{"code":"p","type":"string"},{"code":"p","type":"string"}])")) ==
              "error CodeSystem.property[1]");
        CHECK(
            findings(coded(
                R"("content":"complete","property":[{"code":"inactive","uri":"http://hl7.org/fhir/concept-properties#inactive","type":"code"}])")) ==
            "error CodeSystem.property[0]");
        CHECK(
            findings(coded(
                R"("content":"complete","property":[{"code":"x","uri":"http://hl7.org/fhir/concept-properties#x","type":"code"}])")) ==
            "error CodeSystem.property[0]");
        CHECK(
            findings(coded(
                R"("content":"complete","property":[{"code":"p","type":"decimal"}],"concept":[{"code":"a","property":[{"code":"p","valueInteger":1}]}])")) ==
            "error CodeSystem.concept[0].property[0]");
        CHECK(findings(
                  coded(R"("content":"complete","concept":[{"code":"a","property":[{"code":"q","valueCode":"b"}]}])"),
                  {}, true) == "warning CodeSystem.concept[0].property[0]");
    }

    TEST_CASE("a supplement adds to codes that exist") {
        const auto supplement = [](std::string_view rest) {
            return findings(
                R"({"resourceType":"CodeSystem","url":"http://a.org/s","status":"active","supplements":"http://example.org/cs",)" +
                std::string(rest) + "}");
        };
        CHECK(supplement(R"("content":"supplement","concept":[{"code":"a"}])") == "");
        CHECK(supplement(R"("content":"supplement","concept":[{"code":"z"}])") == "error CodeSystem.concept[0]");
        CHECK(supplement(R"("content":"complete")") == "error CodeSystem.content");
        CHECK(supplement(R"("content":"supplement","caseSensitive":true)") == "error CodeSystem.caseSensitive");
        CHECK(findings(coded(R"("content":"supplement")")) == "error CodeSystem.content");
    }

    TEST_CASE("a value set names code systems, and codes that they have") {
        CHECK(set(R"("system":"http://example.org/cs","concept":[{"code":"a"}])") == "");
        CHECK(set(R"("system":"http://example.org/cs","concept":[{"code":"z"}])") ==
              "error ValueSet.compose.include[0].concept[0]");
        CHECK(set(R"("system":"http://elsewhere.org","concept":[{"code":"z"}])") == "");
        CHECK(set(R"("system":"#c")") == "error ValueSet.compose.include[0]");
        CHECK(set(R"("system":"http://example.org/cs|1.0")") == "error ValueSet.compose.include[0]");
        CHECK(set(R"("system":"http://b.org/vs")",
                  {R"({"resourceType":"ValueSet","url":"http://b.org/vs","status":"active"})"}) ==
              "error ValueSet.compose.include[0]");
        CHECK(set(R"("valueSet":["http://b.org/unknown"])", {}, true) ==
              "warning ValueSet.compose.include[0].valueSet[0]");
    }

    TEST_CASE("filters use the properties and operators that the system has") {
        const std::string coloured =
            R"({"resourceType":"CodeSystem","url":"http://b.org/cs","status":"active","content":"complete",
            "property":[{"code":"wave","type":"integer"}],"filter":[{"code":"hue","operator":["="],"value":"x"}]})";
        const auto filter = [&](std::string_view property, std::string_view op, std::string_view value,
                                bool notes = false) {
            return set(R"("system":"http://b.org/cs","filter":[{"property":")" + std::string(property) + R"(","op":")" +
                           std::string(op) + R"(","value":")" + std::string(value) + "\"}]",
                       {coloured}, notes);
        };
        CHECK(filter("wave", "=", "600") == "");
        CHECK(filter("wave", "=", "red") == "error ValueSet.compose.include[0].filter[0]");
        CHECK(filter("wave", "in", "600,red") == "error ValueSet.compose.include[0].filter[0]");
        CHECK(filter("wave", "exists", "yes") == "error ValueSet.compose.include[0].filter[0]");
        CHECK(filter("hue", "is-a", "x") == "error ValueSet.compose.include[0].filter[0]");
        CHECK(filter("other", "=", "x", true) == "warning ValueSet.compose.include[0].filter[0]");
    }

    TEST_CASE("expression constraints are recognised by their shape") {
        using fhir::validate::ecl_problem;
        CHECK(!ecl_problem("<< 404684003 |Clinical finding|"));
        CHECK(!ecl_problem("< 19829001 : 116676008 = << 79654002 , 363698007 = *"));
        CHECK(!ecl_problem("(< 1 OR << 2) MINUS ^ 3"));
        CHECK(!ecl_problem("< 1 : [1..3] 127489000 = < 105590001"));
        CHECK(ecl_problem("234234 << 234234"));
        CHECK(ecl_problem("<<"));
        CHECK(ecl_problem("(< 1"));
        CHECK(ecl_problem("< 1 AND"));
        CHECK(ecl_problem("< 1 |term"));
    }

    TEST_CASE("a search parameter has FHIRPath, and agrees with what it is derived from") {
        const std::string general =
            R"({"resourceType":"SearchParameter","url":"http://b.org/sp","name":"n","status":"active","description":"d","code":"c","base":["Patient"],"type":"token"})";
        const auto parameter = [&](std::string_view rest) {
            return findings(
                R"({"resourceType":"SearchParameter","url":"http://a.org/sp","name":"n","status":"active","description":"d","code":"c",)" +
                    std::string(rest) + "}",
                {general});
        };
        CHECK(parameter(R"x("base":["Patient"],"type":"token","expression":"Patient.name | Patient.identifier.where(system = 'x')")x") == "");
        CHECK(parameter(R"("base":["Patient"],"type":"token","expression":"Patient.name.(")") == "error SearchParameter.expression");
        CHECK(parameter(R"("base":["Patient"],"type":"token","derivedFrom":"http://b.org/sp")") == "");
        CHECK(parameter(R"("base":["Group"],"type":"token","derivedFrom":"http://b.org/sp")") == "error SearchParameter.base");
        CHECK(parameter(R"("base":["Patient"],"type":"date","derivedFrom":"http://b.org/sp")") == "error SearchParameter.type");
    }

    TEST_CASE("codes of a concept map belong to its systems") {
        const auto map = [](std::string_view code) {
            return findings(
                R"({"resourceType":"ConceptMap","status":"active","group":[{"source":"http://example.org/cs","target":"http://elsewhere.org","element":[{"code":")" +
                std::string(code) + R"(","target":[{"code":"x","equivalence":"equal"}]}]}]})");
        };
        CHECK(map("a") == "");
        CHECK(map("z") == "error ConceptMap.group[0].element[0].code");
    }

    TEST_CASE("a definition fits its base") {
        CHECK(profile(R"({"path":"Patient"})") == "");
        const auto with = [](std::string_view type, std::string_view derivation, std::string_view kind) {
            return findings(
                R"({"resourceType":"StructureDefinition","url":"http://a.org/p","name":"P","status":"active","kind":")" +
                    std::string(kind) + R"(","abstract":false,"type":")" + std::string(type) +
                    R"(","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":")" +
                    std::string(derivation) + "\"}",
                {element_base});
        };
        CHECK(with("Patient", "constraint", "resource") == "");
        CHECK(with("Group", "constraint", "resource") == "error StructureDefinition.type");
        CHECK(with("Patient", "constraint", "logical") == "error StructureDefinition.kind");
        CHECK(with("Chicken", "specialization", "resource") == "error StructureDefinition.type");
    }

    TEST_CASE("elements of a differential: paths, slicing, what suits a type") {
        CHECK(profile(R"({"path":"Patient.name","slicing":{"rules":"open"}})") == "");
        CHECK(profile(R"({"path":"Patient","slicing":{"rules":"open"}})").starts_with("error StructureDefinition.differential.element[0].slicing"));
        CHECK(profile(R"({"path":"Patient.birthDate","slicing":{"rules":"open"}})").starts_with("error StructureDefinition.differential.element[0].slicing"));
        CHECK(profile(R"({"path":"Patient.deceased[x]","slicing":{"rules":"open"}})") == "");
        CHECK(profile(R"({"path":"Group.name"})").starts_with("error StructureDefinition.differential.element[0].path"));
        CHECK(profile(R"({"path":"Patient.birthDate","type":[{"code":"date"}],"binding":{"strength":"required"}})").starts_with("error StructureDefinition.differential.element[0]"));
        CHECK(profile(R"({"path":"Patient.gender","type":[{"code":"code"}],"binding":{"strength":"required"}})") == "");
        CHECK(profile(R"({"path":"Patient.active","type":[{"code":"boolean"}],"maxLength":3})").starts_with("error StructureDefinition.differential.element[0]"));
        CHECK(profile(R"({"path":"Patient.name","meaningWhenMissing":"x"})").starts_with("error StructureDefinition.differential.element[0]"));
    }

    TEST_CASE("invariants are FHIRPath, and a key stands for one expression") {
        const auto invariant = [](std::string_view key, std::string_view expression, std::string_view rest = "") {
            return profile(R"({"path":"Patient.name","constraint":[{"key":")" + std::string(key) +
                           R"(","severity":"error","human":"x","expression":")" + std::string(expression) + "\"" +
                           std::string(rest) + "}]}");
        };
        CHECK(invariant("y-1", "family.exists()") == "");
        CHECK(invariant("y-1", "family.exists(") ==
              "error StructureDefinition.differential.element[0].constraint[0].expression");
        CHECK(invariant("x-1", "family.exists()") == "error StructureDefinition.differential.element[0].constraint[0]");
        CHECK(invariant("x-1", "true") == "");
        CHECK(invariant("y-1", "true", R"(,"source":"http://b.org/other")") ==
              "error StructureDefinition.differential.element[0].constraint[0].source");
    }

    TEST_CASE("only extensions have a context, and their url is fixed") {
        CHECK(profile(R"({"path":"Patient"})", R"(,"context":[{"type":"element","expression":"Patient"}])") ==
              "error StructureDefinition.context[0]");
        const std::string base =
            R"({"resourceType":"StructureDefinition","url":"http://hl7.org/fhir/StructureDefinition/Extension","name":"Extension","status":"active","kind":"complex-type",
            "abstract":false,"type":"Extension","derivation":"specialization","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Element"})";
        const auto extension = [&](std::string_view url) {
            return findings(
                R"({"resourceType":"StructureDefinition","url":"http://a.org/e","name":"E","status":"active","kind":"complex-type","abstract":false,"type":"Extension",
                "context":[{"type":"element","expression":"Patient"}],"baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension","derivation":"constraint",
                "differential":{"element":[{"path":"Extension.url","fixedUri":")" +
                    std::string(url) + "\"}]}}",
                {base});
        };
        CHECK(extension("http://a.org/e") == "");
        CHECK(extension("http://a.org/f") == "error StructureDefinition.differential");
    }
}
