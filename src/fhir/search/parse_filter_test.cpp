// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/match.h"
#include "fhir/search/parse.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace fhir;
using namespace fhir::search;
using base::IssueType;

namespace {

using fhir::testing::r4;
const Parameters& parameters() { return fhir::testing::r4_parameters(); }

base::Result<Query> ask(std::string_view type, const std::string& filter) { return parse(type, {{"_filter", filter}}, parameters(), r4()); }

const char* drawn(Prefix prefix) {
    constexpr const char* names[] = {"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"};
    return names[static_cast<std::size_t>(prefix)];
}

const char* drawn(Modifier modifier) {
    switch (modifier) {
        case Modifier::missing: return ":missing";
        case Modifier::contains: return ":contains";
        case Modifier::equals: return ":equals";
        case Modifier::ends_with: return ":ends";
        default: return "";
    }
}

std::string drawn(const Clause& clause) {
    std::string parts;
    for (const Clause& part : clause.parts) parts += (parts.empty() ? "" : " ") + drawn(part);
    switch (clause.kind) {
        case Clause::Kind::test: {
            const Value& value = clause.any_of.front();
            if (clause.modifier == Modifier::missing) return clause.parameter->code + (value.missing ? ":missing" : ":present");
            std::string text = clause.parameter->code + drawn(clause.modifier);
            if (value.prefix != Prefix::eq) (text += ' ') += drawn(value.prefix);
            for (const Value& part : value.parts) text += "$" + part.code + drawn(part.prefix);
            return text + (value.code.empty() ? "" : "=" + value.code);
        }
        case Clause::Kind::all: return "all(" + parts + ")";
        case Clause::Kind::any: return "any(" + parts + ")";
        case Clause::Kind::none: return "none(" + parts + ")";
        case Clause::Kind::forward: return clause.parameter->code + ">" + clause.type + "(" + parts + ")";
        case Clause::Kind::backward: return "<" + clause.type + "." + clause.parameter->code + "(" + parts + ")";
    }
    return {};
}

}  // namespace

TEST_SUITE("fhir/search/parse_filter") {
    TEST_CASE("a filter becomes a tree") {
        struct Row {
            const char *type, *filter, *tree;
        };
        const Row rows[] = {
            {"Patient", R"(name co "pet")", "name:contains=pet"},
            {"Patient", R"(given eq "Peter" and birthdate ge 2014-10-10)", "all(given:equals=peter birthdate ge)"},
            {"Patient", "given sw pet or family ew son", "any(given=pet family:ends=son)"},
            {"Patient", "given eq a and given eq b and given eq c", "all(given:equals=a given:equals=b given:equals=c)"},
            {"Patient", "given eq a or given eq b and given eq c", "all(any(given:equals=a given:equals=b) given:equals=c)"},
            {"Patient", "given eq a or (given eq b and given eq c)", "any(given:equals=a all(given:equals=b given:equals=c))"},
            {"Patient", "not (gender eq male)", "none(gender=male)"},
            {"Patient", "not(gender eq male or gender eq female) and active eq true", "all(none(any(gender=male gender=female)) active=true)"},
            {"Patient", "  ( ( gender eq male ) )  ", "gender=male"},
            {"Patient", "gender ne male", "all(gender:present none(gender=male))"},
            {"Patient", "birthdate pr true", "birthdate:present"},
            {"Patient", "birthdate pr false", "birthdate:missing"},
            {"Patient", "birthdate po 2014", "birthdate ap"},
            {"Patient", "birthdate ne 2014", "birthdate ne"},
            {"Patient", R"(name eq "a \"b\" \u0041")", "name:equals=a b a"},
            {"Observation", "code eq http://loinc.org|1234-5", "code=1234-5"},
            {"Observation", R"(subject:Patient.name co "pet")", "subject>Patient(name:contains=pet)"},
            {"Observation", "patient.name co pet", "patient>Patient(name:contains=pet)"},
            {"Observation", "subject:Patient.id eq 3425", "subject>Patient(_id=3425)"},
            {"Observation", "subject re Patient/4", "subject=4"},
            {"Observation", R"(patient[gender eq "male" and active eq true].name co pet)", "patient>Patient(all(all(gender=male active=true) name:contains=pet))"},
            {"Observation", "value-quantity gt 5.4||mg", "value-quantity gt=mg"},
            {"Observation", "code-value-quantity eq http://loinc.org|1$gt5", "code-value-quantity$1eq$gt"},
            {"Observation", "code-value-quantity[code eq http://loinc.org|1].value-quantity gt 5", "code-value-quantity$1eq$gt"},
            {"Patient", "_has:Observation:patient:code eq 1234-5", "<Observation.patient(code=1234-5)"},
            {"Patient", "_has:Observation:patient:performer:Practitioner.name co x", "<Observation.patient(performer>Practitioner(name:contains=x))"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.filter);
            const auto query = ask(row.type, row.filter);
            REQUIRE_MESSAGE(query, query.fault().text);
            REQUIRE(query->clauses.size() == 1);
            CHECK(drawn(query->clauses.front()) == row.tree);
        }
    }
    TEST_CASE("what is no filter is refused with its reason") {
        struct Row {
            const char *type, *filter, *says;
        };
        const Row rows[] = {
            {"Patient", "name", "operator"},
            {"Patient", "name eq", "value is missing"},
            {"Patient", "name is x", "operator"},
            {"Patient", "name eq a b", "joined by and, or"},
            {"Patient", "name eq a and", "name of a search parameter"},
            {"Patient", "and name eq a", "operator"},
            {"Patient", "(name eq a", ") is missing"},
            {"Patient", "name eq a)", "parenthesis too many"},
            {"Patient", "not name eq a", "operator"},
            {"Patient", "name eq \"a", "not closed"},
            {"Patient", R"(name eq "\q")", "escape"},
            {"Patient", R"(name eq "\ud800")", "no character"},
            {"Patient", R"(name eq "\u00")", "no character"},
            {"Patient", "shoe eq 1", "shoe is not known"},
            {"Patient", "name gt 5", "gt is not supported for name"},
            {"Patient", "birthdate co 5", "co is not supported for birthdate"},
            {"Patient", "gender sw m", "sw is not supported for gender"},
            {"Patient", "birthdate ge yesterday", "needs a date"},
            {"Patient", "birthdate eq ge2014", "needs a date"},
            {"Patient", "birthdate pr perhaps", "true or false"},
            {"Patient", "name:exact eq a", "operator says"},
            {"Patient", "name[given eq a].family eq b", "references and composites"},
            {"Patient", "name[given eq a eq b", "] is missing"},
            {"Observation", "subject[gender eq male] eq 1", "must go on"},
            {"Observation", "code.name eq a", "only behind a reference"},
            {"Observation", "code-value-quantity.value-quantity gt 5", "every part"},
            {"Observation", "code-value-quantity[shoe eq 1].value-quantity gt 5", "no part named shoe"},
            {"Observation", "patient.shoe eq 5", "Behind patient"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.filter);
            const auto query = ask(row.type, row.filter);
            REQUIRE_FALSE(query);
            const std::string text = query.fault().text;
            CAPTURE(text);
            CHECK(text.find(row.says) != std::string::npos);
        }
    }
    TEST_CASE("filters are bounded in length and depth") {
        std::string deep;
        for (int i = 0; i < 100; ++i) deep += "(";
        CHECK(ask("Patient", deep + "name eq a").fault().type == IssueType::too_costly);
        CHECK(ask("Patient", "name eq " + std::string(20'000, 'a')).fault().type == IssueType::too_costly);
        std::string turning = "name eq a";
        for (int i = 0; i < 200; ++i) turning += i % 2 == 0 ? " and name eq b" : " or name eq b";
        CHECK(ask("Patient", turning).fault().type == IssueType::too_costly);
        std::string wide = "name eq a";
        for (int i = 0; i < 350; ++i) wide += " or name eq b";
        CHECK(ask("Patient", wide));
        for (int i = 0; i < 200; ++i) wide += " or name eq b";
        CHECK(ask("Patient", wide).fault().type == IssueType::too_costly);
        std::string nested = "name eq a";
        for (int i = 0; i < 12; ++i) nested = "link[" + nested + "].name eq b";
        CHECK_FALSE(ask("Patient", nested));
    }
    TEST_CASE("whole and end of a string are compared without case and accents") {
        const Parameter* family = parameters().find("Patient", "family");
        IndexValue angstroem;
        angstroem.parameter = family->index;
        angstroem.kind = IndexKind::string;
        angstroem.code = "angstrom";
        angstroem.text = "Ångström";
        const std::vector<IndexValue> index{angstroem};
        const auto fits = [&](const std::string& filter) {
            const auto query = ask("Patient", filter);
            REQUIRE(query);
            return matches(*query, index, "1", 0);
        };
        CHECK(fits("family eq angstrom"));
        CHECK(fits("family eq ÅNGSTRÖM"));
        CHECK_FALSE(fits("family eq angstr"));
        CHECK(fits("family ew Ström"));
        CHECK_FALSE(fits("family ew angs"));
        CHECK(fits("family ne other"));
        CHECK_FALSE(fits("family ne angstrom"));
        CHECK_FALSE(fits("given ne other"));
    }
}
