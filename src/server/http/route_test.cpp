// SPDX-License-Identifier: Apache-2.0
#include "server/http/route.h"

#include <doctest/doctest.h>

using namespace server::http;
using base::Fault;
using interaction::Verb;

namespace {
interaction::Request routed(Method method, std::string_view target, std::string_view form = {}) {
    auto request = route(method, target, "/fhir", form);
    REQUIRE_MESSAGE(request, target);
    return *std::move(request);
}
Fault refused(Method method, std::string_view target) {
    auto request = route(method, target, "/fhir", {});
    REQUIRE_FALSE_MESSAGE(request, target);
    return request.fault();
}
}  // namespace

TEST_SUITE("server/http/route") {
    TEST_CASE("each path of FHIR's grammar becomes its verb") {
        CHECK(routed(Method::get, "/fhir/Patient/p1").verb == Verb::read);
        CHECK(routed(Method::head, "/fhir/Patient/p1").verb == Verb::read);
        CHECK(routed(Method::get, "/fhir/Patient/p1/_history/3").version == "3");
        CHECK(routed(Method::get, "/fhir/Patient/p1/_history").verb == Verb::history);
        CHECK(routed(Method::get, "/fhir/Patient/_history").id.empty());
        CHECK(routed(Method::get, "/fhir/_history?_since=2024").parameters[0].second == "2024");
        CHECK(routed(Method::post, "/fhir/Patient").verb == Verb::create);
        CHECK(routed(Method::put, "/fhir/Patient/p1").verb == Verb::update);
        CHECK(routed(Method::put, "/fhir/Patient?identifier=x").id.empty());
        CHECK(routed(Method::remove, "/fhir/Patient/p1").verb == Verb::remove);
        CHECK(routed(Method::get, "/fhir/Patient?name=a").verb == Verb::search);
        CHECK(routed(Method::get, "/fhir/?_id=1").verb == Verb::search);
        CHECK(routed(Method::post, "/fhir").verb == Verb::batch);
        CHECK(routed(Method::post, "/fhir/").verb == Verb::batch);
        CHECK(routed(Method::get, "/fhir/metadata").verb == Verb::capabilities);
        CHECK(routed(Method::post, "/fhir/Patient/$validate").operation == "validate");
        CHECK(routed(Method::get, "/fhir/Patient/p1/$everything").id == "p1");
        CHECK(routed(Method::get, "/fhir/Patient/p1/$everything").safe);
        CHECK_FALSE(routed(Method::post, "/fhir/Patient/p1/$everything").safe);
        CHECK(routed(Method::get, "/fhir/Patient/p1/_history/3/$meta").version == "3");
        CHECK(routed(Method::remove, "/fhir/Patient/p1/_history").verb == Verb::forget);
        CHECK(routed(Method::remove, "/fhir/Patient/p1/_history/3").version == "3");
    }
    TEST_CASE("a compartment is searched below its resource") {
        const auto request = routed(Method::get, "/fhir/Patient/p1/Observation?code=x");
        CHECK(request.verb == Verb::search);
        CHECK(request.type == "Observation");
        CHECK(request.id.empty());
        REQUIRE(request.compartment);
        CHECK(*request.compartment == store::Name{"Patient", "p1"});
        CHECK(routed(Method::get, "/fhir/Patient/p1/*").type.empty());
        CHECK(routed(Method::post, "/fhir/Patient/p1/Observation/_search", "code=x").parameters.size() == 1);
        CHECK(routed(Method::post, "/fhir/Patient/p1/*/_search").compartment);
        CHECK(refused(Method::post, "/fhir/Patient/p1/Observation").where == "GET");
        CHECK(refused(Method::get, "/fhir/Patient/p1/Observation/_search").where == "POST");
        CHECK(refused(Method::get, "/fhir/Patient/p1/Observation/o1").kind == Fault::Kind::missing);
        CHECK(refused(Method::get, "/fhir/*/p1/Observation").kind == Fault::Kind::missing);
    }
    TEST_CASE("repeated parameters keep their order, and the form of a POST _search joins them (F-22)") {
        const auto request = routed(Method::post, "/fhir/Observation/_search?code=a&code=b%2Cc&_format=xml", "date=ge2020&x+y=%26");
        REQUIRE(request.parameters.size() == 4);
        CHECK(request.parameters[1] == std::pair<std::string, std::string>("code", "b,c"));
        CHECK(request.parameters[3] == std::pair<std::string, std::string>("x y", "&"));
        CHECK(is_form(Method::post, "/fhir/Observation/_search?x=1"));
    }
    TEST_CASE("A-17 bad escapes and characters are refused") {
        for (const char* target : {"/fhir/Patient/%00", "/fhir/Patient/%zz", "/fhir/Patient/%c0%ae", "/fhir/Patient?a=%",
                                   "/fhir/Patient?a=%ff", "/fhir/Patient/a%20b", "/fhir/Patient/a_b"})
            CHECK(refused(Method::get, target).kind == Fault::Kind::malformed);
    }
    TEST_CASE("A-18 dots and doubled slashes lead nowhere") {
        for (const char* target : {"/fhir/Patient/../admin", "/fhir//Patient", "/fhir/Patient/%2e%2e/metrics", "/metrics",
                                   "/fhirx/Patient", "/fhir/Patient/a%2Fb", "/fhir/nonsense", "/fhir/Patient/p/x/y/z"})
            CHECK(refused(Method::get, target).kind == Fault::Kind::missing);
    }
    TEST_CASE("what only looks like an operation or a keyword is nothing") {
        for (const char* target : {"/fhir/$", "/fhir/Patient/$", "/fhir/Patient/_", "/fhir/Patient/_nothing", "/fhir/Patient/p1/$"})
            CHECK(refused(Method::get, target).kind == Fault::Kind::missing);
    }
    TEST_CASE("a method that does not go with the path is told which do") {
        const Fault fault = refused(Method::post, "/fhir/Patient/p1");
        CHECK(fault.kind == Fault::Kind::unsupported);
        CHECK(fault.where == "GET, PUT, PATCH, DELETE");
        CHECK(refused(Method::remove, "/fhir/metadata").where == "GET");
    }

    TEST_CASE("a plain read is what route says it is, and nothing else is one") {
        const char* const plain[] = {"/fhir/Patient/p1", "/fhir/Patient/A-1.b", "/fhir/Unheard/x", "/fhir/Patient/..."};
        for (const char* target : plain) {
            for (const Method method : {Method::get, Method::head}) {
                interaction::Request request;
                REQUIRE_MESSAGE(is_plain_read(method, target, "/fhir", request), target);
                const interaction::Request slow = routed(method, target);
                CHECK(request.verb == slow.verb);
                CHECK(request.type == slow.type);
                CHECK(request.id == slow.id);
                CHECK(slow.parameters.empty());
            }
        }
        const char* const others[] = {"/fhir/Patient/p1?", "/fhir/Patient/p1/", "/fhir/Patient/p%31", "/fhir/Patient/", "/fhir/Patient",
                                      "/fhir/Patient/..", "/fhir/Patient/.", "/fhir/Patient/_history", "/fhir/Patient/$meta",
                                      "/fhir/Patient/p1/_history/1", "/fhir/patient/p1", "/fhirPatient/p1", "/other/Patient/p1",
                                      "/fhir//p1", "/fhir/Patient/a_b", "/fhir", "/"};
        for (const char* target : others) {
            interaction::Request request;
            CHECK_FALSE_MESSAGE(is_plain_read(Method::get, target, "/fhir", request), target);
        }
        interaction::Request request;
        CHECK_FALSE(is_plain_read(Method::put, "/fhir/Patient/p1", "/fhir", request));
    }
}
