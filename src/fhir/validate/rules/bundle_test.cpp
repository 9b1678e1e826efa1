// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/testing.h"

#include <doctest/doctest.h>

using fhir::validate::testing::findings;

namespace {

std::string bundle(std::string_view type, std::string_view rest) {
    return R"({"resourceType":"Bundle","type":")" + std::string(type) + "\"," + std::string(rest) + "}";
}

std::string entry(std::string_view url, std::string_view resource) {
    return R"({"fullUrl":")" + std::string(url) + R"(","resource":)" + std::string(resource) + "}";
}

std::string document(std::string_view composition, std::string_view others) {
    return bundle("document", R"("entry":[)" +
                                  entry("http://a.org/Composition/c",
                                        R"({"resourceType":"Composition","id":"c",)" + std::string(composition) + "}") +
                                  (others.empty() ? "" : ",") + std::string(others) + "]");
}

constexpr std::string_view patient =
    R"({"fullUrl":"http://a.org/Patient/p","resource":{"resourceType":"Patient","id":"p"}})";

}  // namespace

TEST_SUITE("fhir/validate/rules/bundle") {
    TEST_CASE("fullUrl is absolute and, when it looks like a server's, ends with type and id") {
        const auto one = [](std::string_view url, std::string_view resource) {
            return findings(bundle("collection", "\"entry\":[" + entry(url, resource) + "]"));
        };
        CHECK(one("http://a.org/Patient/p", R"({"resourceType":"Patient","id":"p"})") == "");
        CHECK(one("urn:uuid:2b90dd2b-2dab-4c75-9bb9-a355e07401e8", R"({"resourceType":"Patient","id":"p"})") == "");
        CHECK(one("Patient/p", R"({"resourceType":"Patient","id":"p"})") == "error Bundle.entry[0].fullUrl");
        CHECK(one("http://a.org/Patient/q", R"({"resourceType":"Patient","id":"p"})") ==
              "error Bundle.entry[0].fullUrl");
        CHECK(one("http://a.org/Group/p", R"({"resourceType":"Patient","id":"p"})") == "error Bundle.entry[0].fullUrl");
        CHECK(one("http://a.org/Patient/p", R"({"resourceType":"Patient","active":true})") ==
              "error Bundle.entry[0].fullUrl");
        CHECK(one("urn:uuid:2B90DD2B-2dab-4c75-9bb9-a355e07401e8", R"({"resourceType":"Patient","id":"p"})") ==
              "error Bundle.entry[0].fullUrl");
        CHECK(findings(bundle("collection", R"("entry":[{"resource":{"resourceType":"Patient","id":"p"}}])")) ==
              "error Bundle.entry[0]");
        CHECK(findings(bundle("transaction", R"("entry":[{"resource":{"resourceType":"Patient","id":"p"}}])")) == "");
    }

    TEST_CASE("links for paging belong into search sets, and each stands there once") {
        CHECK(findings(bundle("collection", R"("link":[{"relation":"next","url":"http://a"}])")) ==
              "error Bundle.link[0].relation");
        CHECK(findings(bundle(
                  "searchset",
                  R"("link":[{"relation":"next","url":"http://a"},{"relation":"self","url":"http://a"}])")) == "");
        CHECK(
            findings(bundle("searchset",
                            R"("link":[{"relation":"self","url":"http://a"},{"relation":"self","url":"http://b"}])")) ==
            "error Bundle.link[1].relation");
    }

    TEST_CASE("in a search set the mode says what may stand where") {
        const auto set = [](std::string_view mode, std::string_view resource) {
            return findings(bundle(
                "searchset",
                R"("link":[{"relation":"self","url":"http://a.org/Patient?name=x"}],"entry":[{"fullUrl":"http://a.org/x","resource":)" +
                    std::string(resource) + R"(,"search":{"mode":")" + std::string(mode) + "\"}}]"));
        };
        CHECK(set("match", R"({"resourceType":"Patient","id":"p"})") == "");
        CHECK(set("include", R"({"resourceType":"Group","id":"p"})") == "");
        CHECK(set("match", R"({"resourceType":"Group","id":"p"})") == "error Bundle.entry[0].resource");
        CHECK(set("match", R"({"resourceType":"Patient","active":true})") == "error Bundle.entry[0].resource");
        CHECK(set("outcome", R"({"resourceType":"Patient","id":"p"})") == "error Bundle.entry[0].resource");
    }

    TEST_CASE("a document starts with a Composition and holds what that refers to") {
        CHECK(findings(document(R"("subject":{"reference":"Patient/p"})", patient)) == "");
        CHECK(findings(bundle("document", R"("id":"x")")) == "error Bundle");
        CHECK(findings(bundle("document", R"("entry":[)" + std::string(patient) + "]")) ==
              "error Bundle.entry[0].resource");
        CHECK(findings(document(R"("subject":{"reference":"Patient/q"})", "")) ==
              "error Bundle.entry[0].resource.subject");
        CHECK(findings(document(R"("section":[{"section":[{"entry":[{"reference":"http://b.org/Patient/p"}]}]}])",
                                "")) == "error Bundle.entry[0].resource.section[0].section[0].entry[0]");
        CHECK(findings(document(R"("relatesTo":[{"targetReference":{"reference":"Composition/old"}}])", "")) == "");
    }

    TEST_CASE("a relative reference belongs to the server of its entry") {
        CHECK(findings(
                  document(R"("subject":{"reference":"Patient/p"})",
                           R"({"fullUrl":"http://b.org/Patient/p","resource":{"resourceType":"Patient","id":"p"}})")) ==
              "error Bundle.entry[0].resource.subject\nerror Bundle.entry[1]");
    }

    TEST_CASE("each entry of a document can be reached, backwards with a warning") {
        CHECK(findings(document(R"("title":"x")", patient)) == "error Bundle.entry[1]");
        const std::string back =
            document(R"("subject":{"reference":"Patient/p"})",
                     std::string(patient) + "," +
                         entry("http://a.org/Observation/o",
                               R"({"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"}})"));
        CHECK(findings(back) == "");
        CHECK(findings(back, {}, true) == "warning Bundle.entry[2]");
        const std::string message = bundle(
            "message", R"("entry":[)" +
                           entry("http://a.org/MessageHeader/m", R"({"resourceType":"MessageHeader","id":"m"})") + "," +
                           std::string(patient) + "]");
        CHECK(findings(message) == "");
        CHECK(findings(message, {}, true) == "warning Bundle.entry[1]");
    }

    TEST_CASE("a reference that fits two versions must name one") {
        const std::string versions =
            R"({"fullUrl":"http://a.org/Patient/p","resource":{"resourceType":"Patient","id":"p","meta":{"versionId":"1"}}},
            {"fullUrl":"http://a.org/Patient/p","resource":{"resourceType":"Patient","id":"p","meta":{"versionId":"2"}}})";
        const auto set = [&](std::string_view reference) {
            return findings(
                bundle("collection", "\"entry\":[" + versions + "," +
                                         entry("http://a.org/Group/g",
                                               R"({"resourceType":"Group","id":"g","managingEntity":{"reference":")" +
                                                   std::string(reference) + "\"}}") +
                                         "]"));
        };
        CHECK(set("Patient/p/_history/2") == "");
        CHECK(set("http://a.org/Patient/p/_history/1") == "");
        CHECK(set("Patient/p") == "error Bundle.entry[2].resource.managingEntity");
        CHECK(set("Patient/p/x") == "error Bundle.entry[2].resource.managingEntity");
        CHECK(set("Patient/unknown") == "");
    }

    TEST_CASE("a relative reference needs a fullUrl around it") {
        CHECK(findings(bundle(
                  "batch",
                  R"("entry":[{"resource":{"resourceType":"Group","managingEntity":{"reference":"Patient/p"}}}])")) ==
              "error Bundle.entry[0].resource.managingEntity");
        CHECK(
            findings(bundle(
                "batch",
                R"("entry":[{"resource":{"resourceType":"Group","managingEntity":{"reference":"Patient?name=p"}}}])")) ==
            "");
        CHECK(findings(bundle(
                  "batch-response",
                  R"("entry":[{"resource":{"resourceType":"Group","managingEntity":{"reference":"Patient/p"}}}])")) ==
              "");
    }
}
