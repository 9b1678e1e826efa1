// SPDX-License-Identifier: Apache-2.0
#include "terminology/lookup.h"

#include "terminology/testing.h"

#include <doctest/doctest.h>
#include <algorithm>

namespace terminology {

TEST_SUITE("terminology/lookup") {
    TEST_CASE("everything about a code") {
        const auto definitions = terminology::testing::library({terminology::testing::colours});
        const Local local(definitions);
        const auto found = lookup(local, "http://example.org/colours", "", "red");
        REQUIRE(found);
        CHECK(found->name == "Colours");
        CHECK(found->display == "Red");
        CHECK(found->definition == "As blood");
        CHECK(found->version == "1.0");
        CHECK(found->designations.size() == 1);
        const auto value = [&](std::string_view code) {
            const auto at = std::find_if(found->properties.begin(), found->properties.end(), [&](const auto& each) { return each.code == code; });
            return at == found->properties.end() ? std::string("none") : at->value + "/" + at->type;
        };
        CHECK(value("parent") == "warm/code");
        CHECK(value("child") == "crimson/code");
        CHECK(value("wave") == "700/integer");
        CHECK(value("inactive") == "false/boolean");
    }

    TEST_CASE("systems without a resource are looked up too") {
        const auto definitions = terminology::testing::library({});
        const Local local(definitions, &fhir::testing::units());
        CHECK(lookup(local, "urn:iso:std:iso:3166", "", "CH")->display == "Switzerland");
        CHECK(lookup(local, "urn:ietf:bcp:47", "", "de-CH")->display == "German (Switzerland)");
        CHECK(lookup(local, "http://unitsofmeasure.org", "", "mg")->code == "mg");
        CHECK_FALSE(lookup(local, "http://unitsofmeasure.org", "", "mgg"));
        CHECK_FALSE(lookup(local, "http://snomed.info/sct", "", "73211009"));
    }

    TEST_CASE("what is not there is a fault") {
        const auto definitions = terminology::testing::library({terminology::testing::colours});
        const Local local(definitions);
        CHECK(lookup(local, "http://example.org/colours", "", "green").fault().kind == base::Fault::Kind::missing);
        CHECK_FALSE(lookup(local, "http://example.org/colours", "7", "red"));
        CHECK_FALSE(lookup(local, "http://example.org/colours", "", "red", {"http://example.org/no-supplement"}));
        CHECK_FALSE(lookup(local, "http://example.org/none", "", "red"));
    }

    TEST_CASE("how codes stand to each other") {
        const auto definitions = terminology::testing::library({terminology::testing::colours});
        const Local local(definitions);
        const auto between = [&](std::string_view a, std::string_view b) { return *subsumption(local, "http://example.org/colours", a, b); };
        CHECK(between("red", "red") == Subsumption::equivalent);
        CHECK(between("warm", "red") == Subsumption::subsumes);
        CHECK(between("red", "warm") == Subsumption::subsumed_by);
        CHECK(between("red", "blue") == Subsumption::not_subsumed);
        CHECK_FALSE(subsumption(local, "http://example.org/colours", "red", "green"));
        CHECK_FALSE(subsumption(local, "http://snomed.info/sct", "73211009", "404684003"));
    }
}

}  // namespace terminology
