// SPDX-License-Identifier: Apache-2.0
#include "exchange/outbound.h"

#include "exchange/outbound_references.h"
#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/testing.h"
#include "store/memory.h"

#include <doctest/doctest.h>

#include <atomic>
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
    std::function<void(std::size_t)> meanwhile{};  // happens before the answer to the n-th

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
        if (peer_.meanwhile) peer_.meanwhile(peer_.sent.size());
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

// An outbox whose disk is full for a while: so many of the next calls of a kind fail.
class FullOutbox final : public store::durable::Outbox {
public:
    explicit FullOutbox(store::durable::Outbox& behind) : behind_(behind) {}
    std::atomic<int> follows{0}, queueings{0}, lists{0}, readings{0}, settlements{0}, countings{0};

    base::Result<store::Position> follow(const std::string& destination, store::Position begin) override {
        if (fails(follows)) return full();
        return behind_.follow(destination, begin);
    }
    base::Result<void> enqueue(const std::string& destination, store::Position from, store::Position upto, const std::vector<Outgoing>& messages) override {
        if (fails(queueings)) return full();
        return behind_.enqueue(destination, from, upto, messages);
    }
    base::Result<std::vector<Outgoing>> waiting(const std::string& destination, int count) override {
        if (fails(lists)) return full();
        return behind_.waiting(destination, count);
    }
    base::Result<std::optional<Outgoing>> read(std::int64_t number) override {
        if (fails(readings)) return full();
        return behind_.read(number);
    }
    base::Result<void> tried(std::int64_t number, base::Micros due, const std::string& reason, const std::string& answer) override {
        if (fails(settlements)) return full();
        return behind_.tried(number, due, reason, answer);
    }
    base::Result<void> settle(std::int64_t number, const std::string& status, const std::string& reason, const std::string& answer, base::Micros now) override {
        if (fails(settlements)) return full();
        return behind_.settle(number, status, reason, answer, now);
    }
    base::Result<void> revive(std::int64_t number, base::Micros now) override { return behind_.revive(number, now); }
    base::Result<std::vector<Outgoing>> list(const std::string& destination, const std::string& status, std::int64_t after, int count) override {
        return behind_.list(destination, status, after, count);
    }
    base::Result<std::map<std::string, store::durable::OutboxCounts>> counts() override {
        if (fails(countings)) return full();
        return behind_.counts();
    }
    base::Result<std::int64_t> sweep(const std::string& destination, base::Micros before) override { return behind_.sweep(destination, before); }

private:
    static bool fails(std::atomic<int>& times) { return times > 0 && times-- > 0; }
    static base::Fault full() { return {base::Fault::Kind::unavailable, "the disk is full"}; }
    store::durable::Outbox& behind_;
};

const mapping::Composer& composer() {
    static const mapping::Composer made = [] {
        static terminology::ConceptMaps codes;
        static const terminology::Naming naming;
        std::string folder = (std::filesystem::temp_directory_path() / "maps-XXXXXX").string();
        REQUIRE(::mkdtemp(folder.data()) != nullptr);
        std::ofstream(folder + "/words.map") << "message ADT^A28^ADT_A05 from Patient\non created\n$this -> PID\n"
                                                "('AllergyIntolerance?patient=Patient/' & id).resolve().entry.resource -> AL1\n\n"
                                                "message ADT^A31^ADT_A05 from Patient\non updated\nwhen %before.name.family != name.family\n$this -> PID\n\n"
                                                "message ORU^R01^ORU_R01 from DiagnosticReport\nalso Observation by result\nsubject.resolve() -> PID\nresult.resolve() -> OBX\n\n"
                                                "map AllergyIntolerance to AL1\nwhen code.text != 'none'\ncode.text -> AL1-3\n\n"
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
        world.put("AllergyIntolerance", "void", R"("code":{"text":"none"},"patient":{"reference":"Patient/a"})");
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
    TEST_CASE("what came of a try is written down before anything else is sent, however long the disk is full") {
        World world;
        FullOutbox outbox(world.repository.outbox());
        exchange::Outbound outbound(world.context, world.repository.ledger(), outbox, world.repository.records(), composer(), world.log);
        DestinationRules rules = rules_of("lab");
        rules.first_wait = rules.longest_wait = 0;
        world.peer.script = {"yes", "never", "nothing"};
        REQUIRE(outbound.add(rules, std::make_unique<Words>(), std::make_unique<Line>(world.peer)));
        outbox.settlements = 5;
        outbound.start();
        for (const char* name : {"One", "Two", "Three"}) world.person(name, name);
        world.peer.await(4);
        outbound.stop();
        REQUIRE(world.peer.sent.size() == 4);
        CHECK(world.peer.sent[0].ends_with(" One"));
        CHECK(world.peer.sent[1].ends_with(" Two"));
        CHECK(world.peer.sent[2] == world.peer.sent[3]);
        CHECK((*outbound.states())[0].queue.sent == 2);
        CHECK((*outbound.states())[0].queue.dead == 1);
    }
    TEST_CASE("a queue that cannot be written or read for a moment loses nothing and doubles nothing") {
        World world;
        FullOutbox outbox(world.repository.outbox());
        exchange::Outbound outbound(world.context, world.repository.ledger(), outbox, world.repository.records(), composer(), world.log);
        outbox.follows = 1;
        DestinationRules rules = rules_of("lab");
        rules.first_wait = rules.longest_wait = 0;
        CHECK_FALSE(outbound.add(rules, std::make_unique<Words>(), std::make_unique<Line>(world.peer)));
        REQUIRE(outbound.add(rules, std::make_unique<Words>(), std::make_unique<Line>(world.peer)));
        outbox.queueings = outbox.readings = outbox.lists = 1;
        outbound.start();
        for (const char* name : {"One", "Two"}) world.person(name, name);
        world.peer.await(2);
        outbound.stop();
        CHECK(world.peer.sent.size() == 2);
        CHECK((*outbound.states())[0].queue.sent == 2);
        outbox.countings = 2;
        CHECK_FALSE(outbound.states());
        CHECK(outbound.metrics().empty());
    }
    TEST_CASE("an operator discards what waits or is dead and not what was sent, and says why") {
        World world;
        exchange::Outbound outbound(world.context, world.repository.ledger(), world.repository.outbox(), world.repository.records(), composer(), world.log);
        world.peer.script = {"never"};
        REQUIRE(outbound.add(rules_of("lab"), std::make_unique<Words>(), std::make_unique<Line>(world.peer)));
        outbound.start();
        world.person("a", "One");
        world.person("b", "Two");
        world.peer.await(2);
        outbound.stop();
        CHECK(outbound.discard(1, "").fault().kind == base::Fault::Kind::invalid);
        REQUIRE(outbound.discard(1, "a test"));
        CHECK((**outbound.show(1)).reason == "a test");
        CHECK(outbound.discard(2, "a test").fault().kind == base::Fault::Kind::missing);
        CHECK(outbound.discard(9, "a test").fault().kind == base::Fault::Kind::missing);
        CHECK((**outbound.show(2)).status == "sent");
    }
    TEST_CASE("rules that cannot be followed are refused with their destination's name") {
        World world;
        const Words words;
        struct Wrong {
            std::string messages, criteria, why;
        };
        for (const Wrong& one : {Wrong{"XYZ", "", "no map makes XYZ"}, Wrong{"", "Foo?name=x", "there is no resource type Foo"},
                                 Wrong{"", "Patient?name=%Z", "cannot be read"}, Wrong{"", "Patient?nam=x", "nam"}}) {
            DestinationRules rules = rules_of("lab");
            if (!one.messages.empty()) rules.messages = {one.messages};
            if (!one.criteria.empty()) rules.criteria = {one.criteria};
            const auto feed = exchange::Feed::make(rules, composer(), words, world.context);
            REQUIRE_FALSE(feed);
            CHECK_MESSAGE(feed.fault().text.starts_with("destinations.lab: "), feed.fault().text);
            CHECK_MESSAGE(feed.fault().text.find(one.why) != std::string::npos, feed.fault().text);
        }
    }
    TEST_CASE("what an operator discards while it is on its way stays discarded, unless it was accepted") {
        World world;
        exchange::Outbound outbound(world.context, world.repository.ledger(), world.repository.outbox(), world.repository.records(), composer(), world.log);
        REQUIRE(outbound.add(rules_of("lab"), std::make_unique<Words>(), std::make_unique<Line>(world.peer)));
        world.peer.script = {"never", "yes"};
        world.peer.meanwhile = [&outbound](std::size_t number) { REQUIRE(outbound.discard(static_cast<std::int64_t>(number), "not wanted")); };
        outbound.start();
        world.person("a", "One");
        world.person("b", "Two");
        world.peer.await(2);
        outbound.stop();
        CHECK((**outbound.show(1)).status == "discarded");
        CHECK((**outbound.show(1)).reason == "not wanted");
        CHECK((**outbound.show(2)).status == "sent");
        CHECK(world.peer.sent.size() == 2);
    }
    TEST_CASE("a message's lane is that of whose it is, whoever else is spoken of") {
        const auto lane = [](const std::string& json) {
            const auto document = fhir::codec::read_json(json, fhir::testing::r4().names());
            REQUIRE(document);
            return exchange::patient_of(document->root());
        };
        CHECK(lane(R"({"resourceType":"Patient","id":"1"})") == "Patient/1");
        CHECK(lane(R"({"resourceType":"Observation","focus":[{"reference":"Patient/baby"}],"subject":{"reference":"Patient/mother"}})") == "Patient/mother");
        CHECK(lane(R"({"resourceType":"Immunization","patient":{"reference":"Patient/1/_history/3"}})") == "Patient/1");
        CHECK(lane(R"({"resourceType":"Appointment","participant":[{"actor":{"reference":"Location/l"}},{"actor":{"reference":"Patient/1"}}]})") == "Patient/1");
        CHECK(lane(R"({"resourceType":"Observation","subject":{"reference":"Group/1"}})").empty());
        CHECK(lane(R"({"resourceType":"Basic","id":"1"})").empty());
    }
    TEST_CASE("what a report refers to may be within it, at our own address, elsewhere, or gone") {
        World world;
        world.rules.own_bases = {"http://us/fhir"};
        world.person("a", "One");
        world.put("Observation", "o", R"("valueString":"Late")");
        world.put("DiagnosticReport", "in", R"("contained":[{"resourceType":"Patient","id":"p","name":[{"family":"Within"}]}],"subject":{"reference":"#p"})");
        world.put("DiagnosticReport", "own", R"("subject":{"reference":"http://us/fhir/Patient/a"},"result":[{"reference":"Observation/o"},{"reference":"Observation/none"}])");
        world.put("DiagnosticReport", "else", R"("subject":{"reference":"http://them/fhir/Patient/a"},"result":[{"reference":"#none"},{"reference":"urn:uuid:1"},{"display":"x"}])");
        const std::vector<std::string> all = told(world.messages(rules_of("lab")));
        CHECK(all == std::vector<std::string>{"ADT^A28 One", "ORU^R01 Within", "ORU^R01 One Late", "ORU^R01"});
    }
    TEST_CASE("waits double up to the longest, give or take a fifth") {
        CHECK(exchange::back_off(1, 1000, 60'000, 0) == 800);
        CHECK(exchange::back_off(1, 1000, 60'000, 255) == 1200);
        CHECK(exchange::back_off(3, 1000, 60'000, 0) == 3200);
        CHECK(exchange::back_off(100, 1000, 60'000, 255) == 72'000);
        CHECK(exchange::back_off(1'000'000'000, 0, 60'000, 9) == 0);
    }
}
