// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/includes.h"
#include "fhir/search/parse_testing.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace fhir;
using namespace fhir::search;
using base::Fault;
using base::IssueType;

namespace {

using fhir::testing::r4;

// A clause in short: "subject>Patient(name)", "<Observation.patient(code)", "any(a b)".
std::string drawn(const Clause& clause) {
    std::string parts;
    for (const Clause& part : clause.parts) parts += (parts.empty() ? "" : " ") + drawn(part);
    switch (clause.kind) {
        case Clause::Kind::test: {
            std::string text = clause.parameter->code;
            if (clause.modifier != Modifier::none) text += fmt::format(":{}", static_cast<int>(clause.modifier));
            if (clause.any_of.size() > 1) text += fmt::format("*{}", clause.any_of.size());
            return text;
        }
        case Clause::Kind::all: return "all(" + parts + ")";
        case Clause::Kind::any: return "any(" + parts + ")";
        case Clause::Kind::none: return "none(" + parts + ")";
        case Clause::Kind::forward: return clause.parameter->code + ">" + clause.type + "(" + parts + ")";
        case Clause::Kind::backward: return "<" + clause.type + "." + clause.parameter->code + "(" + parts + ")";
    }
    return {};
}

std::string tree(std::string_view type, const std::string& name, const std::string& value = "x") {
    const auto query = ask(type, {{name, value}});
    if (!query) return "! " + query.fault().text;
    REQUIRE(query->clauses.size() == 1);
    REQUIRE(query->used.size() == 1);
    return drawn(query->clauses.front());
}

}  // namespace

TEST_SUITE("fhir/search/parse_chain") {
    TEST_CASE("a chain goes over references of one type or of every type that knows the parameter") {
        struct Row {
            const char *type, *name, *value, *tree;
        };
        const Row rows[] = {
            {"Observation", "subject:Patient.name", "x", "subject>Patient(name)"},
            {"Observation", "patient.name", "x", "patient>Patient(name)"},
            {"Observation", "subject.gender", "male", "subject>Patient(gender)"},
            {"Observation", "subject.identifier", "a|b",
             "any(subject>Group(identifier) subject>Device(identifier) subject>Patient(identifier) subject>Location(identifier))"},
            {"Observation", "patient.general-practitioner:Practitioner.name:exact", "x", "patient>Patient(general-practitioner>Practitioner(name:2))"},
            {"Observation", "patient.organization.partof.name", "x", "patient>Patient(organization>Organization(partof>Organization(name)))"},
            {"Observation", "patient:Patient._id", "1", "patient>Patient(_id)"},
            {"Observation", "patient:Patient._lastUpdated", "gt2020", "patient>Patient(_lastUpdated)"},
            {"Observation", "patient:Patient._tag", "a|b", "patient>Patient(_tag)"},
            {"Observation", "patient.birthdate:missing", "true", "patient>Patient(birthdate:1)"},
            {"Observation", "patient.name", "a,b", "patient>Patient(name*2)"},
            {"Patient", "_has:Observation:patient:code", "1-2", "<Observation.patient(code)"},
            {"Patient", "_has:Observation:patient:code:not", "1-2", "<Observation.patient(code:4)"},
            {"Patient", "_has:Observation:subject:performer:Practitioner.name", "x", "<Observation.subject(performer>Practitioner(name))"},
            {"Patient", "_has:Observation:patient:_has:AuditEvent:entity:agent:Practitioner.name", "x",
             "<Observation.patient(<AuditEvent.entity(agent>Practitioner(name)))"},
            {"Encounter", "patient:Patient._has:Group:member:_id", "102", "patient>Patient(<Group.member(_id))"},
            {"Patient", "_list", "42", "<List.item(_id)"},
            {"Patient", "_list", "42,List/43", "<List.item(_id*2)"},
            {"Observation", "patient:Patient._list", "42", "patient>Patient(<List.item(_id))"},
            {"Condition", "_list", "$current-problems", "all(category clinical-status*3 verification-status:4*2)"},
            {"AllergyIntolerance", "_list", "$current-allergies", "all(clinical-status verification-status:4*2)"},
            {"AllergyIntolerance", "_list", "$current-drug-allergies,7", "any(all(category clinical-status verification-status:4*2) <List.item(_id))"},
            {"MedicationRequest", "_list", "$current-medications", "status"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.name);
            CHECK(tree(row.type, row.name, row.value) == row.tree);
        }
    }
    TEST_CASE("what is wrong with a link is said") {
        struct Row {
            const char *type, *name, *value, *says;
        };
        const Row rows[] = {
            {"Observation", "code.name", "x", "code is of type token"},
            {"Observation", "nothing.name", "x", "nothing is not known for Observation"},
            {"Observation", "subject:Practitioner.name", "x", "subject does not refer to Practitioner"},
            {"Observation", "subject:missing.name", "x", "only a resource type"},
            {"Observation", "subject.shoe-size", "x", "shoe-size is not known for any"},
            {"Observation", "patient.organization.shoe", "x", "Behind patient: Behind organization"},
            {"Observation", "patient.", "x", "A link is missing"},
            {"Observation", "patient..name", "x", "A link is missing"},
            {"Observation", ".name", "x", "A link is missing"},
            {"Observation", "patient.birthdate", "yesterday", "Behind patient"},
            {"Observation", "patient.name:not", "x", "does not fit name"},
            {"Observation", "subject.", "x", "A link is missing"},
            {"Patient", "_has", "x", "_has"},
            {"Patient", "_has:", "x", "_has is written"},
            {"Patient", "_has:Observation", "x", "_has is written"},
            {"Patient", "_has:Observation:patient", "x", "_has is written"},
            {"Patient", "_has:Shoe:patient:code", "x", "Shoe is no resource type"},
            {"Patient", "_has:Observation:code:code", "x", "not a reference"},
            {"Patient", "_has:Observation:encounter:code", "x", "does not refer to Patient"},
            {"Patient", "_has:Observation:patient:shoe", "x", "Behind _has:Observation:patient"},
            {"Patient", "_list", "a b", "_list needs"},
            {"Patient", "_list", "$nonsense", "There is no list"},
            {"Patient", "_list", "$current-problems", "does not hold resources of type Patient"},
            {"Patient", "name:", "x", "A modifier is missing"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const auto query = ask(row.type, {{row.name, row.value}});
            REQUIRE_FALSE(query);
            CHECK_MESSAGE(query.fault().text.find(row.says) != std::string::npos, query.fault().text);
        }
    }
    TEST_CASE("chains are bounded in depth and breadth") {
        std::string name;
        for (int i = 0; i < 8; ++i) name += "partof.";
        CHECK(ask("Organization", {{name + "name", "x"}}));
        CHECK(ask("Organization", {{"partof." + name + "name", "x"}}).fault().type == IssueType::too_costly);
        std::string deep;
        for (int i = 0; i < 20'000; ++i) deep += "_has:Organization:partof:";
        CHECK_FALSE(ask("Organization", {{deep + "name", "x"}}));
        // Over references to anything the ways multiply.
        CHECK(ask("Provenance", {{"target.identifier", "x"}}));
        CHECK(ask("Provenance", {{"target:Provenance.target:Provenance.target.identifier", "x"}}));
        CHECK(ask("List", {{"item.item.item.item.item.subject.identifier", "x"}}).fault().type == IssueType::too_costly);
    }
    TEST_CASE("an empty value asks nothing, but its name must be right") {
        const auto query = ask("Observation", {{"patient.name", ""}, {"_has:Observation:has-member:code", ""}, {"_list", ""}});
        REQUIRE(query);
        CHECK(query->clauses.empty());
        CHECK(query->findings.size() == 3);
        CHECK_FALSE(ask("Observation", {{"patient.shoe", ""}}));
    }
    TEST_CASE("lenient handling passes over links that are not known, not over wrong ones") {
        ParseOptions lenient;
        lenient.lenient = true;
        const auto query = ask("Observation", {{"subject.shoe", "x"}, {"_has:Observation:has-member:shoe", "x"}, {"_include", "Observation:shoe"}}, lenient);
        REQUIRE(query);
        CHECK(query->clauses.empty());
        CHECK(query->findings.size() == 3);
        CHECK(query->used.empty());
        CHECK_FALSE(ask("Observation", {{"code.name", "x"}}, lenient));
    }
}

TEST_SUITE("fhir/search/includes") {
    TEST_CASE("includes name a source, a reference and perhaps a target") {
        const auto query = ask("Observation", {{"_include", "Observation:subject"},
                                               {"_include", "Observation:subject:Patient,Observation:encounter"},
                                               {"_include:iterate", "Patient:organization"},
                                               {"_revinclude:recurse", "Provenance:target"},
                                               {"_include", "Observation:*"},
                                               {"_include", "*"}});
        REQUIRE(query);
        REQUIRE(query->includes.size() == 7);
        CHECK(query->includes[0].source == "Observation");
        REQUIRE(query->includes[0].parameters.size() == 1);
        CHECK(query->includes[0].parameters[0]->code == "subject");
        CHECK_FALSE(query->includes[0].iterate);
        CHECK(query->includes[1].target == "Patient");
        CHECK(query->includes[2].parameters[0]->code == "encounter");
        CHECK(query->includes[3].iterate);
        CHECK(query->includes[4].reverse);
        CHECK(query->includes[4].iterate);
        CHECK(query->includes[5].parameters.size() > 5);
        CHECK(query->includes[6].source == "*");
        CHECK(query->used.size() == 6);
    }
    TEST_CASE("includes that cannot be are refused") {
        for (const char* value : {"", "Observation", "Observation:", "Observation:shoe", "Observation:code", "Shoe:subject", "Observation:subject:Shoe",
                                  "Observation:subject:Practitioner", "Observation:subject:Patient:x", "*:subject"}) {
            CAPTURE(value);
            CHECK_FALSE(ask("Observation", {{"_include", value}}));
            CHECK_FALSE(ask("Patient", {{"_revinclude", value}}));
        }
        CHECK_FALSE(ask("Observation", {{"_include:each", "Observation:subject"}}));
        CHECK_FALSE(ask("Observation", UrlParameters(33, {"_include", "Observation:subject"})));
        CHECK_FALSE(ask("Observation", {{"_include", "Observation:subject"}, {"_summary", "text"}}));
    }
    TEST_CASE("what may be included is listed for a type") {
        const auto forward = includes_of("Observation", parameters());
        CHECK(std::find(forward.begin(), forward.end(), "Observation:subject") != forward.end());
        CHECK(std::find(forward.begin(), forward.end(), "Observation:code") == forward.end());
        const auto reverse = reverse_includes_of("Patient", parameters(), r4());
        CHECK(std::find(reverse.begin(), reverse.end(), "Observation:patient") != reverse.end());
        CHECK(std::find(reverse.begin(), reverse.end(), "Provenance:target") != reverse.end());
        CHECK(std::find(reverse.begin(), reverse.end(), "Observation:encounter") == reverse.end());
    }
}
