// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/snapshot.h"

#include "fhir/definition/snapshot_fixture.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>

using namespace fhir;
using namespace fhir::definition;

namespace {

struct Made {
    std::shared_ptr<const Document> document;
    base::Findings findings;

    View element(std::string_view id) const {
        for (const View each : document->root().child("snapshot"_name).children("element"_name))
            if (each.text("id"_name) == id) return each;
        return {};
    }
    std::string min_max(std::string_view id) const {
        const View found = element(id);
        return std::string(found.text("min"_name)) + ".." + std::string(found.text("max"_name));
    }
    std::string types(std::string_view id) const {
        std::string all;
        for (const View type : element(id).children("type"_name)) (all += type.text("code"_name)) += ' ';
        return all;
    }
    std::string ids(std::string_view start) const {
        std::string all;
        for (const View each : document->root().child("snapshot"_name).children("element"_name))
            if (each.text("id"_name).starts_with(start)) (all += each.text("id"_name)) += ' ';
        return all;
    }
    bool remarks(std::string_view text) const {
        return std::any_of(findings.begin(), findings.end(), [&](const base::Finding& finding) { return finding.text.find(text) != std::string::npos; });
    }
};

std::string profile(std::string_view type, std::string_view elements, std::string_view url = "http://example.org/p", std::string_view base = {}) {
    const std::string above = base.empty() ? "http://hl7.org/fhir/StructureDefinition/" + std::string(type) : std::string(base);
    return R"({"resourceType":"StructureDefinition","url":")" + std::string(url) + R"(","kind":"resource","type":")" + std::string(type) + R"(","baseDefinition":")" + above +
           R"(","derivation":"constraint","differential":{"element":[)" + std::string(elements) + "]}}";
}

Document json(std::string_view text) {
    auto read = codec::read_json(text, testing::r4().names());
    if (!read) FAIL(read.fault().text);
    return *std::move(read);
}

Made make(std::string_view text, const Library& library = testing::library()) {
    Made made;
    auto document = make_snapshot(json(text).root(), library, {}, made.findings);
    if (!document) FAIL(document.fault().text);
    made.document = std::make_shared<const Document>(*std::move(document));
    return made;
}

}  // namespace

TEST_SUITE("fhir/definition/snapshot") {
    TEST_CASE("what the differential says replaces, what it does not say stays") {
        const Made made = make(profile("Patient", R"({"id":"Patient","path":"Patient"},
            {"id":"Patient.birthDate","path":"Patient.birthDate","min":1,"mustSupport":true,"constraint":[{"key":"own-1","severity":"error","human":"h"}]})"));
        CHECK(made.findings.empty());
        CHECK(made.min_max("Patient.birthDate") == "1..1");
        CHECK(made.types("Patient.birthDate") == "date ");
        CHECK(made.element("Patient.birthDate").child("mustSupport").text() == "true");
        CHECK(made.element("Patient.birthDate").count("constraint"_name) == 2);
        CHECK(made.min_max("Patient.name") == "0..*");
        CHECK(made.document->root().child("differential"_name));
    }

    TEST_CASE("slices are copies of what they slice, optional unless they say otherwise") {
        const Made made = make(profile("Observation", R"(
            {"path":"Observation.component","slicing":{"discriminator":[{"type":"value","path":"code"}],"rules":"open"},"min":1},
            {"path":"Observation.component","sliceName":"a","max":"1"},
            {"path":"Observation.component.code","min":1},
            {"path":"Observation.component.valueQuantity","min":1},
            {"path":"Observation.component","sliceName":"b","min":1})"));
        CHECK(made.findings.empty());
        CHECK(made.min_max("Observation.component") == "1..*");
        CHECK(made.min_max("Observation.component:a") == "0..1");
        CHECK(made.min_max("Observation.component:b") == "1..*");
        CHECK(made.types("Observation.component:a.value[x]") == "Quantity ");
        CHECK(made.min_max("Observation.component:a.value[x]") == "1..1");
        CHECK_FALSE(made.element("Observation.component:a").child("slicing"_name));
        CHECK(made.types("Observation.component:b.value[x]").size() > 50);
        CHECK(made.element("Observation.component:b.code"));
    }

    TEST_CASE("a slice of a slice follows it") {
        const Made made = make(profile("Patient", R"(
            {"path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}},
            {"path":"Patient.identifier","sliceName":"mrn","min":1},
            {"path":"Patient.identifier","sliceName":"other"},
            {"path":"Patient.identifier","sliceName":"mrn/old","max":"1"})"));
        CHECK(made.ids("Patient.identifier") == "Patient.identifier Patient.identifier:mrn Patient.identifier:mrn/old Patient.identifier:other ");
        CHECK(made.min_max("Patient.identifier:mrn/old") == "0..1");
    }

    TEST_CASE("extensions are sliced by their URL, and their definition says how often they stand") {
        const Made made = make(profile("Patient", R"({"path":"Patient.extension","sliceName":"place",
            "type":[{"code":"Extension","profile":["http://hl7.org/fhir/StructureDefinition/patient-birthPlace"]}]})"));
        CHECK(made.findings.empty());
        CHECK(made.element("Patient.extension").child("slicing"_name));
        CHECK(made.min_max("Patient.extension:place") == "0..1");
    }

    TEST_CASE("a differential that walks into a type pulls its elements in") {
        const Made made = make(profile("Patient", R"({"path":"Patient.name.family","min":1},{"path":"Patient.name.period.start","min":1})"));
        CHECK(made.findings.empty());
        CHECK(made.min_max("Patient.name.family") == "1..1");
        CHECK(made.min_max("Patient.name.period.start") == "1..1");
        CHECK(made.element("Patient.name.given"));
        CHECK_FALSE(made.element("Patient.identifier.use"));
    }

    TEST_CASE("a content reference is followed") {
        const Made made = make(profile("Questionnaire", R"({"path":"Questionnaire.item.item.text","min":1})"));
        CHECK(made.findings.empty());
        CHECK(made.min_max("Questionnaire.item.item.text") == "1..1");
        CHECK(made.min_max("Questionnaire.item.text") == "0..1");
        CHECK(made.types("Questionnaire.item.item") == "BackboneElement ");
    }

    TEST_CASE("a form of a choice is a slice of it, and one that must be there is the only one") {
        const Made open = make(profile("Observation", R"({"path":"Observation.valueQuantity"})"));
        CHECK(open.types("Observation.value[x]:valueQuantity") == "Quantity ");
        CHECK(open.types("Observation.value[x]").size() > 50);
        const Made needed = make(profile("Observation", R"({"path":"Observation.valueQuantity","min":1})"));
        CHECK(needed.types("Observation.value[x]") == "Quantity ");
        CHECK(needed.min_max("Observation.value[x]") == "1..1");
    }

    TEST_CASE("a profile builds on a profile, whether that has a snapshot or not") {
        Library library(testing::library());
        library.add(json(profile("Patient", R"({"path":"Patient.name","min":1})", "http://example.org/base")));
        const Made made = make(profile("Patient", R"({"path":"Patient.name","max":"3"})", "http://example.org/p", "http://example.org/base"), library);
        CHECK(made.findings.empty());
        CHECK(made.min_max("Patient.name") == "1..3");
        const auto found = library.find("StructureDefinition", "http://example.org/base");
        REQUIRE(found);
        CHECK(found->document->root().child("snapshot"_name).count("element"_name) > 40);
    }

    TEST_CASE("profiles that build on each other have no snapshot, and nothing hangs") {
        Library library(testing::library());
        library.add(json(profile("Patient", R"({"path":"Patient.name","min":1})", "http://example.org/a", "http://example.org/b")));
        library.add(json(profile("Patient", R"({"path":"Patient.name","min":1})", "http://example.org/b", "http://example.org/a")));
        const auto found = library.find("StructureDefinition", "http://example.org/a");
        REQUIRE(found);
        CHECK_FALSE(found->document->root().child("snapshot"_name));
    }

    TEST_CASE("a logical model adds elements") {
        const Made made = make(R"({"resourceType":"StructureDefinition","url":"http://example.org/m","kind":"logical","type":"http://example.org/m",
            "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Element","derivation":"specialization","differential":{"element":[
            {"path":"Model"},{"path":"Model.part","min":1,"max":"*","type":[{"code":"BackboneElement"}]},{"path":"Model.part.size","min":0,"max":"1","type":[{"code":"integer"}]}]}})");
        CHECK(made.findings.empty());
        CHECK(made.ids("Model") == "Model Model.id Model.extension Model.part Model.part.id Model.part.extension Model.part.modifierExtension Model.part.size ");
    }

    TEST_CASE("what widens, or has no place, is remarked where it stands") {
        const auto remarks = [](std::string_view type, std::string_view elements, std::string_view text) {
            const Made made = make(profile(type, elements));
            CAPTURE(elements);
            REQUIRE_FALSE(made.findings.empty());
            CAPTURE(made.findings[0].text);
            CHECK(made.remarks(text));
            CHECK(made.findings[0].where == "StructureDefinition.differential.element[0]");
        };
        remarks("Observation", R"({"path":"Observation.code","min":0})", "less than the base's");
        remarks("Patient", R"({"path":"Patient.birthDate","max":"2"})", "more than the base's");
        remarks("Patient", R"({"path":"Patient.name","min":3,"max":"2"})", "more than max");
        remarks("Patient", R"({"path":"Patient.nothing","min":1})", "no element Patient.nothing");
        remarks("Patient", R"({"path":"Patient.birthDate","type":[{"code":"Quantity"}]})", "none of the base's");
        remarks("Patient", R"({"path":"Patient.generalPractitioner","type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Device"]}]})",
                "does not build on");
        remarks("Patient", R"({"path":"Patient.gender","binding":{"strength":"preferred"}})", "required by the base");
        remarks("Patient", R"({"path":"Patient","slicing":{"rules":"open"}})", "root of a profile");
        remarks("Patient", R"({"path":"Patient.name","sliceName":"a"})", "nothing says how it is sliced");
        remarks("Patient", R"({"path":"Observation.code"})", "begin with");
    }

    TEST_CASE("elements out of order are remarked") {
        CHECK(make(profile("Patient", R"({"path":"Patient.birthDate","min":1},{"path":"Patient.name","min":1})")).remarks("out of order"));
        CHECK_FALSE(make(profile("Patient", R"({"path":"Patient.name","min":1},{"path":"Patient.birthDate","min":1})")).remarks("out of order"));
    }

    TEST_CASE("without a base there is no snapshot, and the check says so") {
        const Document orphan = json(profile("Patient", R"({"path":"Patient.name"})", "http://example.org/p", "http://example.org/unknown"));
        base::Findings findings;
        CHECK_FALSE(make_snapshot(orphan.root(), testing::library(), {}, findings));
        const auto checked = check_differential(orphan.root(), testing::library());
        REQUIRE(checked.size() == 1);
        CHECK(checked[0].severity == base::Severity::warning);
    }

    // Where HL7's own snapshots differ: two dozen made by older tools, which closed what valueQuantity slices.
    TEST_CASE("HL7's profiles get the snapshots that were published with them") {
        for (const auto& wanted : {std::pair{"hl7.fhir.r4.core", 0.95}, {"hl7.fhir.uv.extensions.r4", 0.99}}) {
            const char* package = wanted.first;
            const double least = wanted.second;
            std::size_t all = 0;
            std::size_t agree = 0;
            const auto done = agreement::each_profile(std::string(ANDIRON_PACKAGES "/") + package, testing::r4(), [&](View definition, const std::string& label) {
                base::Findings findings;
                const auto made = make_snapshot(definition, testing::library(), label, findings);
                ++all;
                agree += made && agreement::compare(definition, made->root()).empty() ? 1 : 0;
            });
            REQUIRE(done);
            CAPTURE(package);
            CAPTURE(agree);
            CHECK(all > 400);
            CHECK(static_cast<double>(agree) >= least * static_cast<double>(all));
        }
    }
}
