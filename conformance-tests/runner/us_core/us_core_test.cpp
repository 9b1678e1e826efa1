// SPDX-License-Identifier: Apache-2.0
#include "runner/testing.h"
#include "runner/us_core/fitting.h"
#include "runner/us_core/guide.h"
#include "runner/us_core/jobs.h"
#include "runner/us_core/must_support.h"
#include "runner/us_core/searches.h"
#include "runner/us_core/shared.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

using namespace runner;
using namespace runner::us_core;

namespace {

const std::string fixtures = std::string(ANDIRON_SOURCE_DIR) + "/conformance-tests/fixtures/us-core";

// The package is on no registry that the build asks: these tests do nothing where it is not.
std::string package() {
    const char* given = std::getenv("ANDIRON_SHARED");
    for (const std::string& folder : {std::string(given ? given : ""), std::string(ANDIRON_SOURCE_DIR) + "/../shared", std::string(ANDIRON_SOURCE_DIR) + "/../../shared"}) {
        const std::string file = folder + "/packages/hl7.fhir.us.core-6.1.0.tgz";
        if (!folder.empty() && std::filesystem::exists(file)) return file;
    }
    return {};
}

const Knowledge* with_package() {
    static const auto opened = []() -> std::unique_ptr<const Knowledge> {
        Sources given = testing::sources();
        if (package().empty()) return nullptr;
        given.packages = {package()};
        auto made = Knowledge::open(given);
        return made ? std::move(*made) : nullptr;
    }();
    if (!opened) MESSAGE("the package hl7.fhir.us.core 6.1.0 is not here, nothing done");
    return opened.get();
}

bool fitting(const std::string& resource, const Parameter& parameter, const std::string& value) {
    const Judge judge(testing::knowledge(), testing::clock());
    const auto read = judge.knowledge().read(resource);
    REQUIRE(read);
    return fits(judge, read->root(), {&parameter, value}, "http://here.test/fhir");
}

}  // namespace

TEST_SUITE("runner/us_core") {
    TEST_CASE("a token fits with its system or without") {
        const std::string condition = R"({"resourceType":"Condition","code":{"coding":[{"system":"s","code":"a"},{"system":"t","code":"b"}]},"subject":{"reference":"Patient/p"}})";
        const Parameter code{.code = "code", .type = "token", .expression = "Condition.code"};
        for (const char* value : {"a", "s|a", "t|b", "x,b", "s|"}) CHECK(fitting(condition, code, value));
        for (const char* value : {"c", "s|b", "|a", "u|"}) CHECK_FALSE(fitting(condition, code, value));
        const Parameter identifier{.code = "identifier", .type = "token", .expression = "Patient.identifier"};
        CHECK(fitting(R"({"resourceType":"Patient","identifier":[{"system":"m","value":"7"}]})", identifier, "m|7"));
        CHECK(fitting(R"({"resourceType":"Patient","gender":"male"})", {.code = "gender", .type = "token", .expression = "Patient.gender"}, "male"));
    }

    TEST_CASE("a reference fits in every form, and to the type that the expression asks") {
        const Parameter patient{.code = "patient", .type = "reference", .expression = "Condition.subject.where(resolve() is Patient)"};
        const std::string condition = R"({"resourceType":"Condition","subject":{"reference":"Patient/p1"}})";
        for (const char* value : {"p1", "Patient/p1", "http://here.test/fhir/Patient/p1"}) CHECK(fitting(condition, patient, value));
        for (const char* value : {"1", "Patient/p", "http://there.test/fhir/Patient/p1", "Group/p1"}) CHECK_FALSE(fitting(condition, patient, value));
        CHECK(fitting(R"({"resourceType":"Condition","subject":{"reference":"http://here.test/fhir/Patient/p1"}})", patient, "Patient/p1"));
        CHECK_FALSE(fitting(R"({"resourceType":"Condition","subject":{"reference":"Group/p1"}})", patient, "p1"));
    }

    TEST_CASE("a date fits by its interval") {
        const Parameter date{.code = "date", .type = "date", .expression = "Encounter.period"};
        const std::string encounter = R"({"resourceType":"Encounter","period":{"start":"2024-02-12T09:00:00Z","end":"2024-02-14T09:00:00Z"}})";
        for (const char* value : {"2024", "2024-02", "ge2024-02-12", "le2024-02-14", "gt2024-02-13", "lt2024-02-13"}) CHECK(fitting(encounter, date, value));
        for (const char* value : {"2024-02-12", "gt2024-02-14", "lt2024-02-12", "2023"}) CHECK_FALSE(fitting(encounter, date, value));
        CHECK(fitting(R"({"resourceType":"Encounter","period":{"start":"2024-02-12"}})", date, "gt2030"));
        const Parameter onset{.code = "onset-date", .type = "date", .expression = "Condition.onset.as(dateTime)|Condition.onset.as(Period)"};
        CHECK(fitting(R"({"resourceType":"Condition","onsetDateTime":"2019-03"})", onset, "ge2019-03-01"));
        const Parameter asserted{.code = "asserted-date", .type = "date", .expression = "Condition.extension.where(url = 'http://e').valueDateTime"};
        CHECK(fitting(R"({"resourceType":"Condition","extension":[{"url":"http://e","valueDateTime":"2019-04-03"}]})", asserted, "2019-04"));
    }

    TEST_CASE("a string fits from the beginning of any of its parts") {
        const Parameter name{.code = "name", .type = "string", .expression = "Patient.name"};
        const std::string patient = R"({"resourceType":"Patient","name":[{"family":"Ångström","given":["Ada","Joy"]}]})";
        for (const char* value : {"ang", "joy", "ADA"}) CHECK(fitting(patient, name, value));
        CHECK_FALSE(fitting(patient, name, "strom"));
    }

    TEST_CASE("an element of a profile becomes a path, its slices too") {
        const auto read = testing::knowledge().read(R"({"resourceType":"StructureDefinition","url":"http://p","snapshot":{"element":[{"id":"Observation","mustSupport":true},
            {"id":"Observation.component:Flow","mustSupport":true},{"id":"Observation.component:Flow.value[x]","mustSupport":true},{"id":"Observation.note"},
            {"id":"Observation.value[x]:valueQuantity","type":[{"code":"Quantity"}],"mustSupport":true},
            {"id":"Observation.extension:x","type":[{"code":"Extension","profile":["http://e"]}],"mustSupport":true}]}})");
        REQUIRE(read);
        const auto found = must_support(read->root());
        REQUIRE(found.size() == 4);
        CHECK(found[0].expression == "component.slice('http://p', 'Flow')");
        CHECK(found[1].expression == "component.slice('http://p', 'Flow').value");
        CHECK(found[2].expression == "value.ofType(Quantity)");
        CHECK(found[3].expression == "extension('http://e')");
    }

    TEST_CASE("the reference data get an id of the run, and hold what they point to") {
        const auto data = ReferenceData::read(fixtures, testing::knowledge(), "t1");
        REQUIRE(data);
        CHECK(data->find("Patient/t1-amara"));
        std::set<std::string> ids;
        for (const fhir::View one : data->all()) CHECK(ids.insert(reference_of(one)).second);
        CHECK(ReferenceData::read(fixtures + "/none", testing::knowledge(), "").fault().kind == base::Fault::Kind::missing);
    }

    TEST_CASE("without the package there is one job, which says so") {
        const auto prepared = jobs(testing::knowledge(), "us-core", fixtures);
        REQUIRE(prepared);
        CHECK_FALSE(prepared->before);
        REQUIRE(prepared->jobs.size() == 1);
        CHECK(prepared->jobs[0].id == "package");
    }

    TEST_CASE("the package asks for what everybody knows it asks for") {
        const Knowledge* knowledge = with_package();
        if (!knowledge) return;
        const auto guide = read_guide(knowledge->library());
        REQUIRE(guide);
        CHECK(guide->name == "US Core 6.1.0");
        const Kind* condition = guide->kind("Condition");
        REQUIRE(condition);
        CHECK(condition->demand == Demand::shall);
        CHECK(condition->profiles.size() == 2);
        CHECK(condition->parameter("patient")->demand == Demand::shall);
        CHECK(std::ranges::any_of(condition->combinations, [](const Combination& one) { return one.codes == std::vector<std::string>{"patient", "category"} && one.demand == Demand::shall; }));
        CHECK(condition->interaction("vread") == Demand::should);
        const Parameter* date = guide->kind("Observation")->parameter("date");
        REQUIRE(date);
        CHECK(std::ranges::count_if(date->comparators, [](const Wish& one) { return one.demand == Demand::shall; }) == 4);
        CHECK(guide->kind("Observation")->parameter("status")->multiple_or == Demand::shall);
        CHECK(guide->kind("Patient")->reverse_includes.front().name == "Provenance:target");
        CHECK(jobs(*knowledge, "us-core", fixtures)->jobs.size() > 25);
    }

    TEST_CASE("every search that shall be there finds something in the reference data") {
        const Knowledge* knowledge = with_package();
        if (!knowledge) return;
        const Judge judge(*knowledge, testing::clock());
        const auto guide = read_guide(knowledge->library());
        const auto data = ReferenceData::read(fixtures, *knowledge, {});
        REQUIRE(guide);
        REQUIRE(data);
        std::size_t runs = 0;
        for (const Kind& kind : guide->kinds) {
            std::set<std::string> ids;
            const bool has = !data->of(kind.type).empty();
            for (const Search& one : searches(*guide, kind, *data, judge, "http://here.test/fhir")) {
                CHECK_MESSAGE(ids.insert(one.id).second, kind.type << " " << one.id);
                if (has) CHECK_MESSAGE(!one.runs.empty(), kind.type << " " << one.id << " has no values");
                runs += one.runs.size();
            }
        }
        CHECK(runs > 400);
    }

    TEST_CASE("the reference data are valid and hold every must-support element of every profile") {
        const Knowledge* knowledge = with_package();
        if (!knowledge) return;
        const Judge judge(*knowledge, testing::clock());
        const auto data = ReferenceData::read(fixtures, *knowledge, {});
        REQUIRE(data);
        std::set<std::string> left;   // elements that no resource has
        std::set<std::string> empty;  // profiles that no resource has
        for (const std::string& canonical : knowledge->library().all("StructureDefinition")) {
            const auto definition = knowledge->library().find("StructureDefinition", canonical);
            if (!definition || definition->package != "hl7.fhir.us.core#6.1.0") continue;
            const fhir::View structure = definition->document->root();
            if (structure.child("type").text() == std::string_view("Extension") || structure.child("kind").text() != std::string_view("resource")) continue;
            const std::string profile(structure.child("url").text());
            std::vector<fhir::View> of;
            for (const fhir::View one : data->all())
                if (one.child("meta").child("profile").text() == profile) of.push_back(one);
            if (of.empty()) empty.insert(profile);
            for (const fhir::View one : of) {
                const auto wrong = judge.errors(one, profile);
                REQUIRE(wrong);
                for (const std::string& each : *wrong) CHECK_MESSAGE(each.find("StructureDefinition/oxygensat") != std::string::npos, reference_of(one) << ": " << each);
            }
            for (const MustSupport& each : must_support(structure)) {
                const bool there = std::ranges::any_of(of, [&](fhir::View one) {
                    const auto holds = judge.holds(one, "(" + each.expression + ").exists()");
                    REQUIRE_MESSAGE(holds, each.expression);
                    return *holds;
                });
                if (!there) left.insert(profile.substr(profile.rfind('/') + 1) + ": " + each.id);
            }
        }
        CHECK_MESSAGE(empty.empty(), *empty.begin());
        for (const std::string& one : left) MESSAGE("no resource has " << one);
        // What R4 says of these codes itself: a body mass index has a value, a blood pressure has none beside its components.
        CHECK(left == std::set<std::string>{"us-core-blood-pressure: Observation.value[x]", "us-core-bmi: Observation.dataAbsentReason"});
    }
}
