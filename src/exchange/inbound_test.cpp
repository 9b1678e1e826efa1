// SPDX-License-Identifier: Apache-2.0
#include "exchange/inbound.h"

#include "base/text.h"
#include "exchange/testing.h"
#include "fhir/tree/builder.h"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using namespace fhir::literals;

namespace {

struct World : exchange::testing::World {
    std::int64_t version(const std::string& id) { return exchange::testing::World::version("Patient", id); }
    std::string body(const std::string& id) { return exchange::testing::World::body("Patient", id); }
};

// "ID FAMILY [PHONE]" is a patient; "BAD" cannot be read, "WRONG" makes a resource that is refused.
class Words final : public mapping::Tongue {
public:
    explicit Words(const fhir::Names& names) : names_(names) {}
    std::string control_id(std::string_view bytes) const override { return std::string(bytes.substr(0, bytes.find(' '))); }
    base::Result<mapping::Translation> translate(std::string_view bytes, base::Micros) const override {
        ++read;
        if (const auto now = std::exchange(meanwhile, nullptr)) now();
        if (bytes.starts_with("BUG") && read == 1) throw std::runtime_error("x");
        if (bytes.starts_with("BAD")) return base::Fault{base::Fault::Kind::malformed, "cannot be read"};
        std::vector<std::string> words;
        for (std::string_view word : base::split(bytes, ' ')) words.emplace_back(word);
        fhir::Builder build(names_);
        build.resource("Patient");
        build.value("id"_name, words.at(0));
        if (bytes.starts_with("WRONG")) build.value("gender"_name, "purple");
        build.open("name"_name, true);
        build.value("family"_name, words.at(1));
        build.close();
        if (words.size() > 2) {
            build.open("telecom"_name, true);
            build.value("value"_name, words[2]);
            build.close();
        }
        mapping::Translation translation;
        translation.entries.push_back({"Patient", words[0], mapping::Entry::Mode::merge, std::move(build).finish(), {}});
        return translation;
    }
    std::string answer(std::string_view, const base::Fault* fault, std::string_view id, base::Micros) const override {
        return (fault ? "no " + fault->text : std::string("yes")) + " " + std::string(id);
    }
    // "ASK FAMILY" asks for patients, "ASK" alone cannot be understood.
    std::optional<base::Result<mapping::Question>> question(std::string_view bytes) const override {
        if (!bytes.starts_with("ASK")) return std::nullopt;
        if (bytes.size() < 5) return base::Fault{base::Fault::Kind::invalid, "whom?"};
        return mapping::Question{"Patient", {{"family", std::string(bytes.substr(4))}}, 0, 10};
    }
    std::string answer_question(std::string_view, const base::Result<mapping::Found>& found, std::string_view id, base::Micros) const override {
        return (found ? std::to_string(found->hits.size()) : "no " + found.fault().text) + " " + std::string(id);
    }
    mutable std::atomic<int> read{0};
    mutable std::function<void()> meanwhile{};  // happens once, while a message is read

private:
    const fhir::Names& names_;
};

}  // namespace

TEST_SUITE("exchange/inbound") {
    TEST_CASE("a message is stored, and its repeat gets the same answer and is not even read") {
        World world;
        const Words words(world.schema.names());
        exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
        const std::string first = inbound.receive("p1 Ng");
        CHECK(first.starts_with("yes"));
        CHECK(world.version("p1") == 1);
        world.clock.advance(1'000'000);
        CHECK(inbound.receive("p1 Ng") == first);
        CHECK(words.read == 1);
        CHECK(world.version("p1") == 1);
        CHECK(inbound.counts().accepted == 1);
        CHECK(inbound.counts().repeated == 1);
    }
    TEST_CASE("the same control id with other bytes is another message; what it leaves out stays") {
        World world;
        const Words words(world.schema.names());
        exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
        inbound.receive("p1 Ng 555");
        CHECK(inbound.receive("p1 Nguyen").starts_with("yes"));
        CHECK(world.version("p1") == 2);
        CHECK(world.body("p1").find("Nguyen") != std::string::npos);
        CHECK(world.body("p1").find("555") != std::string::npos);
    }
    TEST_CASE("what cannot be read or stored is refused, kept as failed, and its repeat gets the same refusal") {
        World world;
        const Words words(world.schema.names());
        exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
        for (const char* message : {"BAD x", "WRONG x"}) {
            const std::string first = inbound.receive(message);
            CHECK(first.starts_with("no "));
            CHECK(inbound.receive(message) == first);
        }
        CHECK(world.version("WRONG") == 0);
        CHECK(world.repository.journal().counts()->all.failed == 2);
        CHECK(inbound.counts().failed == 2);
    }
    TEST_CASE("the journal knows the answer the moment the resource is stored") {
        World world;
        const Words words(world.schema.names());
        exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
        const std::string answer = inbound.receive("p1 Ng");
        const auto entry = world.repository.journal().read(1);
        REQUIRE(entry);
        REQUIRE(*entry);
        CHECK((*entry)->state == store::durable::State::answered);
        CHECK((*entry)->answer == answer);
        CHECK((*entry)->bytes == "p1 Ng");
    }
    TEST_CASE("an exception is told as a refusal, and the repeat is tried again") {
        World world;
        const Words words(world.schema.names());
        exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
        CHECK(inbound.receive("BUG Ng").starts_with("no "));
        CHECK(world.repository.journal().counts()->all.received == 1);
        CHECK(inbound.receive("BUG Ng").starts_with("yes"));
        CHECK(world.version("BUG") == 1);
        CHECK(world.repository.journal().counts()->all.received == 0);
    }
    TEST_CASE("a message that a crash left without an answer is read again when it comes again") {
        World world;
        const Words words(world.schema.names());
        exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
        REQUIRE(world.repository.journal().record("ward", "p1", "p1 Ng", 1));
        CHECK(inbound.receive("p1 Ng").starts_with("yes"));
        CHECK(world.version("p1") == 1);
        CHECK(world.repository.journal().counts()->all.answered == 1);
    }
    TEST_CASE("a message that comes on two ways at once is done once, and both ways are told the same, good or bad") {
        for (const char* message : {"p1 Ng", "BAD x", "WRONG x"}) {
            const std::string id(base::cut(message, ' ').first);
            CAPTURE(message);
            // Both are in the journal; and one of them would come into it with its fate.
            for (const bool unwritten : {false, true}) {
                World world;
                const Words words(world.schema.names());
                exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
                std::string other;
                words.meanwhile = [&] { other = inbound.receive(message); };
                std::string mine;
                if (unwritten) {
                    store::durable::Entry entry;
                    entry.channel = "ward";
                    entry.control_id = id;
                    entry.bytes = message;
                    entry.received = world.clock.now();
                    const auto fate = inbound.work(entry, {}, "mine", world.clock.now());
                    mine = fate.answer;
                    CHECK(fate.state == (id == "p1" ? store::durable::State::answered : store::durable::State::failed));
                    CHECK(fate.fault.has_value() == (id != "p1"));
                } else {
                    mine = inbound.receive(message);
                }
                CHECK_FALSE(other.empty());
                CHECK(mine == other);
                CHECK(world.version(id) == (id == "p1" ? 1 : 0));
                const auto counts = world.repository.journal().counts();
                REQUIRE(counts);
                CHECK(counts->all.answered + counts->all.failed == 1);
                CHECK(counts->all.received == 0);
            }
        }
    }
    TEST_CASE("a question is answered once, and its repeat is not asked again") {
        World world;
        Words words(world.schema.names());
        exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
        inbound.receive("p1 Ng");
        const std::string one = inbound.receive("ASK Ng");
        CHECK(one.starts_with("1 "));
        inbound.receive("p2 Ng");
        CHECK(inbound.receive("ASK Ng") == one);
        CHECK(inbound.replay(**world.repository.journal().read(2), "ann").answer == one);
        const std::string wrong = inbound.receive("ASK");
        CHECK(wrong.starts_with("no whom?"));
        CHECK(inbound.receive("ASK") == wrong);
        CHECK(world.repository.journal().counts()->all.failed == 0);
    }
    TEST_CASE("while the disk is full every sender hears so, and its repeat is tried again") {
        World world;
        Words words(world.schema.names());
        exchange::testing::FullJournal journal(world.repository.journal());
        exchange::Inbound inbound("ward", words, journal, world.context, world.committer);
        journal.records = 1;
        CHECK(inbound.receive("p1 Ng").starts_with("no the disk is full"));
        CHECK(inbound.counts().not_kept == 1);
        CHECK(world.repository.journal().counts()->all.received == 0);
        for (const char* message : {"BAD p1", "ASK Ng"}) {
            journal.settlements = 1;
            CHECK(inbound.receive(message).starts_with("no the disk is full"));
            CHECK(world.repository.journal().counts()->all.received == 1);
            CHECK_FALSE(inbound.receive(message).starts_with("no the disk is full"));
            CHECK(world.repository.journal().counts()->all.received == 0);
        }
        CHECK(world.repository.journal().counts()->all.failed == 1);
    }
    TEST_CASE("what comes with its commit and cannot be kept alone after it failed is told so, and as not kept") {
        World world;
        Words words(world.schema.names());
        exchange::testing::FullJournal journal(world.repository.journal());
        exchange::Inbound inbound("ward", words, journal, world.context, world.committer);
        store::durable::Entry arrival;
        arrival.channel = "ward";
        arrival.control_id = "BAD";
        arrival.received = 5;
        arrival.bytes = "BAD p1";
        journal.records = 1;
        const auto lost = inbound.work(arrival, {}, "id", 5);
        CHECK_FALSE(lost.kept);
        CHECK(lost.answer.starts_with("no the disk is full"));
        CHECK(inbound.work(arrival, {}, "id", 5).state == store::durable::State::failed);
        CHECK(world.repository.journal().counts()->all.failed == 1);
    }
    TEST_CASE("a question that two ways bring at once is answered by one, and both tell the same") {
        World world;
        Words words(world.schema.names());
        exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
        const auto entry = world.repository.journal().record("ward", "ASK", "ASK Ng", 5);
        REQUIRE(world.repository.journal().settle(entry->number, {.answer = "0 first", .time = 6}));
        CHECK(inbound.work(*entry, {}, "id", 7).answer == "0 first");  // as it was read before
    }
    TEST_CASE("messages about one patient from many links are merged one after the other: nothing is lost") {
        World world;
        const Words words(world.schema.names());
        exchange::Inbound inbound("ward", words, world.repository.journal(), world.context, world.committer);
        std::vector<std::thread> links;
        for (int i = 0; i < 8; ++i)
            links.emplace_back([&, i] {
                for (int k = 0; k < 20; ++k) inbound.receive("p1 Name" + std::to_string(i) + "-" + std::to_string(k));
            });
        for (std::thread& link : links) link.join();
        CHECK(inbound.counts().accepted == 160);
        CHECK(world.version("p1") == 160);
    }
}
