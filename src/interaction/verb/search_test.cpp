// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"

#include "base/text.h"
#include "interaction/call/url.h"

#include <set>

using base::Fault;
using interaction::link;
using interaction::nth;
using interaction::Pairs;
using interaction::Request;
using interaction::Verb;
using interaction::World;

namespace {

void put_patients(World& world, int count, int from = 0) {
    for (int i = from; i < from + count; ++i) {
        const std::string id = "p" + std::to_string(i);
        REQUIRE(world.put("Patient", id, R"({"resourceType":"Patient","id":")" + id + R"(","name":[{"family":"Ang)" +
                                             std::to_string(i) + R"("}]})"));
    }
}

// The request that following a link makes.
Request follow(const World& world, const std::string& url, Verb verb, std::string type, std::string id = "") {
    Request request = world.request(verb, std::move(type), std::move(id));
    auto parameters = interaction::read_query(base::cut(url, '?').second);
    REQUIRE(parameters);
    request.parameters = *std::move(parameters);
    return request;
}

}  // namespace

TEST_SUITE("interaction/verb/search") {
    TEST_CASE("a search answers with a searchset of what matches") {
        World world;
        put_patients(world, 3);
        const auto found = world.find("Patient", {{"family", "ang1"}});
        REQUIRE(found);
        const auto document = world.read(found->text());
        const fhir::View bundle = document.root();
        CHECK(bundle.child("type").text() == "searchset");
        CHECK(bundle.child("total").text() == "1");
        CHECK(link(bundle, "self") == "http://h/fhir/Patient?family=ang1");
        CHECK(link(bundle, "next").empty());
        const fhir::View entry = bundle.child("entry");
        CHECK(entry.child("fullUrl").text() == "http://h/fhir/Patient/p1");
        CHECK(entry.child("search").child("mode").text() == "match");
        CHECK(entry.child("resource").child("id").text() == "p1");
        CHECK(bundle.count(document.find("entry")) == 1);
    }
    TEST_CASE("F-18: following next shows every row once, though rows come in between") {
        World world;
        put_patients(world, 7);
        Request request = world.request(Verb::search, "Patient");
        request.parameters = {{"_count", "3"}};
        std::multiset<std::string> seen;
        for (int page = 0; page < 10; ++page) {
            const auto answer = world.send(request);
            REQUIRE(answer);
            const auto document = world.read(answer->text());
            for (fhir::View entry = document.root().child("entry"); entry; entry = entry.next_same())
                seen.insert(std::string(entry.child("resource").child("id").text()));
            if (page > 0) CHECK(link(document.root(), "first") == "http://h/fhir/Patient?_count=3");
            const std::string next = link(document.root(), "next");
            if (next.empty()) break;
            put_patients(world, 1, 100 + page);
            request = follow(world, next, Verb::search, "Patient");
        }
        CHECK(seen.size() == 7);
        CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 7);
    }
    TEST_CASE("F-16: a page link serves only the question it was made for") {
        World world;
        put_patients(world, 4);
        const auto first = world.find("Patient", {{"_count", "2"}});
        REQUIRE(first);
        const std::string next = link(world.read(first->text()).root(), "next");
        REQUIRE_FALSE(next.empty());
        Request good = follow(world, next, Verb::search, "Patient");
        REQUIRE(world.send(good));
        Request other = follow(world, next, Verb::search, "Patient");
        other.parameters.insert(other.parameters.begin(), {"family", "x"});
        auto refused = world.send(other);
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == Fault::Kind::malformed);
        Request tampered = follow(world, next, Verb::search, "Patient");
        tampered.parameters.back().second[3] = tampered.parameters.back().second[3] == 'x' ? 'y' : 'x';
        refused = world.send(tampered);
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == Fault::Kind::malformed);
        world.rules.cursor_key = "another server";
        CHECK_FALSE(world.send(good));
    }
    TEST_CASE("F-03: _count is a whole number; too large is made smaller, 0 counts") {
        World world;
        put_patients(world, 3);
        for (const char* bad : {"-1", "abc", "1e9", ""}) {
            const auto refused = world.find("Patient", {{"_count", bad}});
            REQUIRE_FALSE(refused);
            CHECK(refused.fault().kind == Fault::Kind::malformed);
        }
        CHECK(world.find("Patient", {{"_count", "2147483648"}}));
        const auto none = world.find("Patient", {{"_count", "0"}});
        REQUIRE(none);
        const auto document = world.read(none->text());
        CHECK(document.root().child("total").text() == "3");
        CHECK_FALSE(document.root().child("entry"));
        CHECK(link(document.root(), "next").empty());
    }
    TEST_CASE("links repeat how the client wants to see the answer") {
        World world;
        for (const char* id : {"a", "b", "c"}) REQUIRE(world.put("Patient", id, std::string(R"({"resourceType":"Patient","id":")") + id + "\"}"));
        for (const Verb verb : {Verb::search, Verb::history}) {
            auto asked = world.request(verb, "Patient");
            asked.parameters = {{"_count", "1"}};
            asked.presentation = {{"_format", "xml"}};
            const auto first = world.send(asked);
            REQUIRE(first);
            const std::string next = interaction::link(world.read(first->text()).root(), "next");
            CHECK(next.find("_format=xml&_page=") != std::string::npos);
            asked.parameters.emplace_back("_page", next.substr(next.find("_page=") + 6));
            CHECK(world.send(asked));
        }
    }
    TEST_CASE("_summary=count gives the total alone") {
        World world;
        put_patients(world, 3);
        CHECK(world.count("Patient") == 3);
        CHECK(world.count("Observation") == 0);
    }
    TEST_CASE("_elements trims entries and marks them") {
        World world;
        put_patients(world, 1);
        const auto found = world.find("Patient", {{"_elements", "id"}});
        REQUIRE(found);
        CHECK(found->text().find("SUBSETTED") != std::string::npos);
        CHECK(found->text().find("Ang0") == std::string::npos);
    }
    TEST_CASE("an unknown parameter is refused, or ignored and said when the client asks for that") {
        World world;
        put_patients(world, 1);
        const auto refused = world.find("Patient", {{"shoe-size", "7"}});
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == Fault::Kind::malformed);
        CHECK(refused.fault().type == base::IssueType::not_supported);
        Request lenient = world.request(Verb::search, "Patient");
        lenient.parameters = {{"shoe-size", "7"}};
        lenient.lenient = true;
        const auto found = world.send(lenient);
        REQUIRE(found);
        const auto document = world.read(found->text());
        CHECK(link(document.root(), "self") == "http://h/fhir/Patient");
        CHECK(nth(document.root(), "entry", 1).child("search").child("mode").text() == "outcome");
        CHECK(nth(document.root(), "entry", 1).child("resource").resource_type() == "OperationOutcome");
    }
    TEST_CASE("deleted resources are not found") {
        World world;
        put_patients(world, 2);
        REQUIRE(world.remove("Patient", "p0"));
        CHECK(world.count("Patient") == 1);
    }
}

TEST_SUITE("interaction/verb/history") {
    TEST_CASE("a history is newest first and tells what was done") {
        World world;
        put_patients(world, 1);
        REQUIRE(world.put("Patient", "p0", R"({"resourceType":"Patient","id":"p0","active":true})"));
        REQUIRE(world.remove("Patient", "p0"));
        const auto history = world.send(world.request(Verb::history, "Patient", "p0"));
        REQUIRE(history);
        const auto document = world.read(history->text());
        const fhir::View bundle = document.root();
        CHECK(bundle.child("type").text() == "history");
        CHECK(bundle.child("total").text() == "3");
        const char* methods[] = {"DELETE", "PUT", "POST"};
        const char* tags[] = {"W/\"3\"", "W/\"2\"", "W/\"1\""};
        for (std::size_t i = 0; i < 3; ++i) {
            const fhir::View entry = nth(bundle, "entry", i);
            CHECK(entry.child("request").child("method").text() == methods[i]);
            CHECK(entry.child("response").child("etag").text() == tags[i]);
            CHECK(static_cast<bool>(entry.child("resource")) == (i != 0));
        }
        const auto missing = world.send(world.request(Verb::history, "Patient", "none"));
        REQUIRE_FALSE(missing);
        CHECK(missing.fault().kind == Fault::Kind::missing);
    }
    TEST_CASE("pages of a history follow each other at type and system level") {
        World world;
        put_patients(world, 5);
        for (const std::string& type : {std::string("Patient"), std::string()}) {
            Request request = world.request(Verb::history, type);
            request.parameters = {{"_count", "2"}};
            int seen = 0;
            for (int page = 0; page < 5; ++page) {
                const auto answer = world.send(request);
                REQUIRE(answer);
                const auto document = world.read(answer->text());
                seen += static_cast<int>(document.root().count(document.find("entry")));
                const std::string next = link(document.root(), "next");
                if (next.empty()) break;
                request = follow(world, next, Verb::history, type);
            }
            CHECK(seen == 5);
        }
    }
    TEST_CASE("_since and _at choose by time") {
        World world;
        put_patients(world, 1);
        world.clock.advance(3'600'000'000);
        REQUIRE(world.put("Patient", "p0", R"({"resourceType":"Patient","id":"p0","active":true})"));
        world.clock.advance(3'600'000'000);
        REQUIRE(world.put("Patient", "p0", R"({"resourceType":"Patient","id":"p0","active":false})"));
        const auto versions = [&](const char* name, const char* value) {
            Request request = world.request(Verb::history, "Patient", "p0");
            request.parameters = {{name, value}};
            const auto answer = world.send(request);
            if (!answer) return std::string("refused");
            const auto document = world.read(answer->text());
            std::string text;
            for (fhir::View entry = document.root().child("entry"); entry; entry = entry.next_same())
                text += entry.child("resource").child("meta").child("versionId").text();
            return text;
        };
        CHECK(versions("_since", "2024-05-01T13:00:00Z") == "32");
        CHECK(versions("_since", "2024-05-01T15:00:00+01:00") == "3");
        CHECK(versions("_since", "2025") == "");
        CHECK(versions("_at", "2024-05-01T12:30:00Z") == "1");
        CHECK(versions("_at", "2024-05-01T13:30:00Z") == "2");
        CHECK(versions("_at", "2024-05-01") == "321");
        CHECK(versions("_at", "2024-05-02") == "3");
        CHECK(versions("_at", "2024-04") == "");
        CHECK(versions("_since", "yesterday") == "refused");
        CHECK(versions("_count", "x") == "refused");
        CHECK(versions("shoe", "x") == "refused");
    }
}

TEST_SUITE("interaction/verb/capabilities") {
    TEST_CASE("the capability statement is printed from the tables that execute") {
        World world;
        const auto told = world.send(world.request(Verb::capabilities));
        REQUIRE(told);
        const auto document = world.read(told->text());
        const fhir::View rest = document.root().child("rest");
        std::size_t types = 0;
        bool patient = false;
        for (fhir::View resource = rest.child("resource"); resource; resource = resource.next_same()) {
            ++types;
            if (resource.child("type").text() != "Patient") continue;
            patient = true;
            std::set<std::string> codes;
            for (fhir::View one = resource.child("interaction"); one; one = one.next_same())
                codes.insert(std::string(one.child("code").text()));
            CHECK(codes == std::set<std::string>{"read", "vread", "create", "update", "patch", "delete", "history-instance",
                                                 "history-type", "search-type"});
            bool birthdate = false;
            for (fhir::View one = resource.child("searchParam"); one; one = one.next_same())
                birthdate = birthdate || (one.child("name").text() == "birthdate" && one.child("type").text() == "date");
            CHECK(birthdate);
        }
        CHECK(told->text().find("\"near\"") != std::string::npos);
        CHECK(patient);
        CHECK(types == 146);
        CHECK(document.root().child("fhirVersion").text() == "4.0.1");
    }
}
