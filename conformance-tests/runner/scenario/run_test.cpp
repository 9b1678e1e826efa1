// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/run.h"

#include "runner/scenario/parse.h"
#include "runner/testing.h"

#include "base/net/loop.h"
#include "base/text.h"

#include <doctest/doctest.h>

#include <map>
#include <mutex>

using namespace runner;

namespace {

// The least that a scenario needs of a server: PUT, GET and DELETE of resources by their address, and what it was asked.
struct Shelf {
    std::mutex mutex{};
    std::map<std::string, std::string> stored{};
    std::vector<std::string> asked{};
    int polls = 0;

    std::string answer(const std::string& method, const std::string& path, const std::string& body) {
        const std::lock_guard lock(mutex);
        asked.push_back(method + ' ' + path);
        if (path == "/metadata") return said(200, R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"})");
        if (path == "/poll") return said(200, ++polls < 3 ? R"({"resourceType":"Bundle","type":"searchset","total":0})" : R"({"resourceType":"Bundle","type":"searchset","total":1})");
        if (method == "PUT") {
            const bool fresh = !stored.contains(path);
            stored[path] = body;
            return said(fresh ? 201 : 200, body);
        }
        if (method == "DELETE") return said(stored.erase(path) == 1 ? 204 : 404, "");
        const auto found = stored.find(path);
        return found == stored.end() ? said(404, R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found","diagnostics":"Nothing."}]})") : said(200, found->second);
    }
    static std::string said(int status, const std::string& body) {
        return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/fhir+json\r\n" + (status == 204 ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") +
               "Connection: close\r\n\r\n" + body;
    }
};

// HTTP as far as it is needed: one request a connection.
class Spoken final : public base::net::Protocol {
public:
    explicit Spoken(Shelf& shelf) : shelf_(shelf) {}
    void on_bytes(std::string_view bytes, base::net::Connection& connection) override {
        heard_ += bytes;
        const auto end = heard_.find("\r\n\r\n");
        if (end == std::string::npos) return;
        const std::string head = base::lower(heard_.substr(0, end));
        const auto length = head.find("content-length: ");
        const std::size_t size = length == std::string::npos ? 0 : static_cast<std::size_t>(std::stoul(head.substr(length + 16)));
        if (heard_.size() < end + 4 + size) return;
        const auto [method, rest] = base::cut(heard_, ' ');
        connection.write(shelf_.answer(std::string(method), std::string(base::cut(rest, ' ').first), heard_.substr(end + 4, size)));
        connection.close_after_flush();
    }
    void on_end(base::net::Connection& connection) override { connection.close_after_flush(); }
    void on_room(base::net::Connection&) override {}
    void on_expired(base::net::Phase, base::net::Connection& connection) override { connection.abort(); }
    void on_drain(base::net::Connection& connection) override { connection.close_after_flush(); }

private:
    Shelf& shelf_;
    std::string heard_{};
};

struct Played {
    Case one{};
    std::map<std::string, std::string> left{};
    std::vector<std::string> asked{};
};

Played play(const std::string& text, Format format = Format::json) {
    Shelf shelf;
    auto loop = base::net::Loop::open(1, {{.name = "shelf", .protocol = [&](base::net::Connection&) { return std::make_unique<Spoken>(shelf); }}});
    REQUIRE(loop);
    (*loop)->start();
    const Target target{.base = "http://127.0.0.1:" + std::to_string((*loop)->port(0)), .format = format};
    Client client(target, testing::clock());
    const Judge judge(testing::knowledge(), testing::clock());
    Bench bench{.target = target, .client = client, .judge = judge, .clock = testing::clock(), .run = "t1"};
    const auto read = scenario::parse(text, "x.scenario");
    REQUIRE_MESSAGE(read, read.fault().text);
    scenario::Offered offered;
    Played played{.one = scenario::run(*read, "suite", "x", bench, offered)};
    (*loop)->stop();
    played.left = shelf.stored;
    played.asked = shelf.asked;
    return played;
}

constexpr const char* put = "PUT /Patient/${run}-p\n{ \"resourceType\": \"Patient\", \"id\": \"${run}-p\" }\n---- 201\n";

}  // namespace

TEST_SUITE("runner/scenario/run") {
    TEST_CASE("what a scenario made is removed, whatever came of it") {
        const auto played = play(std::string("# t\n") + put + "GET /Patient/${run}-p\n---- 200\nid = 'another'\n");
        CHECK(played.one.verdict() == Verdict::fail);
        CHECK(played.left.empty());
        REQUIRE(played.one.tests.size() == 1);
        CHECK(played.one.tests[0].steps.back().where == "x.scenario:7");
        CHECK(played.one.tests[0].steps.back().message.starts_with("id is t1"));
        CHECK(played.one.teardown.steps.empty());
    }

    TEST_CASE("each row of a table is a test of its own, with its values") {
        const auto played = play(std::string("setup\n") + put + "test \"read ${id}\"\neach | id | status |\n     | ${run}-p | 200 |\n     | nobody | 404 |\nGET /Patient/${id}\n---- any\n"
                                 "(OperationOutcome.exists() and '${status}' = '404') or (id = '${id}' and '${status}' = '200')\n");
        REQUIRE(played.one.tests.size() == 2);
        CHECK(played.one.tests[0].id == "read-run-p");
        CHECK(played.one.tests[1].title == "read nobody");
        CHECK(played.one.verdict() == Verdict::pass);
        CHECK(played.left.empty());
    }

    TEST_CASE("a status that is not expected ends its test and not the next") {
        const auto played = play("test \"one\"\nGET /Patient/a\n---- 200\nid = 'a'\ntest \"two\"\nGET /Patient/a\n---- 404\n");
        REQUIRE(played.one.tests.size() == 2);
        CHECK(played.one.tests[0].verdict() == Verdict::fail);
        CHECK(played.one.tests[0].steps.size() == 2);
        CHECK(played.one.tests[0].steps.back().message == "is 404; the server says not-found: Nothing.");
        CHECK(played.one.tests[1].verdict() == Verdict::pass);
    }

    TEST_CASE("a setup that fails makes errors of all tests, and none is tried") {
        const auto played = play("GET /Patient/a\n---- 200\ntest \"one\"\nGET /Patient/b\n---- 404\n");
        CHECK(played.one.tests[0].verdict() == Verdict::error);
        CHECK(played.asked == std::vector<std::string>{"GET /Patient/a"});
    }

    TEST_CASE("a condition that is not met skips, and says which") {
        const auto played = play("test \"one\"\nonly when fhirVersion = '5.0.0'\nGET /Patient/b\n---- 200\ntest \"two\"\nonly when fhirVersion = '4.0.1'\nGET /Patient/b\n---- 404\n");
        CHECK(played.one.tests[0].verdict() == Verdict::skip);
        CHECK(played.one.tests[0].steps[0].message == "its CapabilityStatement does not say fhirVersion = '5.0.0'");
        CHECK(played.one.tests[1].verdict() == Verdict::pass);
        CHECK(played.asked == std::vector<std::string>{"GET /metadata", "GET /Patient/b"});
    }

    TEST_CASE("without a gateway its tests are skipped before they make anything") {
        const auto played = play(std::string(put) + "send mllp\nMSH|^~\\&|A\nexpect ack AA\n");
        CHECK(played.one.verdict() == Verdict::skip);
        CHECK(played.asked.empty());
    }

    TEST_CASE("waiting asks again until it is so") {
        const auto played = play("wait until GET /poll total = 1 within 10 s\n");
        CHECK(played.one.verdict() == Verdict::pass);
        CHECK(played.asked.size() == 3);
    }

    TEST_CASE("where XML is spoken, what is written in JSON is sent as XML") {
        const auto played = play(std::string(put) + "GET /Patient/${run}-p\n---- 200\nbody contains <Patient\nid = '${run}-p'\n", Format::xml);
        CHECK(played.one.verdict() == Verdict::pass);
    }

    TEST_CASE("a body without name for a resource that is no FHIR is told") {
        const auto played = play("PUT /Patient/x\nContent-Type: text/plain\n\nhello\n---- 201\nbody = hello\nid = 'x'\n");
        CHECK(played.one.verdict() == Verdict::fail);
        CHECK(played.one.tests[0].steps.back().message.starts_with("the answer is no resource"));
    }
}
