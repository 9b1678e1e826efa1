// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/parse_testing.h"

#include <doctest/doctest.h>

using namespace fhir;
using namespace fhir::search;
using base::Fault;
using base::IssueType;

namespace {

// The one value of the one clause.
Value one(std::string_view type, const std::string& name, const std::string& value, const ParseOptions& options = {}) {
    auto query = ask(type, {{name, value}}, options);
    if (!query) FAIL(query.fault().text);
    REQUIRE(query->clauses.size() == 1);
    REQUIRE(query->clauses[0].any_of.size() == 1);
    return query->clauses[0].any_of[0];
}

Fault refused(std::string_view type, const std::string& name, const std::string& value) {
    auto query = ask(type, {{name, value}});
    if (query) FAIL(name << "=" << value << " was taken");
    return query.fault();
}

std::string instant(base::Micros time) { return base::instant(time).substr(0, 19); }

}  // namespace

TEST_SUITE("fhir/search/parse") {
    TEST_CASE("F-01 an unknown parameter is refused and the nearest known one named") {
        const Fault fault = refused("Patient", "famly", "Ng");
        CHECK(fault.kind == Fault::Kind::invalid);
        CHECK(fault.type == IssueType::not_supported);
        CHECK(fault.text.find("family") != std::string::npos);
        CHECK(refused("Patient", "zzzzzzzzzz", "1").text.find("Did you mean") == std::string::npos);
    }
    TEST_CASE("F-01 lenient handling ignores it, says so, and the self link lacks it") {
        ParseOptions lenient;
        lenient.lenient = true;
        const auto query = ask("Patient", {{"famly", "Ng"}, {"family", "Ng"}, {"_include", "Patient:shoe"}}, lenient);
        REQUIRE(query);
        CHECK(query->clauses.size() == 1);
        REQUIRE(query->findings.size() == 2);
        CHECK(query->findings[0].type == IssueType::not_supported);
        REQUIRE(query->used.size() == 1);
        CHECK(query->used[0].first == "family");
    }
    TEST_CASE("lenient handling does not forgive a wrong value") {
        ParseOptions lenient;
        lenient.lenient = true;
        CHECK_FALSE(ask("Patient", {{"birthdate", "yesterday"}}, lenient));
    }
    TEST_CASE("F-02 modifiers that do not exist or do not fit are refused") {
        for (const char* name : {"name:foo", "birthdate:exact", "gender:contains", "name:not", "gender:Patient", "general-practitioner:Patient"})
            CHECK(refused("Patient", name, "1").kind == Fault::Kind::invalid);
        CHECK(ask("Patient", {{"name:exact", "A"}})->clauses[0].modifier == Modifier::exact);
        CHECK(ask("Patient", {{"name:contains", "A"}})->clauses[0].modifier == Modifier::contains);
        CHECK(ask("Patient", {{"gender:not", "male"}})->clauses[0].modifier == Modifier::not_);
        CHECK(ask("Patient", {{"gender:missing", "true"}})->clauses[0].any_of[0].missing);
        CHECK_FALSE(ask("Patient", {{"gender:missing", "false"}})->clauses[0].any_of[0].missing);
        CHECK_FALSE(ask("Patient", {{"gender:missing", "perhaps"}}));
    }
    TEST_CASE("F-02 a prefix on a string or token is part of the text") {
        CHECK(one("Patient", "name", "gt5").code == "gt5");
        CHECK(one("Patient", "identifier", "ne5").code == "ne5");
    }
    TEST_CASE("F-03 _count: zero counts, what is no number is refused, what is too much is clamped") {
        CHECK(ask("Patient", {{"_count", "0"}})->count == 0);
        CHECK(ask("Patient", {})->count == 50);
        CHECK(refused("Patient", "_count", "-1").kind == Fault::Kind::invalid);
        CHECK(refused("Patient", "_count", "abc").kind == Fault::Kind::invalid);
        CHECK(refused("Patient", "_count", "").kind == Fault::Kind::invalid);
        CHECK(refused("Patient", "_count", "1e9").kind == Fault::Kind::invalid);
        CHECK(ask("Patient", {{"_count", "2147483648"}})->count == 1000);
        CHECK(ask("Patient", {{"_count", "99999999999999999999"}})->count == 1000);
    }
    TEST_CASE("F-07 there is an end to clauses and values") {
        UrlParameters many;
        for (int i = 0; i < 64; ++i) many.emplace_back("name", "a" + std::to_string(i));
        CHECK(ask("Patient", many));
        many.emplace_back("name", "a0");  // says nothing more
        CHECK(ask("Patient", many)->clauses.size() == 64);
        many.emplace_back("name", "a");
        CHECK_FALSE(ask("Patient", many));
        std::string values = "a";
        for (int i = 1; i < 5000; ++i) values += ",a";
        CHECK(ask("Patient", {{"gender", values}})->clauses[0].any_of.size() == 5000);
        CHECK_FALSE(ask("Patient", {{"gender", values + ",a"}}));
        ParseOptions lenient;
        lenient.lenient = true;
        CHECK_FALSE(ask("Patient", UrlParameters(500, {"nonsense", "a"}), lenient));
        CHECK_FALSE(ask("Patient", {{"gender", std::string(2'000'000, ',')}}));
    }
    TEST_CASE("F-08 sorting knows its keys, both directions, and ten of them") {
        const auto query = ask("Patient", {{"_sort", "family,-birthdate,_id"}});
        REQUIRE(query);
        REQUIRE(query->sort.size() == 3);
        CHECK_FALSE(query->sort[0].descending);
        CHECK(query->sort[1].descending);
        CHECK(query->sort[2].parameter->code == "_id");
        CHECK_FALSE(ask("Patient", {{"_sort", "nonsense"}}));
        CHECK_FALSE(ask("Patient", {{"_sort", "family;drop"}}));
        CHECK_FALSE(ask("Patient", {{"_sort", ""}}));
        CHECK_FALSE(ask("Patient", {{"_sort", "family,"}}));
        std::string keys = "family";
        for (int i = 1; i < 50; ++i) keys += ",family";
        CHECK_FALSE(ask("Patient", {{"_sort", keys}}));
    }
    TEST_CASE("F-09 quotes, wildcards and SQL are text; a NUL is refused") {
        for (const char* text : {"'", "%", "_", "\" OR 1=1", ");--"}) {
            CHECK(one("Patient", "identifier", text).code == text);
            CHECK(one("Patient", "name:exact", text).text == text);
        }
        CHECK_FALSE(ask("Patient", {{"name", std::string("a\0b", 3)}}));
        CHECK_FALSE(ask("Patient", {{"name", "\xff"}}));
        CHECK_FALSE(ask("Patient", {{"general-practitioner", "');--"}}));
        CHECK_FALSE(ask("Observation", {{"value-quantity", "5.4' OR 1"}}));
    }
    TEST_CASE("F-13 dates that do not exist are refused") {
        for (const char* text : {"gt9999999-01-01", "eq2024-02-30", "2024-13", "2024-00", "24", "2024-1-1", "2024-05-01T", "2024-05-01T10",
                                 "2024-05-01T25:00", "ap", "xx2024", "2024-05-01T10:00:00+25:00", "-2024"})
            CHECK(refused("Patient", "birthdate", text).kind == Fault::Kind::invalid);
    }
    TEST_CASE("a date is the interval that its text covers") {
        CHECK(instant(one("Patient", "birthdate", "2024").from) == "2024-01-01T00:00:00");
        CHECK(instant(one("Patient", "birthdate", "2024").to) == "2025-01-01T00:00:00");
        CHECK(instant(one("Patient", "birthdate", "ge2024-02").to) == "2024-03-01T00:00:00");
        CHECK(one("Patient", "birthdate", "ge2024-02").prefix == Prefix::ge);
        CHECK(instant(one("Patient", "birthdate", "2024-02-29").to) == "2024-03-01T00:00:00");
        CHECK(instant(one("Observation", "date", "2024-02-29T10:30").to) == "2024-02-29T10:31:00");
        CHECK(instant(one("Observation", "date", "2024-02-29T23:30:00-01:00").from) == "2024-03-01T00:30:00");
        const Value exact = one("Observation", "date", "sa2024-02-29T10:30:00.5Z");
        CHECK(exact.to - exact.from == 100'000);
        CHECK(instant(one("Observation", "date", "2024-02-29T23:30:00 01:00").from) == "2024-02-29T22:30:00");
    }
    TEST_CASE("about a date is wider the farther it is from now") {
        ParseOptions options;
        options.now = base::days_from_civil(2024, 1, 1) * 86'400'000'000;
        const Value about = one("Patient", "birthdate", "ap2014-01-01", options);
        CHECK(instant(about.from) < "2013-02-01");
        CHECK(instant(about.to) > "2014-12-01");
    }
    TEST_CASE("F-14 a number stands for the range of its digits") {
        const auto range = [](const char* text) {
            const Value value = one("RiskAssessment", "probability", text);
            return std::pair(value.low, value.high);
        };
        CHECK(range("100") == std::pair(99.5, 100.5));
        CHECK(range("100.00") == std::pair(99.995, 100.005));
        CHECK(range("1e2") == std::pair(95.0, 105.0));
        CHECK(range("1.0e2") == std::pair(95.0, 105.0));
        CHECK(range("5.40") == std::pair(5.395, 5.405));
        CHECK(range("0.8") == std::pair(0.75, 0.85));
        CHECK(range("-2") == std::pair(-2.5, -1.5));
        CHECK(one("RiskAssessment", "probability", "gt0.8").exact == 0.8);
        for (const char* text : {"1e309", "abc", "1.", ".5", "1e", "--1", "0x10", "NaN", "inf", "1 2", ""})
            if (*text) CHECK(refused("RiskAssessment", "probability", text).kind == Fault::Kind::invalid);
    }
    TEST_CASE("F-14 a quantity has a number, a system and a unit") {
        const Value full = one("Observation", "value-quantity", "le5.4|http://unitsofmeasure.org|mg");
        CHECK(full.prefix == Prefix::le);
        CHECK(full.exact == 5.4);
        CHECK(full.has_system);
        CHECK(full.code == "mg");
        const Value unit = one("Observation", "value-quantity", "5.4||mg");
        CHECK_FALSE(unit.has_system);
        CHECK(unit.code == "mg");
        CHECK(one("Observation", "value-quantity", "5.4").code.empty());
        CHECK(one("Observation", "value-quantity", "5.4||a\\|b").code == "a|b");
        CHECK(refused("Observation", "value-quantity", "1e309||mg").kind == Fault::Kind::invalid);
        CHECK(refused("Observation", "value-quantity", "5|mg").kind == Fault::Kind::invalid);
        CHECK(refused("Observation", "value-quantity", "5|a|b|c").kind == Fault::Kind::invalid);
    }
    TEST_CASE("F-14 escaped separators are text") {
        CHECK(one("Patient", "name:exact", "a\\,b").text == "a,b");
        CHECK(one("Patient", "name:exact", "a\\\\b").text == "a\\b");
        CHECK(one("Patient", "name:exact", "a\\$b\\|c").text == "a$b|c");
        CHECK(one("Patient", "identifier", "s\\|t|a\\,b").system == "s|t");
        CHECK(ask("Patient", {{"name", "a,b\\,c,d"}})->clauses[0].any_of.size() == 3);
    }
    TEST_CASE("F-20 tokens come in four forms, and nothing else") {
        CHECK_FALSE(one("Patient", "identifier", "42").has_system);
        const Value both = one("Patient", "identifier", "urn:mrn|42");
        CHECK(both.has_system);
        CHECK(both.system == "urn:mrn");
        CHECK(both.code == "42");
        const Value none = one("Patient", "identifier", "|42");
        CHECK(none.has_system);
        CHECK(none.system.empty());
        CHECK(one("Patient", "identifier", "urn:mrn|").any_code);
        for (const char* text : {"|", "||", "a|b|c", "a,,b"}) CHECK(refused("Patient", "identifier", text).kind == Fault::Kind::invalid);
        const auto empty = ask("Patient", {{"identifier", ""}});
        REQUIRE(empty);
        CHECK(empty->clauses.empty());
        CHECK(empty->used.empty());
        CHECK(empty->findings.size() == 1);
    }
    TEST_CASE("F-20 a composite needs all of its parts") {
        const Value pair = one("Observation", "code-value-quantity", "http://loinc.org|8480-6$gt120||mm");
        REQUIRE(pair.parts.size() == 2);
        CHECK(pair.parts[0].code == "8480-6");
        CHECK(pair.parts[1].prefix == Prefix::gt);
        CHECK(refused("Observation", "code-value-quantity", "8480-6").kind == Fault::Kind::invalid);
        CHECK(refused("Observation", "code-value-quantity", "a$1$2").kind == Fault::Kind::invalid);
        CHECK(refused("Observation", "code-value-quantity", "a$").kind == Fault::Kind::invalid);
    }
    TEST_CASE("references come as id, as type and id, as address and with a type modifier") {
        CHECK(one("Observation", "subject", "23").code == "23");
        CHECK(one("Observation", "subject", "23").system.empty());
        CHECK(one("Observation", "subject", "Patient/23").system == "Patient");
        CHECK(one("Observation", "subject", "http://a.org/fhir/Patient/23").code == "http://a.org/fhir/Patient/23");
        CHECK(one("Observation", "subject", "urn:uuid:1").code == "urn:uuid:1");
        const auto typed = ask("Observation", {{"subject:Patient", "23"}});
        REQUIRE(typed);
        CHECK(typed->clauses[0].modifier == Modifier::type);
        CHECK(typed->clauses[0].any_of[0].system == "Patient");
        ParseOptions ours;
        ours.own_bases = {"http://a.org/fhir"};
        CHECK(one("Observation", "subject", "http://a.org/fhir/Patient/23", ours).code == "23");
        CHECK_FALSE(ask("Observation", {{"subject", "Nonsense/23"}}));
        CHECK_FALSE(ask("Observation", {{"subject:Patient", "Patient/23"}}));
    }
    TEST_CASE("what shapes the answer is read") {
        const auto query = ask("Patient", {{"_summary", "count"}, {"_total", "accurate"}, {"_elements", "id,name"}, {"_format", "json"}});
        REQUIRE(query);
        CHECK(query->summary == Summary::count);
        CHECK(query->total == Total::accurate);
        CHECK(query->elements == std::vector<std::string>{"id", "name"});
        CHECK(query->used.size() == 3);
        CHECK_FALSE(ask("Patient", {{"_summary", "some"}}));
        CHECK_FALSE(ask("Patient", {{"_total", "yes"}}));
        CHECK_FALSE(ask("Patient", {{"_elements", ""}}));
    }
    TEST_CASE("over all types only what every resource has can be asked") {
        CHECK(ask("", {{"_lastUpdated", "gt2020"}, {"_id", "1"}, {"_tag", "a|b"}}));
        CHECK_FALSE(ask("", {{"name", "a"}}));
    }
    TEST_CASE("what was used goes back into a URL") {
        const auto query = ask("Patient", {{"name:exact", "a b,c&d"}});
        REQUIRE(query);
        const auto back = read_query_string(query->used[0].first + "=" + query->used[0].second);
        REQUIRE(back);
        CHECK((*back)[0].first == "name:exact");
        CHECK((*back)[0].second == "a b,c&d");
    }
    TEST_CASE("a query string with broken encoding is malformed") {
        CHECK(read_query_string("a=%zz").fault().kind == Fault::Kind::malformed);
        const auto pairs = read_query_string("a=1&&b=x+y&c");
        REQUIRE(pairs);
        CHECK(pairs->size() == 3);
        CHECK((*pairs)[1].second == "x y");
    }
}
