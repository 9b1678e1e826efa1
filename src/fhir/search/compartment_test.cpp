// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/compartment.h"

#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/search/match.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>

using fhir::search::Clause;
using fhir::search::Compartments;
using fhir::search::Reach;

namespace {

const fhir::search::Parameters& parameters() { return fhir::testing::r4_parameters(); }

const Compartments& compartments() {
    static const Compartments made(fhir::testing::library());
    return made;
}

std::vector<fhir::search::IndexValue> index_of(std::string_view json) {
    const auto document = fhir::codec::read_json(json, fhir::testing::r4().names());
    REQUIRE(document);
    base::Findings findings;
    return fhir::search::extract(document->root(), parameters(), fhir::testing::r4(), findings);
}

bool in(std::string_view kind, std::string_view type, std::string_view json, std::string_view id = "x") {
    const auto clause = compartments().clause(kind, "1", type, parameters());
    return clause && fhir::search::holds(*clause, index_of(json), id, 0);
}

}  // namespace

TEST_SUITE("fhir/search/compartment") {
    TEST_CASE("the five compartments of the standard are there") {
        for (const char* kind : {"Patient", "Encounter", "RelatedPerson", "Practitioner", "Device"}) CHECK(compartments().exists(kind));
        CHECK_FALSE(compartments().exists("Observation"));
        CHECK(compartments().types("Patient").size() == 66);
        CHECK_FALSE(Compartments().exists("Patient"));
    }
    TEST_CASE("a type is in a compartment or it is not") {
        CHECK(compartments().holds("Patient", "Observation"));
        CHECK(compartments().holds("Patient", "Patient"));
        CHECK(compartments().holds("Device", "Device"));
        CHECK_FALSE(compartments().holds("Patient", "Organization"));
        CHECK_FALSE(compartments().clause("Patient", "1", "Organization", parameters()));
        CHECK_FALSE(compartments().clause("Group", "1", "Observation", parameters()));
    }
    TEST_CASE("every parameter that the definitions name is one that searches") {
        for (const char* kind : {"Patient", "Encounter", "RelatedPerson", "Practitioner", "Device"})
            for (const std::string& type : compartments().types(kind)) {
                const auto clause = compartments().clause(kind, "1", type, parameters());
                REQUIRE(clause);
                CAPTURE(std::string(kind) + " " + type);
                CHECK_FALSE(clause->parts.empty());
                for (const Clause& part : clause->parts) CHECK(fhir::search::is_supported(*part.parameter));
            }
    }
    TEST_CASE("any one of the parameters makes a member") {
        CHECK(in("Patient", "Observation", R"({"resourceType":"Observation","subject":{"reference":"Patient/1"}})"));
        CHECK(in("Patient", "Observation", R"({"resourceType":"Observation","performer":[{"reference":"Patient/1"}]})"));
        CHECK_FALSE(in("Patient", "Observation", R"({"resourceType":"Observation","focus":[{"reference":"Patient/1"}]})"));
        CHECK_FALSE(in("Patient", "Observation", R"({"resourceType":"Observation","subject":{"reference":"Patient/2"}})"));
        CHECK_FALSE(in("Patient", "Observation", R"({"resourceType":"Observation","subject":{"reference":"Group/1"}})"));
        CHECK(in("Encounter", "Observation", R"({"resourceType":"Observation","encounter":{"reference":"Encounter/1"}})"));
    }
    TEST_CASE("the resource itself is in its compartment, and a patient that links to it") {
        CHECK(in("Patient", "Patient", R"({"resourceType":"Patient"})", "1"));
        CHECK_FALSE(in("Patient", "Patient", R"({"resourceType":"Patient"})", "2"));
        CHECK(in("Patient", "Patient", R"({"resourceType":"Patient","link":[{"other":{"reference":"Patient/1"},"type":"seealso"}]})", "2"));
        CHECK(in("Encounter", "Encounter", R"({"resourceType":"Encounter"})", "1"));
        CHECK_FALSE(in("Encounter", "Encounter", R"({"resourceType":"Encounter","partOf":{"reference":"Encounter/1"}})", "2"));
    }
    TEST_CASE("a reach is narrowed to what is in the compartment") {
        const auto seen = index_of(R"({"resourceType":"Observation","status":"final","subject":{"reference":"Patient/1"}})");
        const auto other = index_of(R"({"resourceType":"Observation","status":"final","subject":{"reference":"Patient/2"}})");
        const Reach all = compartments().reach("Patient", "1", Reach::everything(), parameters());
        CHECK(all.admits("Observation", seen, "o", 0));
        CHECK_FALSE(all.admits("Observation", other, "o", 0));
        CHECK(all.nothing("Organization"));

        Reach finals;
        const auto* status = parameters().find("Observation", "status");
        fhir::search::Value value;
        value.code = "final";
        finals.allow("Observation", Clause{.parameter = status, .any_of = {value}});
        const Reach both = compartments().reach("Patient", "1", finals, parameters());
        CHECK(both.admits("Observation", seen, "o", 0));
        CHECK_FALSE(both.admits("Observation", other, "o", 0));
        CHECK_FALSE(both.admits("Observation", index_of(R"({"resourceType":"Observation","status":"amended","subject":{"reference":"Patient/1"}})"), "o", 0));
        CHECK(both.nothing("Patient"));
    }
}
