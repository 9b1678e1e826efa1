// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/search/examine.h"
#include "fhir/search/extract.h"
#include "fhir/testing.h"

#include <chrono>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace fhir;
using namespace fhir::search;

namespace {

using fhir::testing::r4;

const Parameters& own() { return fhir::testing::r4_parameters(); }

StoredParameter nickname(const std::string& id = "nick") {
    StoredParameter one;
    one.id = id;
    one.status = "active";
    one.url = "http://example.org/SearchParameter/" + id;
    one.code = id;
    one.type = "string";
    one.bases = "Patient";
    one.expression = "Patient.name.where(use = 'nickname').given";
    return one;
}

StoredParameter with(StoredParameter one, std::string StoredParameter::* member, std::string value) {
    one.*member = std::move(value);
    return one;
}

std::shared_ptr<const Parameters> join(std::vector<StoredParameter> stored, const Parameters& before = own()) {
    return Parameters::join(r4(), own(), before, std::move(stored));
}

base::Findings examined(const StoredParameter& one, const Parameters& known = own()) { return examine(one, r4(), known); }

}  // namespace

TEST_SUITE("fhir/search/join") {
    TEST_CASE("what is stored is found by its code, read from its base, and gone with the next generation") {
        const auto next = join({nickname()});
        const Parameter* const found = next->find("Patient", "nick");
        REQUIRE(found);
        CHECK(found->index == own().all().size());
        CHECK(next->in_use(found->index));
        CHECK(next->generation() == own().generation() + 1);
        CHECK_FALSE(next->find("Practitioner", "nick"));
        CHECK_FALSE(own().find("Patient", "nick"));
        CHECK(next->find("Patient", "name") == own().find("Patient", "name"));
        CHECK(next->types()[found->index] == std::vector<std::string>{"Patient"});

        const auto patient = codec::read_json(R"({"resourceType":"Patient","name":[{"use":"nickname","given":["Bob"]}]})", r4().names());
        base::Findings findings;
        const auto values = extract(patient->root(), *next, r4(), findings);
        CHECK(std::count_if(values.begin(), values.end(), [&](const IndexValue& value) { return value.parameter == found->index && value.code == "bob"; }) == 1);

        const auto last = join({}, *next);
        CHECK_FALSE(last->find("Patient", "nick"));
        CHECK_FALSE(last->in_use(found->index));
        CHECK(last->all().size() == next->all().size());
    }

    TEST_CASE("an index never gets another meaning; what stays the same is shared") {
        const auto first = join({nickname("a"), nickname("b")});
        const auto second = join({with(nickname("a"), &StoredParameter::expression, "Patient.name.given"), nickname("b")}, *first);
        CHECK(second->find("Patient", "b") == first->find("Patient", "b"));
        CHECK(second->find("Patient", "a")->index == own().all().size() + 2);
        CHECK_FALSE(second->in_use(first->find("Patient", "a")->index));
        const auto third = join({nickname("b"), nickname("c")}, *second);
        CHECK(third->find("Patient", "c")->index == own().all().size() + 3);
        CHECK(third->find("Patient", "b")->index == first->find("Patient", "b")->index);
    }

    TEST_CASE("the code that a type has stays; R4's urls keep their meaning") {
        const auto shadowed = join({with(with(nickname(), &StoredParameter::code, "name"), &StoredParameter::bases, "Patient Observation")});
        CHECK(shadowed->find("Patient", "name") == own().find("Patient", "name"));
        REQUIRE(shadowed->joined().size() == 1);
        CHECK(shadowed->joined()[0].parameter == nullptr);
        const auto half = join({with(with(with(nickname(), &StoredParameter::code, "name"), &StoredParameter::bases, "Patient Observation"),
                                     &StoredParameter::expression, "Patient.name.given | Observation.code.text")});
        REQUIRE(half->find("Observation", "name"));
        CHECK(half->joined()[0].findings.size() == 1);

        const auto same_url = join({with(nickname(), &StoredParameter::url, "http://hl7.org/fhir/SearchParameter/Patient-active")});
        CHECK(same_url->find("Patient", "active") == own().find("Patient", "active"));
        CHECK_FALSE(same_url->find("Patient", "nick"));
        CHECK(same_url->joined()[0].findings.size() == 1);
    }

    TEST_CASE("of two with one url the later version counts, and drafts do not") {
        const auto two = join({with(nickname("a"), &StoredParameter::version, "1"),
                               with(with(with(nickname("b"), &StoredParameter::version, "2"), &StoredParameter::url, nickname("a").url),
                                    &StoredParameter::code, "a")});
        CHECK(two->joined()[0].parameter == nullptr);
        CHECK(two->joined()[1].parameter == two->find("Patient", "a"));
        CHECK_FALSE(join({with(nickname(), &StoredParameter::status, "draft")})->find("Patient", "nick"));
    }

    TEST_CASE("a composite follows its components") {
        StoredParameter both = nickname("both");
        both.type = "composite";
        both.expression = "Patient";
        both.components = nickname("a").url + " name.where(use = 'nickname').given\nhttp://hl7.org/fhir/SearchParameter/individual-gender gender";
        const auto first = join({both, nickname("a")});
        REQUIRE(first->find("Patient", "both"));
        CHECK(first->find("Patient", "both")->components[0].parameter == first->find("Patient", "a"));
        const auto second = join({both, with(nickname("a"), &StoredParameter::type, "token")}, *first);
        CHECK(second->find("Patient", "both")->components[0].parameter == second->find("Patient", "a"));
        CHECK_FALSE(join({both}, *second)->find("Patient", "both"));
    }

    TEST_CASE("a generation is made quickly") {
        std::vector<StoredParameter> many;
        for (int i = 0; i < 500; ++i) many.push_back(nickname("n" + std::to_string(i)));
        const auto first = join(many);
        const auto begin = std::chrono::steady_clock::now();
        const auto second = join(many, *first);
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
        MESSAGE(fmt::format("a generation with 500 stored parameters: {} us", took));
        CHECK(second->find("Patient", "n499") == first->find("Patient", "n499"));
    }
}

TEST_SUITE("fhir/search/examine") {
    TEST_CASE("nothing is said against what R4 itself publishes") {
        int refused = 0;
        for (const schema::SearchParameterRow& row : r4().search_parameters()) {
            StoredParameter one;
            one.status = "active";
            one.url = std::string(row.url) + "-again";
            one.code = std::string(row.code) + "-again";
            one.type = row.type;
            one.bases = row.bases;
            one.expression = row.expression;
            one.components = row.components;
            if (row.url.ends_with("/example-extension")) continue;  // published with the wrong base
            if (row.type == "special" || row.expression.empty() || row.code.starts_with('_')) continue;
            const auto findings = examined(one);
            if (!base::any_error(findings)) continue;
            ++refused;
            MESSAGE(fmt::format("{} {}: {}", one.url, one.expression, findings.front().text));
        }
        CHECK(refused == 0);
    }

    TEST_CASE("what cannot be searched is said") {
        const auto refused = [](std::string StoredParameter::* member, std::string value) {
            return base::any_error(examined(with(nickname(), member, std::move(value))));
        };
        CHECK(examined(nickname()).empty());
        CHECK(refused(&StoredParameter::expression, "Patient.name.where("));
        CHECK(refused(&StoredParameter::expression, ""));
        CHECK(refused(&StoredParameter::expression, "Patient.nam"));
        CHECK(refused(&StoredParameter::expression, "Patiant.name"));
        CHECK(refused(&StoredParameter::expression, "Patient.name.frobnicate()"));
        CHECK(refused(&StoredParameter::expression, "Observation.code"));
        CHECK(refused(&StoredParameter::bases, "Patiant"));
        CHECK(refused(&StoredParameter::bases, "HumanName"));
        CHECK(refused(&StoredParameter::bases, ""));
        CHECK(refused(&StoredParameter::type, "date"));
        CHECK(refused(&StoredParameter::type, "reference"));
        CHECK(refused(&StoredParameter::type, "special"));
        CHECK(refused(&StoredParameter::type, "words"));
        CHECK(refused(&StoredParameter::type, "composite"));
        CHECK(refused(&StoredParameter::code, "a:b"));
        CHECK(refused(&StoredParameter::code, "a b"));
        CHECK(refused(&StoredParameter::code, "_count"));
        CHECK_FALSE(refused(&StoredParameter::status, "draft"));
        StoredParameter composite = with(nickname(), &StoredParameter::type, "composite");
        composite.expression = "Patient";
        composite.components = "http://example.org/nothing name";
        CHECK(base::any_error(examined(composite)));
    }

    TEST_CASE("a code that is taken is a warning, and an update is not in its own way") {
        const auto warned = examined(with(nickname(), &StoredParameter::code, "name"));
        REQUIRE(warned.size() == 1);
        CHECK(warned.front().severity == base::Severity::warning);
        const auto known = join({nickname()});
        CHECK(examined(with(nickname(), &StoredParameter::expression, "Patient.name.given"), *known).empty());
        CHECK(examined(with(nickname(), &StoredParameter::url, "http://example.org/other"), *known).empty());
    }
}
