// SPDX-License-Identifier: Apache-2.0
#include "server/http/management_site.h"

#include <doctest/doctest.h>

using namespace server::http;

namespace {

std::string body(const Answer& answer) {
    std::string text;
    for (const auto& piece : answer.body) text += interaction::text_of(piece);
    return text;
}

struct Asked {
    Method method = Method::get;
    std::string target;
    std::vector<Field> fields{{"Host", "127.0.0.1:8081"}};
    Answer at(ManagementSite& site) const { return site.answer({.method = method, .target = target, .fields = fields, .body = {}, .peer = {}}); }
};

ManagementSite made(bool ready) {
    return ManagementSite({{"store", [] { return std::string(); }},
                           {"desk", [ready] { return ready ? std::string() : std::string("3 \"failed\" wait"); }, [] { return std::string(R"({"failed":3})"); }}},
                          [] { return std::string("metrics\n"); },
                          {{Method::get, "/desk/*", [](const Call&, const std::vector<std::string>& segments) { return management_json(200, segments[0]); }},
                           {Method::post, "/desk/*", [](const Call&, const std::vector<std::string>&) { return management_json(200, "done"); }, 1000},
                           {Method::post, "/desk/*/stop", [](const Call&, const std::vector<std::string>&) { return management_json(200, "stopped"); }}});
}

}  // namespace

TEST_SUITE("server/http/management_site") {
    TEST_CASE("readiness is told as text, or as JSON to whoever asks for it") {
        ManagementSite well = made(true);
        CHECK(body(Asked{.target = "/readyz"}.at(well)) == "store: ok\ndesk: ok\n");
        const Asked json{.target = "/readyz", .fields = {{"Accept", "application/json"}}};
        CHECK(body(json.at(well)) == R"({"ready":true,"checks":{"store":{"ok":true,"text":"ok"},"desk":{"ok":true,"text":"ok","facts":{"failed":3}}}})");
        ManagementSite ill = made(false);
        const Answer answer = json.at(ill);
        CHECK(answer.status == 503);
        CHECK(body(answer).find(R"("desk":{"ok":false,"text":"3 \"failed\" wait","facts":{"failed":3}})") != std::string::npos);
    }
    TEST_CASE("a route answers for its path and method, and is given what stands for a star") {
        ManagementSite site = made(true);
        CHECK(body(Asked{.target = "/desk/a%20b?x=1"}.at(site)) == "a b");
        CHECK(Asked{.method = Method::head, .target = "/desk/1"}.at(site).status == 200);
        CHECK(Asked{.target = "/desk"}.at(site).status == 404);
        CHECK(Asked{.target = "/desk/"}.at(site).status == 404);
        CHECK(Asked{.target = "/desk/1/stop"}.at(site).status == 405);
        CHECK(Asked{.method = Method::remove, .target = "/desk/1"}.at(site).status == 405);
        CHECK(body(Asked{.method = Method::post, .target = "/desk/1/stop"}.at(site)) == "stopped");
        CHECK(Asked{.method = Method::post, .target = "/metrics"}.at(site).status == 405);
    }
    TEST_CASE("N-15: neither a rebound name nor a page in a browser reaches a route") {
        ManagementSite site = made(true);
        for (const char* host : {"evil.example", "evil.example:8081", "127.0.0.1.evil.example", "10.0.0.1", "", "127.0.0.256", "[::2]", "localhost.evil.example"}) {
            CAPTURE(host);
            CHECK(Asked{.target = "/desk/1", .fields = {{"Host", host}}}.at(site).status == 403);
        }
        for (const char* host : {"127.0.0.1", "127.1.2.3:8081", "localhost:1", "[::1]", "[::1]:8081", "LOCALHOST"}) {
            CAPTURE(host);
            CHECK(Asked{.target = "/desk/1", .fields = {{"Host", host}}}.at(site).status == 200);
        }
        CHECK(Asked{.target = "/desk/1", .fields = {{"Host", "localhost"}, {"Origin", "http://localhost:8081"}}}.at(site).status == 403);
        CHECK(Asked{.method = Method::post, .target = "/desk/1", .fields = {{"Host", "localhost"}, {"Content-Type", "text/plain"}}}.at(site).status == 415);
        CHECK(Asked{.method = Method::post, .target = "/desk/1"}.at(site).status == 415);
        CHECK(Asked{.method = Method::post, .target = "/desk/1", .fields = {{"Host", "localhost"}, {"Content-Type", "application/json; charset=utf-8"}}}.at(site).status == 200);
    }
    TEST_CASE("faults are JSON with the status of their kind") {
        const Answer answer = management_fault(base::Fault{base::Fault::Kind::conflict, "it \"is\" so", "PID-3"});
        CHECK(answer.status == 409);
        CHECK(body(answer) == "{\"error\":\"it \\\"is\\\" so\",\"kind\":\"conflict\",\"where\":\"PID-3\"}\n");
    }
}
