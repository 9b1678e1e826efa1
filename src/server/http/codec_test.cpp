// SPDX-License-Identifier: Apache-2.0
#include "server/http/codec.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using server::http::Codec;
using server::http::Event;
using server::http::Method;

namespace {

// Everything that a codec said about some bytes, as lines.
struct Told {
    std::vector<std::string> lines;
    int status = 0;
    std::size_t requests = 0;
    std::string last_body;
    bool asked_to_continue = false;
};

void pull(Codec& codec, Told& told, std::uint64_t limit) {
    for (;;) {
        switch (codec.next()) {
            case Event::need_more: return;
            case Event::head: {
                std::string line = std::string(spelling(codec.head().method)) + " " + std::string(codec.head().target);
                for (const auto& field : codec.head().fields) line += "|" + std::string(field.name) + "=" + std::string(field.value);
                told.lines.push_back(line);
                told.asked_to_continue = codec.accept(limit) || told.asked_to_continue;
                break;
            }
            case Event::body: break;
            case Event::complete:
                ++told.requests;
                told.last_body = std::string(codec.body());
                told.lines.push_back("target " + std::string(codec.head().target) + " body " + told.last_body);
                break;
            case Event::failed:
                told.status = codec.status();
                told.lines.push_back("failed " + std::to_string(codec.status()));
                return;
        }
    }
}

Told read_cut(std::string_view bytes, std::size_t step, std::uint64_t limit = 1000) {
    Codec codec{{}};
    Told told;
    for (std::size_t at = 0; at < bytes.size() && told.status == 0; at += step) {
        const std::string part(bytes.substr(at, step));  // its own memory, so that a stale view is seen
        codec.feed(part);
        pull(codec, told, limit);
    }
    return told;
}

// Reads the bytes whole and in pieces of 1, 2, 3 and 7; all must agree.
Told read(std::string_view bytes, std::uint64_t limit = 1000) {
    const Told whole = read_cut(bytes, bytes.size(), limit);
    for (const std::size_t step : {1U, 2U, 3U, 7U}) {
        CAPTURE(step);
        CHECK(read_cut(bytes, step, limit).lines == whole.lines);
    }
    return whole;
}

int status(std::string_view bytes, std::uint64_t limit = 1000) { return read(bytes, limit).status; }

std::string get(std::string_view extra) { return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(extra) + "\r\n"; }
std::string post(std::string_view extra) { return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(extra); }

}  // namespace

TEST_SUITE("server/http/codec") {
    TEST_CASE("a request is told as it stood") {
        const Told told = read("GET /Patient?code=a&code=b|c HTTP/1.1\r\nHost: h:80\r\nPrefer: x\r\nprefer:  y \t\r\nX-Empty:\r\n\r\n");
        CHECK(told.status == 0);
        REQUIRE(told.lines.size() == 2);
        CHECK(told.lines[0] == "GET /Patient?code=a&code=b|c|Host=h:80|Prefer=x|prefer=y|X-Empty=");
    }
    TEST_CASE("fields are found in any case, the first of several") {
        Codec codec{{}};
        const std::string bytes = get("ETag: 1\r\netag: 2\r\n");
        codec.feed(bytes);
        REQUIRE(codec.next() == Event::head);
        CHECK(codec.head().field("etag") == "1");
        CHECK(codec.head().field("none") == "");
        CHECK(codec.head().host == "a");
    }
    TEST_CASE("A-01 two different Content-Length are refused") {
        CHECK(status(post("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")) == 400);
        CHECK(status(post("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello")) == 400);
        CHECK(status(post("Content-Length: 5, 5\r\n\r\nhello")) == 400);
    }
    TEST_CASE("A-02 Content-Length with Transfer-Encoding is refused") {
        CHECK(status(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) == 400);
        CHECK(status(post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")) == 400);
        CHECK(status("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
    }
    TEST_CASE("A-03 a space before the colon is refused") {
        CHECK(status(post("Transfer-Encoding : chunked\r\n\r\n")) == 400);
        CHECK(status(get("X-A\t: 1\r\n")) == 400);
        CHECK(status(get(": 1\r\n")) == 400);
    }
    TEST_CASE("A-04 transfer codings other than a last chunked are refused") {
        CHECK(status(post("Transfer-Encoding: xchunked\r\n\r\n")) == 501);
        CHECK(status(post("Transfer-Encoding: gzip, chunked\r\n\r\n")) == 501);
        CHECK(status(post("Transfer-Encoding: gzip, chunked, identity\r\n\r\n")) == 400);
        CHECK(status(post("Transfer-Encoding: chunked, chunked\r\n\r\n")) == 400);
        CHECK(status(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n")) == 400);
        CHECK(status(post("Transfer-Encoding:\r\n\r\n")) == 400);
    }
    TEST_CASE("A-05 a Content-Length that is not a plain number is refused") {
        for (const char* value : {"-1", "+5", "0x5", "abc", "", "100000000000000000000", "5 5", "3abc", "18446744073709551616"}) {
            CAPTURE(value);
            CHECK(status(post(std::string("Content-Length: ") + value + "\r\n\r\n")) == 400);
        }
    }
    TEST_CASE("A-06 a body that is announced too long is refused from the head alone") {
        const Told told = read(post("Content-Length: 4294967295\r\n\r\nhello"));
        CHECK(told.status == 413);
        CHECK(told.requests == 0);
    }
    TEST_CASE("A-07 chunk sizes that are too long or no sizes are refused") {
        const std::string head = post("Transfer-Encoding: chunked\r\n\r\n");
        CHECK(status(head + "FFFFFFFFFFFFFFFF\r\n") == 400);
        CHECK(status(head + "-5\r\nhello\r\n") == 400);
        CHECK(status(head + "80000000\r\n") == 413);
        CHECK(status(head + "00000000000000005\r\nhello\r\n") == 400);
        CHECK(status(head + "\r\n") == 400);
        CHECK(status(head + "5 \r\nhello\r\n") == 400);
        CHECK(status(head + "0x5\r\nhello\r\n") == 400);
        CHECK(status(head + "3E8\r\n" + std::string(1000, 'x') + "\r\n1\r\n") == 413);
    }
    TEST_CASE("A-08 chunk data must end with CRLF and extensions must be short") {
        const std::string head = post("Transfer-Encoding: chunked\r\n\r\n");
        CHECK(status(head + "5\r\nhelloX\r\n0\r\n\r\n") == 400);
        CHECK(status(head + "5\r\nhello\n0\r\n\r\n") == 400);
        CHECK(status(head + "5\nhello\r\n0\r\n\r\n") == 400);
        CHECK(status(head + "5;" + std::string(64 * 1024, 'x') + "\r\nhello\r\n0\r\n\r\n") == 400);
        std::string many = head;
        for (int i = 0; i < 100; ++i) many += "1;" + std::string(200, 'x') + "\r\na\r\n";
        CHECK(status(many) == 400);
        CHECK(read(head + "5;name=\"value\"\r\nhello\r\n0\r\n\r\n").last_body == "hello");
    }
    TEST_CASE("A-09 trailers are counted and forgotten") {
        const std::string head = post("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n");
        std::string many = head;
        for (int i = 0; i < 10000; ++i) many += "X: 1\r\n";
        CHECK(status(many + "\r\n") == 431);
        CHECK(status(head + "X: " + std::string(20000, 'x') + "\r\n\r\n") == 431);
        const Told told = read(head + "Authorization: Basic x\r\n\r\n" + get(""));
        CHECK(told.status == 0);
        CHECK(told.requests == 2);
        for (const std::string& line : told.lines) CHECK(line.find("Authorization") == std::string::npos);
        CHECK(status(head + "no colon\r\n\r\n") == 400);
    }
    TEST_CASE("A-10 a field without a colon is refused") { CHECK(status(get("nonsense\r\n")) == 400); }
    TEST_CASE("A-11 a folded field is refused") {
        CHECK(status(get("X: 1\r\n 2\r\n")) == 400);
        CHECK(status(get("X: 1\r\n\t2\r\n")) == 400);
        CHECK(status("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == 400);
    }
    TEST_CASE("A-12 bare line ends and control characters in fields are refused") {
        CHECK(status("GET / HTTP/1.1\nHost: a\n\n") == 400);
        CHECK(status(get("X: 1\n")) == 400);
        CHECK(status(get("X: a\rb\r\n")) == 400);
        CHECK(status(get(std::string_view("X: a\0b\r\n", 8))) == 400);
        CHECK(status(get("X: a\x7F\r\n")) == 400);
        CHECK(status(get("X: a\x01\r\n")) == 400);
        CHECK(status(get("X\x80: a\r\n")) == 400);
        CHECK(status(get("X: tab\there and \xC3\xBC\r\n")) == 0);
        // Wherever it stands in a long value.
        for (std::size_t at = 0; at < 40; ++at) {
            std::string value(40, 'v');
            value[at] = '\x1F';
            CHECK(status(get("X: " + value + "\r\n")) == 400);
        }
    }
    TEST_CASE("A-13 there is exactly one good Host") {
        CHECK(status("GET / HTTP/1.1\r\n\r\n") == 400);
        CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n") == 400);
        CHECK(status("GET / HTTP/1.1\r\nHost:\r\n\r\n") == 400);
        CHECK(status("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") == 400);
        CHECK(status("GET / HTTP/1.0\r\n\r\n") == 0);
        CHECK(status("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
        Codec codec{{}};
        codec.feed("GET http://evil:1/Patient?a=b HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");
        REQUIRE(codec.next() == Event::head);
        CHECK(codec.head().host == "[::1]:80");
        CHECK(codec.head().target == "http://evil:1/Patient?a=b");
        CHECK(codec.head().path == "/Patient?a=b");
    }
    TEST_CASE("A-14 heads and targets have limits") {
        CHECK(read_cut(get("X: " + std::string(8 << 20, 'x') + "\r\n"), 65536).status == 431);
        std::string many;
        for (int i = 0; i < 5000; ++i) many += "X: 1\r\n";
        CHECK(status(get(many)) == 431);
        CHECK(status("GET /" + std::string(70000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 414);
        CHECK(status("GET /" + std::string(8192, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 414);
        CHECK(status("GET /" + std::string(8191, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
    }
    TEST_CASE("A-15 methods outside the list are refused") {
        const auto with = [](std::string_view method) { return std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n"; };
        for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) CHECK(status(with(method)) == 0);
        CHECK(status(with("FOO")) == 501);
        CHECK(status(with("get")) == 501);
        CHECK(status(with("TRACE")) == 405);
        CHECK(status("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
        CHECK(status(with("G(T")) == 400);
        CHECK(status(with("")) == 400);
    }
    TEST_CASE("A-16 a malformed request line is refused") {
        CHECK(status("GET  /a HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET /a  HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET  HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET /a HTTP/1.1 \r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET /a HTTP/1.\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET /a HT\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET /a http/1.1\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET /a HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
        CHECK(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
        CHECK(status("GET /a HTTP/0.9\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET /a\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET\r\n") == 400);
        CHECK(status("GET a HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("GET * HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
        CHECK(status("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
    }
    TEST_CASE("A-17 control characters and bad escapes in the target are refused") {
        const auto with = [](std::string_view target) { return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n"; };
        CHECK(status(with(std::string_view("/a\0b", 4))) == 400);
        CHECK(status(with("/a\x01")) == 400);
        CHECK(status(with("/a\x7F")) == 400);
        CHECK(status(with("/\xC3\xBC")) == 400);
        CHECK(status(with("/a#b")) == 400);
        for (const char* bad : {"/%00", "/%zz", "/%2", "/%", "/%c0%ae", "/%ff", "/%ed%a0%80", "/%c3/%bc"}) {
            CAPTURE(bad);
            CHECK(status(with(bad)) == 400);
        }
        CHECK(status(with("/%c3%bc%20|$,a=%E2%82%AC")) == 0);
    }
    TEST_CASE("A-18 dots and double slashes arrive as they were sent") {
        CHECK(read("GET /Patient/../admin HTTP/1.1\r\nHost: a\r\n\r\n").lines[0] == "GET /Patient/../admin|Host=a");
        CHECK(read("GET //Patient/%2e%2e HTTP/1.1\r\nHost: a\r\n\r\n").lines[0] == "GET //Patient/%2e%2e|Host=a");
    }
    TEST_CASE("A-19 pipelined requests are told in order") {
        const Told told = read("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
                               "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
                               "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(told.requests == 3);
        REQUIRE(told.lines.size() == 6);
        CHECK(told.lines[3] == "target /2 body hi");
        CHECK(told.lines[5] == "target /3 body ");
    }
    TEST_CASE("A-20 a chunked request may be cut anywhere, and another follows") {
        const std::string bytes = post("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n") + get("");
        const Told told = read(bytes);
        CHECK(told.requests == 2);
        CHECK(told.lines[1] == "target / body hello world");
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            CAPTURE(cut);
            Codec codec{{}};
            Told parts;
            const std::string first = bytes.substr(0, cut);
            const std::string second = bytes.substr(cut);
            codec.feed(first);
            pull(codec, parts, 1000);
            codec.feed(second);
            pull(codec, parts, 1000);
            CHECK(parts.lines == told.lines);
        }
    }
    TEST_CASE("A-25 100-continue is offered only for a body that is accepted") {
        const std::string bytes = post("Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        CHECK(read(bytes).asked_to_continue);
        CHECK_FALSE(read(bytes, 4).asked_to_continue);
        CHECK(read(bytes, 4).status == 413);
        CHECK_FALSE(read_cut(bytes + "hello", 1000).asked_to_continue);
        CHECK_FALSE(read(get("Expect: 100-continue\r\n")).asked_to_continue);
        CHECK(status(get("Expect: something\r\n")) == 417);
    }
    TEST_CASE("A-29 fields that framing does not need are left alone") {
        std::string cookies;
        for (int i = 0; i < 90; ++i) cookies += "Cookie: a\r\n";
        CHECK(status(get("Date: yesterday\r\nCookie: =\r\nCache-Control: max-age=abc\r\nIf-Modified-Since: x\r\n" + cookies)) == 0);
    }
    TEST_CASE("B-04 a TLS hello on a plain port is refused at its first byte") {
        CHECK(status(std::string_view("\x16\x03\x01", 3)) == 400);
        CHECK(status("MSH|^~\\&|") == 400);
        CHECK(status(std::string(40, 'A')) == 400);
    }
    TEST_CASE("one empty line may stand before a request, two may not") {
        CHECK(read("\r\n" + get("")).requests == 1);
        CHECK(status("\r\n\r\n" + get("")) == 400);
    }
    TEST_CASE("keep-alive follows the version and the Connection field") {
        const auto keeps = [](const std::string& bytes) {
            Codec codec{{}};
            codec.feed(bytes);
            REQUIRE(codec.next() == Event::head);
            return codec.head().manner.keep_alive;
        };
        CHECK(keeps(get("")));
        CHECK_FALSE(keeps(get("Connection: upgrade, Close\r\n")));
        CHECK_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
        CHECK(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
    }
    TEST_CASE("a streamed body comes in pieces and keeps its limit") {
        Codec codec{{}};
        std::string body;
        const std::string bytes = post("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        codec.feed(bytes);
        REQUIRE(codec.next() == Event::head);
        codec.stream(8);
        REQUIRE(codec.next() == Event::body);
        CHECK(codec.piece() == "hello");
        CHECK(codec.next() == Event::need_more);
        CHECK(codec.in_body());
        CHECK(codec.head().field("host") == "a");
        codec.feed("4\r\nmore");
        CHECK(codec.next() == Event::failed);
        CHECK(codec.status() == 413);
    }
    TEST_CASE("a refused request ends the reading only when a body was announced") {
        Codec with{{}};
        const std::string posted = post("Content-Length: 5\r\n\r\nhello") + get("");
        with.feed(posted);
        REQUIRE(with.next() == Event::head);
        with.refuse();
        CHECK_FALSE(with.head().manner.keep_alive);
        CHECK(with.next() == Event::need_more);
        Codec without{{}};
        const std::string got = get("") + get("");
        without.feed(got);
        REQUIRE(without.next() == Event::head);
        without.refuse();
        CHECK(without.next() == Event::head);
    }
    TEST_CASE("a finished request stays readable when the owner stops pulling") {
        Codec codec{{}};
        std::string bytes = post("Content-Length: 5\r\n\r\nhello") + get("");
        codec.feed(bytes);
        REQUIRE(codec.next() == Event::head);
        codec.accept(10);
        REQUIRE(codec.next() == Event::complete);
        codec.keep();
        bytes.assign(bytes.size(), 'x');
        codec.feed(std::string(get("")));
        CHECK(codec.head().target == "/");
        CHECK(codec.body() == "hello");
        CHECK(codec.take_body() == "hello");
        CHECK(codec.next() == Event::head);
        codec.accept(0);
        CHECK(codec.next() == Event::complete);
        CHECK(codec.next() == Event::head);
    }
}
