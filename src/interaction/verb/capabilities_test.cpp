// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/structure.h"
#include "interaction/operations.h"
#include "interaction/table.h"
#include "interaction/testing.h"

#include <set>

using base::Fault;
using interaction::Request;
using interaction::Response;
using interaction::Verb;
using interaction::World;

namespace {

base::Result<Response> ask(World& world, std::vector<std::pair<std::string, std::string>> parameters) {
    Request request = world.request(Verb::capabilities);
    request.parameters = std::move(parameters);
    return world.send(request);
}

fhir::Document told(World& world, std::vector<std::pair<std::string, std::string>> parameters) {
    const auto answer = ask(world, std::move(parameters));
    REQUIRE(answer);
    return world.read(answer->text());
}

std::set<std::string> texts(fhir::View view, std::string_view name) {
    std::set<std::string> found;
    for (fhir::View one = view.child(name); one; one = one.next_same()) found.emplace(one.text());
    return found;
}

fhir::View of_type(fhir::View statement, std::string_view type) {
    for (fhir::View one = statement.child("rest").child("resource"); one; one = one.next_same())
        if (one.child("type").text() == type) return one;
    return {};
}

}  // namespace

TEST_SUITE("interaction/verb/capabilities") {
    TEST_CASE("each mode answers with a resource that stands the server's own check") {
        World world;
        for (const char* mode : {"full", "normative", "terminology"}) {
            const fhir::Document document = told(world, {{"mode", mode}});
            CHECK(document.root().resource_type() == (std::string_view(mode) == "terminology" ? "TerminologyCapabilities" : "CapabilityStatement"));
            const auto findings = fhir::validate::check_structure(document.root(), World::schema());
            CHECK_FALSE_MESSAGE(base::any_error(findings), mode);
        }
        CHECK(ask(world, {{"mode", "other"}}).fault().kind == Fault::Kind::malformed);
        CHECK(ask(world, {{"_", "123"}}));
    }
    TEST_CASE("what the tables execute is what is told") {
        World world;
        const fhir::Document document = told(world, {});
        const fhir::View patient = of_type(document.root(), "Patient");
        REQUIRE(patient);
        std::set<std::string> codes, expected;
        for (fhir::View one = patient.child("interaction"); one; one = one.next_same()) codes.emplace(one.child("code").text());
        for (const auto& row : interaction::table()) expected.insert(row.on_type.begin(), row.on_type.end());
        CHECK(codes == expected);
        CHECK(texts(patient, "searchInclude").contains("Patient:organization"));
        CHECK(texts(patient, "searchRevInclude").contains("Observation:subject"));
        CHECK_FALSE(texts(patient, "searchRevInclude").contains("Patient:organization"));
        CHECK(patient.child("versioning").text() == "versioned-update");
        CHECK(texts(document.root(), "format") == std::set<std::string>{"application/fhir+json", "application/fhir+xml", "json", "xml"});
        std::size_t parameters = 0;
        for (fhir::View one = patient.child("searchParam"); one; one = one.next_same()) {
            ++parameters;
            const auto* known = World::parameters().find("Patient", one.child("name").text());
            REQUIRE(known != nullptr);
            CHECK(one.child("type").text() == fhir::search::spelling(known->type));
            if (one.child("name").text() == "birthdate") CHECK(one.child("documentation").text() == "`Patient.birthDate`");
        }
        CHECK(parameters > 20);
        std::set<std::string> operations;
        for (fhir::View one = document.root().child("rest").child("operation"); one; one = one.next_same()) {
            operations.emplace(one.child("name").text());
            CHECK_FALSE(one.child("definition").text().empty());
        }
        CHECK(operations.contains("validate"));
    }
    TEST_CASE("normative leaves out what R4 has on trial") {
        World world;
        const fhir::Document document = told(world, {{"mode", "normative"}});
        const fhir::View patient = of_type(document.root(), "Patient");
        CHECK_FALSE(patient.child("versioning"));
        CHECK_FALSE(patient.child("searchInclude"));
        CHECK(patient.child("interaction"));
        CHECK(patient.child("searchParam"));
    }
    TEST_CASE("the tag is the same until something else is said") {
        World world;
        const auto first = ask(world, {});
        world.clock.advance(3'600'000'000);
        const auto later = ask(world, {});
        CHECK(first->tag == later->tag);
        CHECK(first->text() != later->text());  // the date
        CHECK(ask(world, {{"mode", "normative"}})->tag != first->tag);
        world.rules.version = "9.9.9";
        CHECK(ask(world, {})->tag != first->tag);
        world.rules.version.clear();
        Request request = world.request(Verb::capabilities);
        request.if_none_match = "W/\"" + first->tag + "\"";
        CHECK(world.send(request)->status == Response::Status::not_modified);
    }
    TEST_CASE("_elements and _summary give a part") {
        World world;
        const fhir::Document part = told(world, {{"_elements", "software"}});
        CHECK(part.root().child("software"));
        CHECK_FALSE(part.root().child("rest"));
        CHECK(part.root().child("status"));
        CHECK(told(world, {{"_summary", "true"}}).root().child("url"));
    }
}
