// SPDX-License-Identifier: Apache-2.0
#include "server/http/binary.h"

#include "fhir/codec/json.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>

using namespace server::http;

namespace {

bool reads(Method method, std::string_view target) {
    Call call;
    call.method = method;
    call.target = target;
    return is_binary_read(call, "/fhir");
}

std::string made(std::string_view body, std::string_view type, std::string_view id = "", std::string_view security = "") {
    const auto binary = binary_of(body, type, id, security, fhir::testing::r4());
    return binary ? fhir::codec::to_json(binary->root()) : "";
}

}  // namespace

TEST_SUITE("server/http/binary") {
    TEST_CASE("only reads of one Binary are reads of one Binary") {
        for (const char* target : {"/fhir/Binary/b1", "/fhir/Binary/b1?x=y", "/fhir/Binary/b1/_history/2"}) CHECK_MESSAGE(reads(Method::get, target), target);
        CHECK(reads(Method::head, "/fhir/Binary/b1"));
        for (const char* target : {"/fhir/Binary", "/fhir/Binary/", "/fhir/Binary?_id=1", "/fhir/Binary/_history", "/fhir/Binary/b1/_history", "/fhir/Binary/b1/$meta",
                                   "/fhir/BinaryX/b1", "/fhir/Patient/b1", "/Binary/b1"})
            CHECK_FALSE_MESSAGE(reads(Method::get, target), target);
        CHECK_FALSE(reads(Method::put, "/fhir/Binary/b1"));
    }
    TEST_CASE("the bytes are for who does not name a FHIR format") {
        for (const char* accept : {"", "*/*", "application/pdf", "application/*", "text/html,application/xhtml+xml,*/*;q=0.8", "application/pdf, application/fhir+json;q=0.5",
                                   "application/fhir+json;q=0", "image/png"})
            CHECK_MESSAGE(wants_bytes(accept, "application/pdf"), accept);
        for (const char* accept : {"application/fhir+json", "application/fhir+xml; charset=utf-8", "application/fhir+json, */*", "APPLICATION/FHIR+JSON",
                                   "application/fhir+json;q=0.9, application/pdf;q=0.9", "application/json", "application/xml", "application/pdf;q=0, application/json"})
            CHECK_FALSE_MESSAGE(wants_bytes(accept, "application/pdf"), accept);
        CHECK(wants_bytes("application/json", "application/json; charset=utf-8"));
    }
    TEST_CASE("content comes out as it went in") {
        const std::string bytes("\x00\xFF\r\n<script>", 12);
        const std::string json = made(bytes, "text/html;  charset=utf-8", "b1", "Patient/p1");
        const auto content = content_of(json, fhir::testing::r4());
        REQUIRE(content);
        CHECK(content->bytes == bytes);
        CHECK(content->type == "text/html; charset=utf-8");
        CHECK(content->security_context == "Patient/p1");
        const auto spaced = content_of(R"({"resourceType":"Binary","contentType":"a/b","data":"aGVs\n bG8="})", fhir::testing::r4());
        REQUIRE(spaced);
        CHECK(spaced->bytes == "hello");
        const auto none = content_of(R"({"resourceType":"Binary","contentType":"a/b"})", fhir::testing::r4());
        REQUIRE(none);
        CHECK(none->bytes.empty());
        CHECK_FALSE(content_of(R"({"resourceType":"Patient","active":true})", fhir::testing::r4()));
        CHECK_FALSE(content_of(R"({"resourceType":"Binary","contentType":"a/b","data":"!"})", fhir::testing::r4()));
    }
    TEST_CASE("a type that could not stand in a field is none") {
        for (const char* type : {"a", "text/html\\nX: y", "a b/c", "/x", "x/"}) {
            const auto content = content_of(std::string(R"({"resourceType":"Binary","contentType":")") + type + R"("})", fhir::testing::r4());
            REQUIRE(content);
            CHECK_MESSAGE(content->type == "application/octet-stream", type);
        }
    }
    TEST_CASE("a Binary in a FHIR format is itself, any other body is content") {
        const std::string_view binary = R"({"resourceType":"Binary","contentType":"a/b","data":"aGk="})";
        CHECK(made(binary, "application/fhir+json") == binary);
        CHECK(made(binary, "application/json; charset=utf-8") == binary);
        CHECK(made("{}", "text/plain") == R"({"resourceType":"Binary","contentType":"text/plain","data":"e30="})");
        CHECK(made(R"({"resourceType":"Patient","active":true})", "application/fhir+json").find("\"contentType\":\"application/fhir+json\"") != std::string::npos);
        CHECK(made("{", "application/json").find("\"data\"") != std::string::npos);
        CHECK(made("{", "application/fhir+json").empty());
        CHECK(made("x", "").find("application/octet-stream") != std::string::npos);
        CHECK(made("x", "a/b", "", "not a reference").empty());
    }
    TEST_CASE("what a browser could run is only to be saved") {
        for (const char* type : {"text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", "application/x-unheard-of", "TEXT/HTML; charset=utf-8"})
            CHECK_MESSAGE(is_active(type), type);
        for (const char* type : {"image/png", "application/pdf", "text/plain; charset=utf-8"}) CHECK_FALSE_MESSAGE(is_active(type), type);
    }
}
