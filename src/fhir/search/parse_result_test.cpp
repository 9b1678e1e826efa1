// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/named_query.h"
#include "fhir/search/parse_testing.h"

#include <doctest/doctest.h>

using namespace fhir;
using namespace fhir::search;
using base::IssueType;

TEST_SUITE("fhir/search/parse_result") {
    TEST_CASE("_contained, _containedType and _explain") {
        const auto query = ask("Patient", {{"_contained", "both"}, {"_containedType", "contained"}, {"_explain", "true"}});
        REQUIRE(query);
        CHECK(query->contained == Contained::both);
        CHECK_FALSE(query->containers);
        CHECK(query->explain);
        CHECK(ask("Patient", {{"_contained", "true"}})->contained == Contained::only);
        CHECK(ask("Patient", {{"_contained", "true"}})->containers);
        CHECK(ask("Patient", {{"_contained", "false"}})->contained == Contained::no);
        for (const auto& [name, value] : UrlParameters{{"_contained", "maybe"}, {"_contained", ""}, {"_containedType", "all"}, {"_explain", "x"},
                                                       {"_count:exact", "1"}, {"_sort:desc", "name"}})
            CHECK_FALSE(ask("Patient", {{name, value}}));
    }
    TEST_CASE("all five summaries are read") {
        const std::pair<const char*, Summary> rows[] = {{"true", Summary::yes}, {"false", Summary::no}, {"text", Summary::text},
                                                        {"data", Summary::data}, {"count", Summary::count}};
        for (const auto& [value, summary] : rows) CHECK(ask("Patient", {{"_summary", value}})->summary == summary);
    }
    TEST_CASE("_type chooses among types, and the other parameters must be known for all of them") {
        const auto query = ask("", {{"_lastUpdated", "gt2020"}, {"_type", "Patient,Observation"}});
        REQUIRE(query);
        CHECK(query->types == std::vector<std::string>{"Patient", "Observation"});
        CHECK(query->used.size() == 2);
        // The same clinical parameter, and parameters that only share their code.
        const auto shared = ask("", {{"_type", "Condition,Procedure"}, {"patient", "1"}});
        REQUIRE(shared);
        CHECK(shared->clauses.front().kind == Clause::Kind::test);
        const auto named = ask("", {{"_type", "Organization,Location"}, {"name", "a"}});
        REQUIRE(named);
        CHECK(named->clauses.front().kind == Clause::Kind::any);
        CHECK(ask("", {{"_type", "Organization,Location"}, {"name:missing", "true"}})->clauses.front().kind == Clause::Kind::all);
        CHECK(ask("", {{"_type", "Organization,Location"}, {"name:missing", "false"}})->clauses.front().kind == Clause::Kind::any);
        CHECK(ask("", {{"_type", "Encounter,Location"}, {"status:not", "active"}})->clauses.front().kind == Clause::Kind::all);
        CHECK(ask("", {{"_type", "Patient,Observation"}, {"_type", "Observation,Group"}})->types == std::vector<std::string>{"Observation"});
        CHECK_FALSE(ask("", {{"_type", "Patient,Observation"}, {"code", "1"}}));
        CHECK_FALSE(ask("", {{"_type", "Shoe"}}));
        CHECK_FALSE(ask("", {{"_type", "Patient"}, {"_type", "Observation"}}));
        CHECK_FALSE(ask("Patient", {{"_type", "Observation"}}));
        CHECK(ask("Patient", {{"_type", "Patient"}}));
        CHECK(ask("", {{"_type", "Patient,Encounter"}, {"_has:Observation:subject:code", "1"}}).fault().text.find("Encounter") != std::string::npos);
    }
    TEST_CASE("a named query puts the parameters beside it into its criteria") {
        const std::vector<NamedQuery> queries{{"by-code", "Observation", "code=http://loinc.org|{code}&date=ge{since}&_sort=-date"}};
        ParseOptions options;
        options.queries = &queries;
        const auto query = ask("Observation", {{"_query", "by-code"}, {"code", "1234-5"}, {"since", "2020"}, {"status", "final"}}, options);
        REQUIRE(query);
        REQUIRE(query->clauses.size() == 3);
        CHECK(query->clauses[0].any_of[0].system == "http://loinc.org");
        CHECK(query->clauses[0].any_of[0].code == "1234-5");
        CHECK(query->clauses[1].any_of[0].prefix == Prefix::ge);
        CHECK(query->clauses[2].parameter->code == "status");
        CHECK(query->sort.size() == 1);
        REQUIRE(query->used.size() == 4);
        CHECK(query->used[0] == std::pair<std::string, std::string>("_query", "by-code"));
        CHECK(ask("Observation", {{"_query", "by-code"}, {"code", "1"}}, options).fault().text.find("since") != std::string::npos);
        CHECK_FALSE(ask("Observation", {{"_query", "by-code"}, {"code", "1"}, {"since", "x"}}, options));
        CHECK_FALSE(ask("Patient", {{"_query", "by-code"}, {"code", "1"}, {"since", "2020"}}, options));
        CHECK(ask("Observation", {{"_query", "other"}}, options).fault().type == IssueType::not_supported);
        CHECK_FALSE(ask("Observation", {{"_query", "by-code"}, {"_query", "by-code"}, {"code", "1"}, {"since", "2020"}}, options));
        options.lenient = true;
        const auto lenient = ask("Observation", {{"_query", "other"}, {"status", "final"}}, options);
        REQUIRE(lenient);
        CHECK(lenient->clauses.size() == 1);
        CHECK(lenient->findings.size() == 1);
    }
    TEST_CASE("a template that cannot be filled is found when it is registered") {
        CHECK(check_named_query({"a", "Patient", "name={name}"}));
        CHECK_FALSE(check_named_query({"a", "Patient", "name={name"}));
        CHECK_FALSE(check_named_query({"a", "Patient", "name={}"}));
        CHECK_FALSE(check_named_query({"", "Patient", "name=a"}));
        CHECK_FALSE(check_named_query({"a", "Patient", ""}));
    }
}
