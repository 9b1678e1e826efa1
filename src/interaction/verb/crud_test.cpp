// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"

#include <atomic>
#include <thread>

using base::Fault;
using interaction::Request;
using interaction::Response;
using interaction::Verb;
using interaction::World;
using Status = interaction::Response::Status;

namespace {

constexpr std::string_view ann = R"({"resourceType":"Patient","id":"p1","active":true,"name":[{"family":"Ng"}]})";
constexpr std::string_view bea = R"({"resourceType":"Patient","id":"p1","active":false,"name":[{"family":"Ng"}]})";

Fault::Kind kind(const base::Result<Response>& result) {
    REQUIRE_FALSE(result);
    return result.fault().kind;
}

}  // namespace

TEST_SUITE("interaction/verb/crud") {
    TEST_CASE("what was put is read back with its version and time") {
        World world;
        const auto put = world.put("Patient", "p1", ann);
        REQUIRE(put);
        CHECK(put->status == Status::created);
        CHECK(put->version == 1);
        CHECK(put->located);
        const auto got = world.get("Patient", "p1");
        REQUIRE(got);
        CHECK(got->version == 1);
        CHECK(got->last_updated == put->last_updated);
        CHECK(got->text() == put->text());
        const auto document = world.read(got->text());
        CHECK(document.root().child("meta").child("versionId").text() == "1");
        CHECK(document.root().child("meta").child("lastUpdated").text() == "2024-05-01T12:00:00.000Z");
    }
    TEST_CASE("a create makes its own id and ignores the client's") {
        World world;
        const auto made = world.post("Patient", ann);
        REQUIRE(made);
        CHECK(made->status == Status::created);
        CHECK(made->id != "p1");
        CHECK(world.get("Patient", made->id));
        CHECK(kind(world.get("Patient", "p1")) == Fault::Kind::missing);
    }
    TEST_CASE("the same body again makes no new version") {
        World world;
        REQUIRE(world.put("Patient", "p1", ann));
        const auto again = world.put("Patient", "p1", ann);
        REQUIRE(again);
        CHECK(again->status == Status::ok);
        CHECK(again->version == 1);
        const auto other = world.put("Patient", "p1", bea);
        REQUIRE(other);
        CHECK(other->version == 2);
    }
    TEST_CASE("E-01: unknown type, unknown id, deleted id, deleted version") {
        World world;
        CHECK(kind(world.get("Patent", "p1")) == Fault::Kind::missing);
        CHECK(kind(world.get("Patient", "p1")) == Fault::Kind::missing);
        REQUIRE(world.put("Patient", "p1", ann));
        const auto gone = world.remove("Patient", "p1");
        REQUIRE(gone);
        CHECK(gone->status == Status::no_content);
        CHECK(gone->version == 2);
        CHECK(kind(world.get("Patient", "p1")) == Fault::Kind::gone);
        Request vread = world.request(Verb::vread, "Patient", "p1");
        vread.version = "2";
        CHECK(kind(world.send(vread)) == Fault::Kind::gone);
        vread.version = "1";
        CHECK(world.send(vread));
        for (const char* none : {"3", "0", "-1", "x", "", "99999999999999999999"}) {
            vread.version = none;
            CHECK(kind(world.send(vread)) == Fault::Kind::missing);
        }
    }
    TEST_CASE("deleting twice, or what never was, is no error") {
        World world;
        REQUIRE(world.put("Patient", "p1", ann));
        REQUIRE(world.remove("Patient", "p1"));
        const auto again = world.remove("Patient", "p1");
        REQUIRE(again);
        CHECK(again->status == Status::no_content);
        CHECK(again->version == 0);
        CHECK(world.remove("Patient", "never"));
    }
    TEST_CASE("a deleted resource comes back with the next version") {
        World world;
        REQUIRE(world.put("Patient", "p1", ann));
        REQUIRE(world.remove("Patient", "p1"));
        const auto back = world.put("Patient", "p1", ann);
        REQUIRE(back);
        CHECK(back->status == Status::created);
        CHECK(back->version == 3);
    }
    TEST_CASE("E-02: the body's id must be the id of the address") {
        World world;
        CHECK(kind(world.put("Patient", "p2", ann)) == Fault::Kind::malformed);
        CHECK(kind(world.put("Patient", "p1", R"({"resourceType":"Patient","active":true})")) == Fault::Kind::malformed);
        CHECK(kind(world.put("Observation", "p1", ann)) == Fault::Kind::malformed);
        CHECK(world.count("Patient") == 0);
    }
    TEST_CASE("C-21: ids that are none are refused") {
        World world;
        for (const std::string& id : {std::string(65, 'a'), std::string("a_b"), std::string("../x")})
            CHECK(kind(world.put("Patient", id, R"({"resourceType":"Patient","id":")" + id + R"("})")) == Fault::Kind::malformed);
    }
    TEST_CASE("E-03: a stale If-Match changes nothing") {
        World world;
        Request update = world.request(Verb::update, "Patient", "p1", ann);
        update.if_match = "W/\"1\"";
        CHECK(kind(world.send(update)) == Fault::Kind::stale);
        update.if_match.clear();
        REQUIRE(world.send(update));
        Request second = world.request(Verb::update, "Patient", "p1", bea);
        second.if_match = "W/\"2\"";
        CHECK(kind(world.send(second)) == Fault::Kind::stale);
        second.if_match = "W/\"1\"";
        REQUIRE(world.send(second));
        Request removal = world.request(Verb::remove, "Patient", "p1");
        removal.if_match = "W/\"1\"";
        CHECK(kind(world.send(removal)) == Fault::Kind::stale);
        removal.if_match = "W/\"2\"";
        CHECK(world.send(removal));
    }
    TEST_CASE("E-04: of 100 parallel updates of one version exactly one wins") {
        World world;
        REQUIRE(world.put("Patient", "p1", ann));
        std::atomic<int> won{0};
        std::atomic<int> stale{0};
        std::vector<Request> requests;
        for (int i = 0; i < 100; ++i) {
            const std::string body =
                R"({"resourceType":"Patient","id":"p1","name":[{"family":"F)" + std::to_string(i) + R"("}]})";
            requests.push_back(world.request(Verb::update, "Patient", "p1", body));
            requests.back().if_match = "W/\"1\"";
        }
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < 10; ++t)
            threads.emplace_back([&, t] {
                for (std::size_t i = t * 10; i < t * 10 + 10; ++i) {
                    const auto sent = world.send(requests[i]);
                    if (sent) ++won;
                    else if (sent.fault().kind == Fault::Kind::stale) ++stale;
                }
            });
        for (auto& thread : threads) thread.join();
        CHECK(won == 1);
        CHECK(stale == 99);
        const auto got = world.get("Patient", "p1");
        REQUIRE(got);
        CHECK(got->version == 2);
    }
    TEST_CASE("a reader who knows the version gets no body") {
        World world;
        REQUIRE(world.put("Patient", "p1", ann));
        Request read = world.request(Verb::read, "Patient", "p1");
        read.if_none_match = "W/\"1\"";
        auto got = world.send(read);
        REQUIRE(got);
        CHECK(got->status == Status::not_modified);
        CHECK(got->content.empty());
        CHECK(got->version == 1);
        read.if_none_match = "W/\"7\"";
        got = world.send(read);
        REQUIRE(got);
        CHECK(got->status == Status::ok);
        read.if_none_match.clear();
        read.if_modified_since = got->last_updated;
        got = world.send(read);
        REQUIRE(got);
        CHECK(got->status == Status::not_modified);
        read.if_modified_since = got->last_updated - 1'000'000;
        got = world.send(read);
        REQUIRE(got);
        CHECK(got->status == Status::ok);
    }
    TEST_CASE("Prefer decides what a write answers with") {
        World world;
        Request create = world.request(Verb::create, "Patient", "", ann);
        create.wanted = Request::Return::minimal;
        auto made = world.send(create);
        REQUIRE(made);
        CHECK(made->content.empty());
        CHECK(made->located);
        create.wanted = Request::Return::outcome;
        made = world.send(create);
        REQUIRE(made);
        CHECK(made->text().find("OperationOutcome") != std::string::npos);
        create.wanted = Request::Return::representation;
        made = world.send(create);
        REQUIRE(made);
        CHECK(made->text().find("\"Patient\"") != std::string::npos);
    }
    TEST_CASE("E-20: the server's version and time win, and a flood of tags is refused") {
        World world;
        const auto made = world.put("Patient", "p1",
            R"({"resourceType":"Patient","id":"p1","meta":{"versionId":"77","lastUpdated":"2090-01-01T00:00:00Z"},"active":true})");
        REQUIRE(made);
        CHECK(made->text().find("77") == std::string::npos);
        CHECK(made->text().find("2090") == std::string::npos);
        std::string tags = R"({"code":"a0"})";
        for (int i = 1; i <= 1000; ++i) tags += R"(,{"code":"a)" + std::to_string(i) + R"("})";
        const auto flood = world.put("Patient", "p2", R"({"resourceType":"Patient","id":"p2","meta":{"tag":[)" + tags + "]}}");
        REQUIRE_FALSE(flood);
        CHECK(flood.fault().type == base::IssueType::too_long);
    }
    TEST_CASE("an absolute reference to this server is stored relative") {
        World world;
        const auto made = world.put("Observation", "o1", R"({"resourceType":"Observation","id":"o1","status":"final",
            "code":{"text":"x"},"subject":{"reference":"http://h/fhir/Patient/p1"},
            "focus":[{"reference":"http://elsewhere/fhir/Patient/p1"}]})");
        REQUIRE(made);
        CHECK(made->text().find(R"("reference":"Patient/p1")") != std::string::npos);
        CHECK(made->text().find("http://elsewhere/fhir/Patient/p1") != std::string::npos);
    }
    TEST_CASE("_summary and _elements show part of a resource and say so") {
        World world;
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1",
            "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
            "active":true,"name":[{"family":"Ng"}],"photo":[{"url":"http://a"}]})"));
        Request read = world.request(Verb::read, "Patient", "p1");
        const auto shown = [&](const char* name, const char* value) {
            read.parameters = {{name, value}};
            const auto got = world.send(read);
            return got ? got->text() : std::string("refused");
        };
        const std::string summary = shown("_summary", "true");
        CHECK(summary.find("SUBSETTED") != std::string::npos);
        CHECK(summary.find("Ng") != std::string::npos);
        CHECK(summary.find("photo") == std::string::npos);
        CHECK(summary.find("div") == std::string::npos);
        CHECK(shown("_summary", "data").find("photo") != std::string::npos);
        CHECK(shown("_summary", "data").find("div") == std::string::npos);
        CHECK(shown("_summary", "text").find("div") != std::string::npos);
        CHECK(shown("_summary", "text").find("Ng") == std::string::npos);
        CHECK(shown("_elements", "active").find("Ng") == std::string::npos);
        CHECK(shown("_elements", "active").find("\"active\":true") != std::string::npos);
        CHECK(shown("_summary", "false").find("SUBSETTED") == std::string::npos);
        CHECK(shown("_summary", "x") == "refused");
        CHECK(shown("_elements", "*'") == "refused");
    }
    TEST_CASE("what is invalid is refused with every finding, and nothing is stored") {
        World world;
        const auto unknown = world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1","shoeSize":7})");
        CHECK(kind(unknown) == Fault::Kind::malformed);
        const auto bad_code = world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1","gender":"lizard"})");
        CHECK(kind(bad_code) == Fault::Kind::invalid);
        CHECK_FALSE(bad_code.fault().findings.empty());
        const auto lacking = world.post("Observation", R"({"resourceType":"Observation","status":"final"})");
        CHECK(kind(lacking) == Fault::Kind::invalid);
        CHECK(world.count("Patient") == 0);
        world.rules.validation = interaction::Rules::Validation::off;
        CHECK(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1","gender":"lizard"})"));
    }
    TEST_CASE("with_commit becomes true with the write, or nothing does") {
        World world;
        auto entry = world.repository.journal().record("c", "1", "bytes", 1);
        REQUIRE(entry);
        Request update = world.request(Verb::update, "Patient", "p1", ann);
        update.with_commit = [](store::Transaction&) -> base::Result<void> {
            return Fault{Fault::Kind::conflict, "no"};
        };
        CHECK(kind(world.send(update)) == Fault::Kind::conflict);
        CHECK(kind(world.get("Patient", "p1")) == Fault::Kind::missing);
        update.with_commit = [&](store::Transaction& transaction) { return transaction.settle(entry->number, {.answer = "AA"}); };
        REQUIRE(world.send(update));
        const auto settled = world.repository.journal().read(entry->number);
        REQUIRE(settled);
        CHECK((*settled)->answer == "AA");
    }
    TEST_CASE("a bug inside is told without its words") {
        World world;
        Request update = world.request(Verb::update, "Patient", "p1", ann);
        update.with_commit = [](store::Transaction&) -> base::Result<void> { throw std::runtime_error("secret"); };
        const auto sent = world.send(update);
        CHECK(kind(sent) == Fault::Kind::bug);
        CHECK(sent.fault().text.find("secret") == std::string::npos);
    }
    TEST_CASE("what has no row in the table is unsupported") {
        World world;
        Request operation = world.request(Verb::operation, "Patient", "p1");
        operation.operation = "nothing";
        CHECK(kind(world.send(operation)) == Fault::Kind::unsupported);
    }
}
