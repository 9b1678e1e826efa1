// SPDX-License-Identifier: Apache-2.0
#include "exchange/outbound.h"

#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/testing.h"
#include "store/memory.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>

using exchange::DestinationRules;
using store::durable::Outgoing;

namespace {

class Silent final : public base::LogSink {
public:
    void line(std::string_view) override {}
};

// A person is said as "NAME", a report as "REPORT of NAME"; the version of the maps is any.
class Words final : public mapping::Speaker {
public:
    std::string say(const mapping::Composed& composed, const std::string& control_id, base::Micros) const override {
        std::string text = control_id + " " + composed.code + '^' + composed.event;
        for (const auto& segment : composed.segments)
            for (const auto& atom : segment.atoms) text += ' ' + atom.text;
        return text;
    }
    mapping::Understood understand(std::string_view reply, std::string_view control_id) const override {
        using Kind = mapping::Understood::Kind;
        const auto space = reply.find(' ');
        if (space == std::string_view::npos) return {Kind::unreadable, "no reply"};
        if (reply.substr(space + 1) != control_id) return {Kind::other, "another"};
        const auto word = reply.substr(0, space);
        return {word == "yes" ? Kind::accepted : word == "kept" ? Kind::committed : word == "no" ? Kind::error : Kind::rejected, std::string(word)};
    }
    const std::string& version() const override { return version_; }

private:
    std::string version_ = "2.5.1";
};

// What the peer is told to do, one word a try, and what it was sent. Words: yes, no, never (reject), kept, nothing, rubbish, other.
struct Peer {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> script;
    std::vector<std::string> sent;

    void await(std::size_t count) {
        std::unique_lock lock(mutex);
        REQUIRE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return sent.size() >= count; }));
    }
};

class Line final : public exchange::Wire {
public:
    explicit Line(Peer& peer) : peer_(peer) {}
    base::Result<void> send(std::string_view message, const std::function<bool()>&) override {
        const std::lock_guard lock(peer_.mutex);
        peer_.sent.emplace_back(message);
        word_ = peer_.script.empty() ? "yes" : peer_.script.front();
        if (!peer_.script.empty()) peer_.script.pop_front();
        id_ = message.substr(0, message.find(' '));
        open_ = true;
        peer_.changed.notify_all();
        return {};
    }
    base::Result<std::string> receive(const std::function<bool()>&) override {
        const std::string word = std::exchange(word_, "nothing");
        if (word == "nothing") return base::Fault{base::Fault::Kind::unavailable, "no answer came in time"};
        if (word == "rubbish") return word;
        if (word == "other") {
            word_ = "yes";
            return std::string("yes 0");
        }
        if (word == "kept") word_ = "yes";
        return word + ' ' + id_;
    }
    void close() override { open_ = false; }
    bool open() const override { return open_; }

private:
    Peer& peer_;
    std::string word_, id_;
    bool open_ = false;
};

const mapping::Composer& composer() {
    static const mapping::Composer made = [] {
        static terminology::ConceptMaps codes;
        static const terminology::Naming naming;
        std::string folder = (std::filesystem::temp_directory_path() / "maps-XXXXXX").string();
        REQUIRE(::mkdtemp(folder.data()) != nullptr);
        std::ofstream(folder + "/words.map") << "message ADT^A28^ADT_A05 from Patient\non created\n$this -> PID\n"
                                                "('AllergyIntolerance?patient=Patient/' & id).resolve().entry.resource.ofType(AllergyIntolerance) -> AL1\n\n"
                                                "message ADT^A31^ADT_A05 from Patient\non updated\nwhen %before.name.family != name.family\n$this -> PID\n\n"
                                                "message ORU^R01^ORU_R01 from DiagnosticReport\nalso Observation by result\nsubject.resolve() -> PID\nresult.resolve() -> OBX\n\n"
                                                "map AllergyIntolerance to AL1\ncode.text -> AL1-3\n\n"
                                                "map Patient to PID\nname.family -> PID-5\n\nmap Observation to OBX\nvalue -> OBX-5\n";
        mapping::ComposeSources sources{{folder}, [](std::string_view) { return std::optional(40); }};
        auto loaded = mapping::Composer::load(sources, fhir::testing::r4(), codes, naming);
        std::filesystem::remove_all(folder);
        REQUIRE_MESSAGE(loaded, loaded.fault().text);
        return *std::move(loaded);
    }();
    return made;
}

struct World {
    base::FixedClock clock{1'700'000'000'000'000};
    store::Memory repository{clock};
    interaction::Rules rules{};
    interaction::Context context{fhir::testing::r4(), fhir::testing::r4_parameters(), repository, clock, rules};
    Silent silent;
    base::Logger log{silent, clock, base::Level::error};
    Peer peer;

    void put(const std::string& type, const std::string& id, const std::string& rest) {
        auto document = fhir::codec::read_json("{\"resourceType\":\"" + type + "\",\"id\":\"" + id + "\"," + rest + "}", context.schema.names());
        REQUIRE(document);
        const fhir::codec::Stampable body(document->root(), id);
        base::Findings ignored;
        const auto index = fhir::search::extract(document->root(), context.parameters, context.schema, ignored);
        const store::Work work = [&](store::Transaction& transaction) -> base::Result<void> {
            TRY(transaction.put({type, id, &body, &index}));
            return {};
        };
        REQUIRE(repository.write(work));
    }
    void person(const std::string& id, const std::string& name) { put("Patient", id, R"("name":[{"family":")" + name + "\"}]"); }

    std::vector<Outgoing> messages(const DestinationRules& wanted) {
        const Words words;
        const auto feed = exchange::Feed::make(wanted, composer(), words, context);
        REQUIRE_MESSAGE(feed, feed.fault().text);
        return feed->messages(*repository.ledger().read(0, 100), clock.now());
    }
};

std::vector<std::string> told(const std::vector<Outgoing>& messages) {
    std::vector<std::string> all;
    for (const Outgoing& one : messages) all.push_back(one.bytes.substr(one.bytes.find(' ') + 1));
    return all;
}

DestinationRules rules_of(const std::string& name) {
    DestinationRules rules;
    rules.name = name;
    rules.first_wait = rules.longest_wait = 1;  // the clock stands still: what waits longer waits for ever
    rules.from_beginning = true;
    return rules;
}

}  // namespace

TEST_SUITE("exchange/outbound") {
    TEST_CASE("what refers to a person stands beside him, as far as it is his and still there") {
        World world;
        world.put("AllergyIntolerance", "peanut", R"("code":{"text":"Peanut"},"patient":{"reference":"Patient/a"})");
        world.put("AllergyIntolerance", "egg", R"("code":{"text":"Egg"},"patient":{"reference":"Patient/b"})");
        world.person("a", "One");
        world.person("c", "Two");
        CHECK(told(world.messages(rules_of("lab"))) == std::vector<std::string>{"ADT^A28 One Peanut", "ADT^A28 Two"});
    }

    TEST_CASE("changes become messages in their order, and what says nothing new does not") {
        World world;
        world.person("a", "One");
        world.person("a", "Two");
        world.put("Patient", "a", R"("active":true,"name":[{"family":"Two"}])");
        world.person("b", "Three");
        const auto made = world.messages(rules_of("lab"));
        CHECK(told(made) == std::vector<std::string>{"ADT^A28 One", "ADT^A31 Two", "ADT^A28 Three"});
        CHECK(made[1].subject == "Patient/a/_history/2");
        CHECK(made[1].position == 2);
        CHECK(made[0].control_id != made[1].control_id);
        for (const Outgoing& one : made) CHECK(one.control_id.size() <= 20);
    }
    TEST_CASE("a change of what a report refers to sends the report again, once") {
        World world;
        world.person("a", "One");
        world.put("Observation", "o", R"("status":"final","valueString":"x")");
        world.put("DiagnosticReport", "r", R"("status":"final","subject":{"reference":"Patient/a"},"result":[{"reference":"Observation/o"}])");
        const auto whole = world.messages(rules_of("lab"));
        CHECK(told(whole) == std::vector<std::string>{"ADT^A28 One", "ORU^R01 One x"});
        world.clock.advance(1'000'000);
        world.put("Observation", "o", R"("status":"corrected","valueString":"y")");
        const Words words;
        const DestinationRules wanted = rules_of("lab");
        const auto feed = exchange::Feed::make(wanted, composer(), words, world.context);
        REQUIRE(feed);
        CHECK(told(feed->messages(*world.repository.ledger().read(3, 100), 1)) == std::vector<std::string>{"ORU^R01 One y"});
    }
    TEST_CASE("messages, criteria and lanes are a destination's own") {
        World world;
        world.person("a", "One");
        world.person("b", "Two");
        DestinationRules rules = rules_of("lab");
        rules.criteria = {"Patient?family=two"};
        rules.lanes = true;
        const auto made = world.messages(rules);
        CHECK(told(made) == std::vector<std::string>{"ADT^A28 Two"});
        CHECK(made[0].lane == "Patient/b");
        rules.criteria = {};
        rules.messages = {"ORU"};
        CHECK(world.messages(rules).empty());
        const Words words;
        for (const auto& wrong : {std::pair{"XXX", "Patient"}, {"ADT", "Nothing"}, {"ADT", "Patient?nothing=1"}}) {
            CAPTURE(wrong.second);
            rules.messages = {wrong.first};
            rules.criteria = {wrong.second};
            CHECK_FALSE(exchange::Feed::make(rules, composer(), words, world.context));
        }
    }
    TEST_CASE("what a channel brought does not go back there") {
        World world;
        const auto entry = world.repository.journal().record("ward", "1", "x", 1);
        auto document = fhir::codec::read_json(R"({"resourceType":"Patient","id":"a","name":[{"family":"One"}]})", world.context.schema.names());
        const fhir::codec::Stampable body(document->root(), "a");
        const std::vector<fhir::search::IndexValue> none;
        const store::Work work = [&](store::Transaction& transaction) -> base::Result<void> {
            TRY(transaction.put({"Patient", "a", &body, &none}));
            return transaction.settle(entry->number, {.answer = "AA"});
        };
        REQUIRE(world.repository.write(work));
        world.person("b", "Two");
        DestinationRules rules = rules_of("ward");
        CHECK(told(world.messages(rules)) == std::vector<std::string>{"ADT^A28 One", "ADT^A28 Two"});
        for (const char* name : {"ward", "*"}) {
            rules.except_from = {name};
            CHECK(told(world.messages(rules)) == std::vector<std::string>{"ADT^A28 Two"});
        }
    }
    TEST_CASE("I-34: no answer, rubbish, another's answer and refusals keep the order and the bytes") {
        World world;
        world.peer.script = {"nothing", "rubbish", "no", "other", "never", "yes"};
        exchange::Outbound outbound(world.context, world.repository.ledger(), world.repository.outbox(), world.repository.records(), composer(), world.log);
        DestinationRules rules = rules_of("lab");
        rules.first_wait = rules.longest_wait = 0;
        REQUIRE(outbound.add(rules, std::make_unique<Words>(), std::make_unique<Line>(world.peer)));
        outbound.start();
        for (const char* name : {"One", "Two", "Three"}) world.person(name, name);
        world.peer.await(6);
        outbound.stop();
        CHECK(world.peer.sent[0].ends_with(" One"));
        for (int i = 1; i < 4; ++i) CHECK(world.peer.sent[static_cast<std::size_t>(i)] == world.peer.sent[0]);
        CHECK(world.peer.sent[4].ends_with(" Two"));
        CHECK(world.peer.sent[5].ends_with(" Three"));
        const auto dead = outbound.list("lab", "dead", 0, 10);
        REQUIRE(dead->size() == 1);
        CHECK((*dead)[0].reason == "never");
        CHECK((*outbound.states())[0].queue.sent == 2);
        CHECK((*outbound.states())[0].unanswered == 2);

        // Again under the same roof: the queue goes on where it was, and the dead one is sent when an operator says so.
        exchange::Outbound later(world.context, world.repository.ledger(), world.repository.outbox(), world.repository.records(), composer(), world.log);
        REQUIRE(later.add(rules, std::make_unique<Words>(), std::make_unique<Line>(world.peer)));
        later.start();
        REQUIRE(later.replay((*dead)[0].number));
        world.peer.await(7);
        later.stop();
        CHECK(world.peer.sent[6] == world.peer.sent[4]);
        CHECK(world.peer.sent.size() == 7);
        CHECK((*later.states())[0].queue.sent == 3);
        CHECK_FALSE(later.discard((*dead)[0].number, "x"));
        CHECK_FALSE(later.pause("nobody", true));
    }
    TEST_CASE("a paused destination queues; both acknowledgements are waited for where both are wanted") {
        World world;
        world.peer.script = {"kept"};
        DestinationRules rules = rules_of("lab");
        rules.until = DestinationRules::Until::both;
        rules.paused = true;
        exchange::Outbound outbound(world.context, world.repository.ledger(), world.repository.outbox(), world.repository.records(), composer(), world.log);
        REQUIRE(outbound.add(rules, std::make_unique<Words>(), std::make_unique<Line>(world.peer)));
        outbound.start();
        world.person("a", "One");
        CHECK((*outbound.states())[0].paused);
        REQUIRE(outbound.pause("lab", false));
        world.peer.await(1);
        outbound.stop();
        CHECK((*outbound.states())[0].queue.sent == 1);
        CHECK(*world.repository.records().get("destination_paused:lab", 0) == "0");
        CHECK(outbound.metrics().find("andiron_destination_accepted_total{destination=\"lab\"} 1\n") != std::string::npos);
    }
    TEST_CASE("waits double up to the longest, give or take a fifth") {
        CHECK(exchange::back_off(1, 1000, 60'000, 0) == 800);
        CHECK(exchange::back_off(1, 1000, 60'000, 255) == 1200);
        CHECK(exchange::back_off(3, 1000, 60'000, 0) == 3200);
        CHECK(exchange::back_off(100, 1000, 60'000, 255) == 72'000);
        CHECK(exchange::back_off(1'000'000'000, 0, 60'000, 9) == 0);
    }
}
