// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/search/parameter.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace fhir;
using namespace fhir::search;

namespace {

using fhir::testing::r4;

const Parameters& parameters() { return fhir::testing::r4_parameters(); }

}  // namespace

TEST_SUITE("fhir/search/parameter") {
    TEST_CASE("all 1390 published parameters that have a base compile, and _language; ten examples have none") {
        CHECK(parameters().all().size() == 1391);
    }
    TEST_CASE("a parameter is found by type and code") {
        const Parameter* name = parameters().find("Patient", "name");
        REQUIRE(name);
        CHECK(name->type == ParameterType::string);
        CHECK(name->url == "http://hl7.org/fhir/SearchParameter/Patient-name");
        CHECK_FALSE(parameters().find("Patient", "nonsense"));
        CHECK_FALSE(parameters().find("Nonsense", "name"));
    }
    TEST_CASE("what Resource and DomainResource define is found for every type they are a base of") {
        CHECK(parameters().find("Patient", "_id"));
        CHECK(parameters().find("Patient", "_text"));
        CHECK(parameters().find("Bundle", "_tag"));
        CHECK_FALSE(parameters().find("Bundle", "_text"));
        CHECK(parameters().find("", "_lastUpdated"));
        CHECK_FALSE(parameters().find("", "name"));
    }
    TEST_CASE("ids and times are columns and need no expression") {
        CHECK_FALSE(parameters().find("Patient", "_id")->expression);
        CHECK_FALSE(parameters().find("Patient", "_lastUpdated")->expression);
        CHECK(parameters().find("Patient", "_profile")->expression);
    }
    TEST_CASE("of a shared expression a type runs only its own branches") {
        for (const Extraction& extraction : parameters().extractions("Patient")) {
            if (extraction.parameter->code == "phonetic") CHECK(extraction.branches.size() == 1);
            if (extraction.parameter->code == "email") CHECK(extraction.branches.size() == 1);
        }
        for (const Extraction& extraction : parameters().extractions("Observation"))
            if (extraction.parameter->code == "value-date") CHECK(extraction.branches.size() == 2);
    }
    TEST_CASE("a composite knows its components") {
        const Parameter* pair = parameters().find("Observation", "code-value-quantity");
        REQUIRE(pair);
        REQUIRE(pair->components.size() == 2);
        CHECK(pair->components[0].parameter->type == ParameterType::token);
        CHECK(pair->components[1].parameter->type == ParameterType::quantity);
    }
    TEST_CASE("of two with the same code the one that is no example is found") {
        CHECK(parameters().find("Condition", "subject")->url == "http://hl7.org/fhir/SearchParameter/Condition-subject");
        CHECK(parameters().find("Patient", "_id")->url == "http://hl7.org/fhir/SearchParameter/Resource-id");
    }
    TEST_CASE("the parameters of a type come sorted by code") {
        const auto& all = parameters().of("Observation");
        REQUIRE(all.size() > 30);
        for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i - 1]->code < all[i]->code);
    }

    // A guide of our own: a new code, one that R4 has, one that it has with another meaning, and one that is none.
    TEST_CASE("parameters of a package join in where R4 has none of that code") {
        const std::filesystem::path folder = std::filesystem::path(ANDIRON_BINARY_DIR) / "parameter_test";
        std::filesystem::create_directories(folder);
        const auto put = [&](const std::string& id, const std::string& code, const std::string& expression) {
            std::ofstream(folder / ("SearchParameter-" + id + ".json"))
                << R"({"resourceType":"SearchParameter","id":")" << id << R"(","url":"http://example.org/SearchParameter/)" << id << R"(","version":"1.0.0","status":"active","code":")"
                << code << R"(","base":["Patient"],"type":"token","expression":")" << expression << R"("})";
        };
        std::ofstream(folder / "package.json") << R"({"name":"test.search","version":"1.0.0"})";
        put("eyes", "eyes", "Patient.extension.where(url = 'http://example.org/eyes').value");
        put("hair", "hair", "Patient.extension.where(url = 'http://example.org/hair').valueCodeableConcept");
        put("wool", "wool", "Patient.extension.where(url = 'http://example.org/wool').valueCode");
        put("gender", "gender", "Patient.gender");
        put("active", "active", "Patient.link.exists()");
        put("broken", "broken", "Patient.(");
        definition::Library library(r4());
        REQUIRE(library.add_package(folder.string()));
        std::filesystem::remove_all(folder);

        const PackageParameters packages(library);
        base::Findings findings;
        const auto compiled = Parameters::compile(r4(), findings, &packages);
        REQUIRE(compiled);
        const Parameter* eyes = compiled->find("Patient", "eyes");
        REQUIRE(eyes);
        CHECK(eyes->package == "test.search#1.0.0");
        CHECK_FALSE(compiled->find("Observation", "eyes"));
        CHECK(compiled->find("Patient", "gender")->package.empty());
        CHECK(compiled->find("Patient", "active")->package.empty());
        CHECK_FALSE(compiled->find("Patient", "broken"));
        REQUIRE(findings.size() == 2);
        CHECK(findings[0].where == "http://example.org/SearchParameter/broken");
        CHECK(findings[1].where == "http://example.org/SearchParameter/active");

        const auto patient = codec::read_json(R"({"resourceType":"Patient","extension":[{"url":"http://example.org/eyes","valueCode":"blue"},
            {"url":"http://example.org/hair","valueCodeableConcept":{"coding":[{"code":"red"}]}},{"url":"http://example.org/wool","valueCode":"merino"}]})", r4().names());
        REQUIRE(patient);
        const auto finds = [&](const std::string& parameter, const std::string& code) {
            bool found = false;
            for (const IndexValue& value : extract(patient->root(), *compiled, r4(), findings)) found = found || (value.parameter == compiled->find("Patient", parameter)->index && value.code == code);
            return found;
        };
        CHECK(finds("eyes", "blue"));
        CHECK(finds("hair", "red"));  // a form of a choice, named as JSON names it
        CHECK(finds("wool", "merino"));
    }

    TEST_CASE("what a parameter's rows depend on is told apart") {
        CHECK(meaning_of(*parameters().find("Patient", "name")) != meaning_of(*parameters().find("Patient", "gender")));
        CHECK(meaning_of(*parameters().find("Patient", "name")) == meaning_of(*parameters().find("Patient", "name")));
    }
}
