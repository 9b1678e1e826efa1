// SPDX-License-Identifier: Apache-2.0
// The rules of FHIR R4 3.1.0.11 one by one, beside the stories of transaction_test.cpp.

#include "interaction/testing_bundle.h"

using base::Fault;
using namespace interaction;

namespace {

const std::string urn = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9";
const std::string oid = "urn:oid:1.2.3.4.5";

Fault refused(World& world, const std::vector<std::string>& entries) {
    const auto sent = world.bundle(bundle_of("transaction", entries));
    REQUIRE_FALSE(sent);
    return sent.fault();
}

fhir::Document done(World& world, const std::vector<std::string>& entries, const char* type = "transaction") {
    const auto sent = world.bundle(bundle_of(type, entries));
    if (!sent) FAIL(sent.fault().text);
    return world.read(sent->text());
}

std::string stored(World& world, const std::string& place) {
    const auto slash = place.find('/');
    const auto got = world.get(place.substr(0, slash), place.substr(slash + 1));
    REQUIRE(got);
    return got->text();
}

std::string once(const std::string& criteria) { return R"(,"ifNoneExist":")" + criteria + "\""; }

}  // namespace

TEST_SUITE("interaction/verb/bundle_rules") {
    TEST_CASE("every answer tells status, place, version and time") {
        World world;
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        REQUIRE(world.put("Patient", "p2", patient("p2")));
        const auto answer = done(world, {entry_of("POST", "Patient", patient("x")), entry_of("PUT", "Patient/p1", patient("p1", R"(,"active":true)")),
                                         entry_of("DELETE", "Patient/p2"), entry_of("GET", "Patient/p1"),
                                         entry_of("PUT", "Patient/p3", patient("p3"))});
        CHECK(response_of(answer.root(), 0) == "201 Created");
        CHECK(response_of(answer.root(), 0, "location").starts_with("Patient/"));
        CHECK(response_of(answer.root(), 0, "location").ends_with("/_history/1"));
        CHECK(response_of(answer.root(), 0, "etag") == "W/\"1\"");
        CHECK(response_of(answer.root(), 0, "lastModified") == "2024-05-01T12:00:00.000Z");
        CHECK(response_of(answer.root(), 1) == "200 OK");
        CHECK(response_of(answer.root(), 1, "location") == "Patient/p1/_history/2");
        CHECK(response_of(answer.root(), 2) == "204 No Content");
        CHECK(response_of(answer.root(), 2, "etag") == "W/\"2\"");
        CHECK(response_of(answer.root(), 3) == "200 OK");
        CHECK(nth(answer.root(), "entry", 3).child("resource").child("active").text() == "true");
        CHECK(response_of(answer.root(), 4) == "201 Created");
        for (std::size_t i = 0; i < 3; ++i) CHECK_FALSE(nth(answer.root(), "entry", i).child("resource"));
    }
    TEST_CASE("Prefer: return counts for the whole bundle") {
        World world;
        const std::string text = bundle_of("transaction", {entry_of("POST", "Patient", patient("x")), entry_of("DELETE", "Patient/none")});
        Request request = world.request(Verb::batch, "", "", text);
        request.wanted = Request::Return::representation;
        auto sent = world.send(request);
        REQUIRE(sent);
        auto answer = world.read(sent->text());
        CHECK(nth(answer.root(), "entry", 0).child("resource").resource_type() == "Patient");
        CHECK_FALSE(nth(answer.root(), "entry", 1).child("resource"));
        CHECK(response_of(answer.root(), 1) == "204 No Content");
        request.wanted = Request::Return::outcome;
        sent = world.send(request);
        REQUIRE(sent);
        answer = world.read(sent->text());
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK(nth(answer.root(), "entry", i).child("response").child("outcome").resource_type() == "OperationOutcome");
            CHECK_FALSE(nth(answer.root(), "entry", i).child("resource"));
        }
        request.wanted = Request::Return::minimal;
        sent = world.send(request);
        REQUIRE(sent);
        answer = world.read(sent->text());
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK_FALSE(nth(answer.root(), "entry", i).child("response").child("outcome"));
            CHECK_FALSE(nth(answer.root(), "entry", i).child("resource"));
        }
    }
    TEST_CASE("conditions stand in each entry: If-Match, If-None-Match, If-Modified-Since") {
        World world;
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        const auto answer = done(world, {entry_of("GET", "Patient/p1", "", "", R"(,"ifNoneMatch":"W/\"1\"")"),
                                         entry_of("GET", "Patient/p1", "", "", R"(,"ifModifiedSince":"2024-05-02T00:00:00Z")"),
                                         entry_of("GET", "Patient/p1", "", "", R"(,"ifModifiedSince":"2024-04-02T00:00:00Z")")}, "batch");
        CHECK(response_of(answer.root(), 0) == "304 Not Modified");
        CHECK(response_of(answer.root(), 1) == "304 Not Modified");
        CHECK(response_of(answer.root(), 2) == "200 OK");
        CHECK(refused(world, {entry_of("PUT", "Patient/p1", patient("p1"), "", R"(,"ifMatch":"W/\"2\"")")}).kind == Fault::Kind::stale);
        CHECK(refused(world, {entry_of("PUT", "Patient/p1", patient("p1"), "", R"(,"ifNoneMatch":"*")")}).kind == Fault::Kind::stale);
        CHECK(refused(world, {entry_of("DELETE", "Patient/p1", "", "", R"(,"ifMatch":"W/\"2\"")")}).kind == Fault::Kind::stale);
        done(world, {entry_of("DELETE", "Patient/p1", "", "", R"(,"ifMatch":"W/\"1\"")")});
        CHECK(world.get("Patient", "p1").fault().kind == Fault::Kind::gone);
        CHECK(refused(world, {entry_of("GET", "Patient/p9"), entry_of("POST", "Patient", patient("x"))}).kind == Fault::Kind::missing);
        CHECK(world.count("Patient") == 0);
    }
    TEST_CASE("vread, history, searches by GET and POST, operations and HEAD are entries too") {
        World world;
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        REQUIRE(world.put("Patient", "p1", patient("p1", R"(,"active":true)")));
        for (const char* type : {"batch", "transaction"}) {
            const auto answer = done(world, {entry_of("GET", "Patient/p1/_history/1"), entry_of("GET", "Patient/p1/_history"),
                                             entry_of("GET", "Patient?active=true"), entry_of("GET", "_history?_count=1"),
                                             entry_of("HEAD", "Patient/p1"), entry_of("POST", "Patient/$validate", patient("p1")),
                                             entry_of("GET", "http://h/fhir/Patient/p1"), entry_of("GET", "?_id=p1")}, type);
            CHECK(response_of(answer.root(), 0, "etag") == "W/\"1\"");
            CHECK(nth(answer.root(), "entry", 1).child("resource").child("total").text() == "2");
            CHECK(nth(answer.root(), "entry", 2).child("resource").child("total").text() == "1");
            CHECK(nth(answer.root(), "entry", 3).child("resource").child("type").text() == "history");
            CHECK(response_of(answer.root(), 4) == "200 OK");
            CHECK(response_of(answer.root(), 4, "etag") == "W/\"2\"");
            CHECK_FALSE(nth(answer.root(), "entry", 4).child("resource"));
            CHECK(nth(answer.root(), "entry", 6).child("resource").child("id").text() == "p1");
        }
    }
    TEST_CASE("urn:uuid and urn:oid name entries, of creates, updates and conditional ones alike") {
        World world;
        const auto answer = done(world, {entry_of("POST", "Observation", observation("x", urn, R"(,"performer":[{"reference":")" + oid + R"("}])")),
                                         entry_of("PUT", "Patient/p1", patient("p1"), urn),
                                         entry_of("PUT", "Organization?identifier=http://s|7", numbered("Organization", "7"), oid)});
        const std::string text = stored(world, place_of(answer.root(), 0));
        CHECK(text.find("\"Patient/p1\"") != std::string::npos);
        CHECK(text.find("\"" + place_of(answer.root(), 2) + "\"") != std::string::npos);
    }
    TEST_CASE("a urn that only a read or a delete has names nothing") {
        World world;
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        for (const char* method : {"GET", "DELETE"})
            CHECK(refused(world, {entry_of(method, "Patient/p1", "", urn), entry_of("POST", "Observation", observation("x", urn))}).kind == Fault::Kind::malformed);
        CHECK(world.count("Observation") == 0);
        CHECK(world.count("Patient") == 1);
    }
    TEST_CASE("a reference to a version stays one, unless the resource gets another id") {
        World world;
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        const auto kept = done(world, {entry_of("PUT", "Patient/p1", patient("p1", R"(,"active":true)"), "http://h/fhir/Patient/p1"),
                                       entry_of("POST", "Observation", observation("x", "http://h/fhir/Patient/p1/_history/1")),
                                       entry_of("POST", "Observation", observation("x", "Patient/p1/_history/1"), "http://h/fhir/Observation/9")});
        CHECK(stored(world, place_of(kept.root(), 1)).find("\"Patient/p1/_history/1\"") != std::string::npos);
        CHECK(stored(world, place_of(kept.root(), 2)).find("\"Patient/p1/_history/1\"") != std::string::npos);
        const auto made = done(world, {entry_of("POST", "Patient", patient("77"), "http://old/fhir/Patient/77"),
                                       entry_of("POST", "Observation", observation("x", "http://old/fhir/Patient/77/_history/4"))});
        CHECK(stored(world, place_of(made.root(), 1)).find("\"" + place_of(made.root(), 0) + "\"") != std::string::npos);
    }
    TEST_CASE("two entries may not name one resource, by whatever means") {
        World world;
        REQUIRE(world.post("Organization", numbered("Organization", "7")));
        const auto seven = world.put("Organization", "seven", numbered("Organization", "8", R"(,"id":"seven")"));
        REQUIRE(seven);
        const std::string eight = numbered("Organization", "8", R"(,"id":"seven","name":"N")");
        const std::string by = "Organization?identifier=http://s|8";
        const auto twice = [&](const std::vector<std::string>& entries) {
            const Fault fault = refused(world, entries);
            CHECK(fault.kind == Fault::Kind::malformed);
            CHECK(fault.type == base::IssueType::duplicate);
        };
        twice({entry_of("PUT", "Organization/seven", eight), entry_of("PUT", by, eight)});
        twice({entry_of("DELETE", "Organization/seven"), entry_of("DELETE", by)});
        twice({entry_of("DELETE", by), entry_of("DELETE", "Organization/seven")});
        twice({entry_of("DELETE", by), entry_of("DELETE", by)});
        twice({entry_of("DELETE", by), entry_of("PUT", "Organization/seven", eight)});
        twice({entry_of("PUT", by, eight), entry_of("PUT", by, eight)});
        // Criteria that match nothing yet name the same new resource.
        const std::string nine = numbered("Organization", "9");
        const std::string by_nine = "Organization?identifier=http://s|9";
        twice({entry_of("PUT", by_nine, nine), entry_of("PUT", by_nine, nine)});
        twice({entry_of("POST", "Organization", nine, "", once("identifier=http://s|9")), entry_of("PUT", by_nine, nine)});
        const auto order = done(world, {entry_of("POST", "Organization", nine, "", once("identifier=http://s|9&active:missing=true")),
                                        entry_of("POST", "Organization", nine, "", once("active:missing=true&identifier=http://s|9"))});
        CHECK(place_of(order.root(), 0) == place_of(order.root(), 1));
        const std::string binary = R"({"resourceType":"Binary","contentType":"application/merge-patch+json","data":"eyJuYW1lIjoiTSJ9"})";
        twice({entry_of("PATCH", by, binary), entry_of("PUT", "Organization/seven", eight)});
        twice({entry_of("PATCH", by, binary), entry_of("PATCH", "Organization/seven", binary)});
    }
    TEST_CASE("a conditional create that meets its resource may stand beside an update of it") {
        World world;
        REQUIRE(world.put("Organization", "o", numbered("Organization", "7", R"(,"id":"o")")));
        const auto answer = done(world, {entry_of("POST", "Organization", numbered("Organization", "7"), urn, once("identifier=http://s|7")),
                                         entry_of("PUT", "Organization/o", numbered("Organization", "7", R"(,"id":"o","name":"N")"))});
        CHECK(response_of(answer.root(), 0) == "200 OK");
        CHECK(response_of(answer.root(), 1) == "200 OK");
        CHECK(world.count("Organization") == 1);
    }
    TEST_CASE("patches by criteria and conditional deletes find what the other entries made") {
        World world;
        const std::string binary = R"({"resourceType":"Binary","contentType":"application/merge-patch+json","data":"eyJuYW1lIjoiTSJ9"})";
        REQUIRE(world.put("Organization", "o", numbered("Organization", "7", R"(,"id":"o")")));
        const auto answer = done(world, {entry_of("PATCH", "Organization?identifier=http://s|7", binary), entry_of("DELETE", "Organization?identifier=http://s|8")});
        CHECK(response_of(answer.root(), 0) == "200 OK");
        CHECK(response_of(answer.root(), 1) == "204 No Content");
        CHECK(stored(world, "Organization/o").find("\"name\":\"M\"") != std::string::npos);
    }
    TEST_CASE("in a batch nothing points from entry to entry, and each entry fails for itself with an outcome") {
        World world;
        REQUIRE(world.post("Organization", numbered("Organization", "7")));
        REQUIRE(world.post("Organization", numbered("Organization", "7")));
        const auto answer = done(world, {entry_of("PUT", "Organization?identifier=http://s|7", numbered("Organization", "7")),
                                         entry_of("POST", "Organization", numbered("Organization", "9"), "", once("identifier=http://s|9")),
                                         entry_of("POST", "Organization", numbered("Organization", "9"), "", once("identifier=http://s|9")),
                                         entry_of("DELETE", "Organization?identifier=http://s|7"), entry_of("GET", "Organization?bogus=1"),
                                         entry_of("POST", "Patient", R"({"resourceType":"Patient","gender":"lizard"})"),
                                         R"({"fullUrl":"urn:uuid:1"})"}, "batch");
        const char* statuses[] = {"412 Precondition Failed", "201 Created", "200 OK", "412 Precondition Failed", "400 Bad Request",
                                  "422 Unprocessable Entity", "400 Bad Request"};
        for (std::size_t i = 0; i < 7; ++i) {
            CHECK(response_of(answer.root(), i) == statuses[i]);
            const bool failed = std::string(statuses[i]).front() == '4';
            CHECK(static_cast<bool>(nth(answer.root(), "entry", i).child("response").child("outcome")) == failed);
        }
        CHECK(place_of(answer.root(), 1) == place_of(answer.root(), 2));
        CHECK(world.count("Organization") == 3);
    }
    TEST_CASE("conditional references: none is 422, several are 412, broken ones are 400") {
        World world;
        REQUIRE(world.post("Patient", numbered("Patient", "7")));
        REQUIRE(world.post("Patient", numbered("Patient", "8")));
        REQUIRE(world.post("Patient", numbered("Patient", "8")));
        const auto of = [](const std::string& reference) { return std::vector<std::string>{entry_of("POST", "Observation", observation("x", reference))}; };
        done(world, of("Patient?identifier=http://s|7"));
        CHECK(refused(world, of("Patient?identifier=http://s|6")).kind == Fault::Kind::invalid);
        CHECK(refused(world, of("Patient?identifier=http://s|8")).kind == Fault::Kind::ambiguous);
        CHECK(refused(world, of("Patient?bogus=1")).kind == Fault::Kind::malformed);
        CHECK(refused(world, of("Patent?identifier=1")).kind == Fault::Kind::malformed);
        CHECK(world.count("Observation") == 1);
    }
    TEST_CASE("a transaction of ten thousand entries that point to each other") {
        World world;
        std::vector<std::string> entries{entry_of("POST", "Patient", patient("x"), urn)};
        while (entries.size() < 10'000) entries.push_back(entry_of("POST", "Observation", observation("x", urn)));
        const auto answer = done(world, entries);
        CHECK(response_of(answer.root(), 9'999) == "201 Created");
        CHECK(world.count("Observation") == 9'999);
    }
}
