// SPDX-License-Identifier: Apache-2.0
#include "server/http/forwarded.h"

#include <doctest/doctest.h>

using namespace server::http;

namespace {

Proxies proxies(const std::vector<std::string>& networks) {
    auto read = Proxies::read(networks);
    REQUIRE(read);
    return *read;
}

std::string linked(std::string_view peer, const std::vector<Field>& fields) {
    Call call;
    call.peer = peer;
    call.fields = fields;
    return public_base(call, proxies({"10.0.0.0/8", "2001:db8::/32"}), "http://127.0.0.1:8080/fhir", "/fhir");
}

constexpr const char* own = "http://127.0.0.1:8080/fhir";

}  // namespace

TEST_SUITE("server/http/forwarded") {
    TEST_CASE("networks hold addresses of both families") {
        const Proxies some = proxies({"10.0.0.0/8", "192.0.2.7", "2001:db8::/33", "172.16.0.0/12"});
        for (const char* inside : {"10.1.2.3", "192.0.2.7", "2001:db8::1", "::ffff:10.0.0.1", "172.31.255.255", "[2001:db8::1]:443", "10.1.2.3:80"})
            CHECK_MESSAGE(some.trusts(inside), inside);
        for (const char* outside : {"11.0.0.1", "192.0.2.8", "2001:db9::1", "2001:db8:8000::1", "172.32.0.0", "", "unknown", "_hidden", "10.0.0", "[", "[]"})
            CHECK_FALSE_MESSAGE(some.trusts(outside), outside);
        CHECK(proxies({"0.0.0.0/0"}).trusts("1.2.3.4"));
        CHECK_FALSE(proxies({"0.0.0.0/0"}).trusts("2001:db8::1"));
        CHECK_FALSE(Proxies().trusts("127.0.0.1"));
        for (const char* bad : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/x", "localhost", "2001:db8::/129", "[::1]"})
            CHECK_FALSE_MESSAGE(Proxies::read({bad}), bad);
    }
    TEST_CASE("nobody else is believed") {
        CHECK(linked("192.0.2.1", {{"Forwarded", "host=evil.example;proto=https"}}) == own);
        CHECK(linked("192.0.2.1", {{"X-Forwarded-Host", "evil.example"}, {"X-Forwarded-Prefix", "/x"}}) == own);
        CHECK(linked("10.0.0.1", {}) == own);
    }
    TEST_CASE("Forwarded says host and scheme") {
        CHECK(linked("10.0.0.1", {{"Forwarded", "for=192.0.2.9;host=fhir.example;proto=https"}}) == "https://fhir.example/fhir");
        CHECK(linked("10.0.0.1", {{"forwarded", "Host=\"fhir.example:8443\" ; Proto=\"HTTPS\""}}) == "https://fhir.example:8443/fhir");
        CHECK(linked("10.0.0.1", {{"Forwarded", "proto=https"}, {"Host", "public.example"}}) == "https://public.example/fhir");
        CHECK(linked("10.0.0.1", {{"Forwarded", "host=fhir.example"}, {"X-Forwarded-Host", "other.example"}}) == "http://fhir.example/fhir");
    }
    TEST_CASE("what stands before a trusted proxy's word counts only when a trusted proxy put it there") {
        CHECK(linked("10.0.0.1", {{"Forwarded", "host=evil.example, for=192.0.2.9;host=fhir.example;proto=https"}}) == "https://fhir.example/fhir");
        CHECK(linked("10.0.0.1", {{"Forwarded", "for=192.0.2.9;host=edge.example;proto=https"}, {"Forwarded", "for=10.0.0.2;host=inner;proto=http"}}) ==
              "https://edge.example/fhir");
        CHECK(linked("10.0.0.1", {{"X-Forwarded-For", "192.0.2.9, 10.0.0.2"}, {"X-Forwarded-Host", "edge.example, inner"},
                                {"X-Forwarded-Proto", "https, http"}}) == "https://edge.example/fhir");
        CHECK(linked("10.0.0.1", {{"X-Forwarded-For", "10.0.0.2, 192.0.2.9"}, {"X-Forwarded-Host", "evil.example, edge.example"}}) ==
              "http://edge.example/fhir");
        CHECK(linked("10.0.0.1", {{"X-Forwarded-For", "192.0.2.9, 10.0.0.2"}, {"X-Forwarded-Host", "only.example"}}) == "http://only.example/fhir");
    }
    TEST_CASE("X-Forwarded fields say host, scheme, port and prefix") {
        CHECK(linked("10.0.0.1", {{"X-Forwarded-Host", "a.example"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Port", "8443"},
                                {"X-Forwarded-Prefix", "/clinic/"}}) == "https://a.example:8443/clinic/fhir");
        CHECK(linked("10.0.0.1", {{"X-Forwarded-Host", "a.example"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Port", "443"}}) ==
              "https://a.example/fhir");
        CHECK(linked("10.0.0.1", {{"X-Forwarded-Host", "[2001:db8::5]"}, {"X-Forwarded-Port", "81"}}) == "http://[2001:db8::5]:81/fhir");
        CHECK(linked("10.0.0.1", {{"X-Forwarded-Prefix", "/p"}, {"Host", "h.example"}}) == "http://h.example/p/fhir");
    }
    TEST_CASE("what is no host, scheme, port or path changes nothing") {
        for (const auto& field : std::vector<std::pair<const char*, const char*>>{{"X-Forwarded-Host", "a.example/evil"},
                 {"X-Forwarded-Host", "a b"}, {"X-Forwarded-Host", "user@evil"}, {"X-Forwarded-Host", "%61"}, {"X-Forwarded-Proto", "javascript"},
                 {"X-Forwarded-Port", "0"}, {"X-Forwarded-Port", "99999"}, {"X-Forwarded-Port", "x"}, {"X-Forwarded-Prefix", "//evil.example"},
                 {"X-Forwarded-Prefix", "/a/../b"}, {"X-Forwarded-Prefix", "evil"}, {"X-Forwarded-Prefix", "/a?b"}, {"Forwarded", "host=\"a\\\"b\""},
                 {"Forwarded", ",;=,\""}, {"Forwarded", "host="}, {"Forwarded", "for=1;host=\"a\\"}}) {
            std::vector<Field> fields{{field.first, field.second}, {"Host", "h.example"}};
            CHECK_MESSAGE(linked("10.0.0.1", fields) == own, field.first << ": " << field.second);
        }
    }
}
