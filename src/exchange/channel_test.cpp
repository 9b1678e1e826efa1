// SPDX-License-Identifier: Apache-2.0
#include "exchange/channel.h"

#include "base/text.h"
#include "exchange/testing.h"
#include "fhir/tree/builder.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace fhir::literals;

namespace {

// "ID NAME": a patient. Words in front: "LATER ..." is deferred, "ACK ..." an acknowledgement, "a;b" two messages, "[a;b]" two
// that are answered as one. NAME "BAD" cannot be read, "BUG" throws, "FULL" is unavailable while `full`, "WAIT" waits for `gate`.
class Words final : public mapping::Tongue {
public:
    explicit Words(const fhir::Names& names) : names_(names) {}

    static std::vector<std::string> parts(std::string_view bytes) {
        std::vector<std::string> words;
        for (std::string_view word : base::split(bytes, ' '))
            if (word != "LATER" && word != "ACK") words.emplace_back(word);
        words.resize(3);
        return words;
    }
    mapping::Parcel open(std::string_view bytes) const override {
        if (bytes.starts_with('[')) return {base::split(bytes.substr(1, bytes.size() - 2), ';'), true};
        return {base::split(bytes, ';'), false};
    }
    mapping::Envelope envelope(std::string_view bytes) const override {
        mapping::Envelope envelope;
        envelope.control_id = parts(bytes)[0] + parts(bytes)[2];
        envelope.application = parts(bytes)[1];
        envelope.facility = "F";
        envelope.keys = {parts(bytes)[0]};
        envelope.deferred = bytes.starts_with("LATER");
        envelope.acknowledgement = bytes.starts_with("ACK");
        return envelope;
    }
    std::string seal(std::string_view, const std::vector<std::string>& answers, std::string_view id, base::Micros now) const override {
        std::string all;
        for (const std::string& one : answers) all += one.substr(0, one.find(' ')) + ";";
        return "[" + all + "]" + std::string(id) + ' ' + std::to_string(now);
    }
    std::string control_id(std::string_view bytes) const override { return envelope(bytes).control_id; }
    base::Result<void> admit(std::string_view bytes) const override {
        if (parts(bytes)[1] == "NOT") return base::Fault{base::Fault::Kind::unsupported, "not here"};
        return {};
    }
    base::Result<mapping::Translation> translate(std::string_view bytes, base::Micros) const override {
        const auto words = parts(bytes);
        if (words[1] == "BAD") return base::Fault{base::Fault::Kind::malformed, "cannot be read"};
        if (words[1] == "BUG") {
            if (meanwhile) std::exchange(meanwhile, nullptr)();
            throw std::runtime_error("x");
        }
        if (words[1] == "FULL" && full) return base::Fault{base::Fault::Kind::unavailable, "the disk is full"};
        if (words[1] == "WAIT") gate.wait();
        fhir::Builder build(names_);
        build.resource("Patient");
        build.value("id"_name, words[0]);
        build.open("name"_name, true);
        build.value("family"_name, words[1] + words[2]);
        build.close();
        mapping::Translation translation;
        translation.entries.push_back({"Patient", words[0], mapping::Entry::Mode::merge, std::move(build).finish(), {}});
        return translation;
    }
    std::string answer(std::string_view, const base::Fault* fault, std::string_view id, base::Micros) const override {
        return (fault ? "no:" + fault->text : std::string("yes")) + " " + std::string(id);
    }
    std::string commit_answer(std::string_view, const base::Fault* fault, std::string_view id, base::Micros) const override {
        return (fault ? "notkept:" + fault->text : std::string("kept")) + " " + std::string(id);
    }

    std::atomic<bool> full{false};
    mutable std::function<void()> meanwhile{};  // happens once, before BUG throws
    std::promise<void> opening;
    std::shared_future<void> gate{opening.get_future().share()};

private:
    const fhir::Names& names_;
};

struct World : exchange::testing::World {
    explicit World(exchange::ChannelRules wanted = {}) : rules_(std::move(wanted)) {
        rules_.name = "ward";
        begin();
    }
    ~World() { workers.drain(); }

    // A channel as a new process would have it.
    void begin() {
        channel = std::make_shared<exchange::Channel>(rules_, words, journal, context, committer, std::make_shared<exchange::Share>(workers, 8),
                                                      [this](base::Micros delay, std::function<void()> work) {
                                                          const std::lock_guard lock(mutex);
                                                          pauses.push_back(delay);
                                                          later.push_back(std::move(work));
                                                          changed.notify_all();
                                                      });
    }

    // All that is said to the message, in order, once it is complete.
    using Answers = std::vector<std::string>;
    std::future<Answers> send(const std::string& bytes, const std::string& subject = {}) {
        struct Heard {
            std::mutex mutex;
            Answers answers;
            std::promise<Answers> all;
        };
        const auto heard = std::make_shared<Heard>();
        auto future = heard->all.get_future();
        channel->receive(bytes, {"192.0.2.1", subject}, [heard, this](mapping::Said said) {
            const std::lock_guard lock(heard->mutex);
            heard->answers.push_back(said.broken ? "broken" : said.answer);
            {
                const std::lock_guard all(mutex);
                ++said_;
                changed.notify_all();
            }
            if (said.last) heard->all.set_value(heard->answers);
        });
        return future;
    }
    void await_said(int count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return said_ >= count; });
    }
    std::function<void()> await_later() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !later.empty(); });
        auto work = std::move(later.front());
        later.erase(later.begin());
        return work;
    }
    std::string body(const std::string& id) { return exchange::testing::World::body("Patient", id); }

    exchange::ChannelRules rules_;
    exchange::testing::FullJournal journal{repository.journal()};
    std::shared_ptr<Words> words = std::make_shared<Words>(schema.names());
    std::mutex mutex;
    std::condition_variable changed;
    int said_ = 0;
    std::vector<std::function<void()>> later;
    std::vector<base::Micros> pauses;
    base::WorkerPool workers{8, 1000};
    std::shared_ptr<exchange::Channel> channel;
};

bool begins(const std::string& text, const char* with) { return text.starts_with(with); }

}  // namespace

TEST_SUITE("exchange/channel") {
    TEST_CASE("messages about one patient are worked on as they arrived, others do not wait") {
        World world;
        auto slow = world.send("p1 WAIT");
        std::vector<std::future<World::Answers>> behind;
        for (int i = 0; i < 30; ++i) behind.push_back(world.send("p1 N" + std::to_string(i)));
        CHECK(begins(world.send("p2 Ng").get().at(0), "yes"));
        CHECK(world.body("p1").empty());
        world.words->opening.set_value();
        for (auto& one : behind) CHECK(begins(one.get().at(0), "yes"));
        CHECK(begins(slow.get().at(0), "yes"));
        CHECK(world.body("p1").find("\"N29\"") != std::string::npos);
        CHECK((*world.repository.snapshot()->read("Patient", "p1"))->version == 31);
    }
    TEST_CASE("a strict channel works on one message at a time, in the order of arrival") {
        exchange::ChannelRules rules;
        rules.ordering = exchange::ChannelRules::Ordering::strict;
        World world(rules);
        auto slow = world.send("p1 WAIT");
        auto next = world.send("p2 Ng");
        CHECK(world.body("p2").empty());
        world.words->opening.set_value();
        CHECK(begins(slow.get().at(0), "yes"));
        CHECK(begins(next.get().at(0), "yes"));
    }
    TEST_CASE("a deferred message is answered when it is kept, and again when it is stored; its repeat gets both byte for byte") {
        World world;
        const auto first = world.send("LATER p1 Ng").get();
        REQUIRE(first.size() == 2);
        CHECK(begins(first[0], "kept "));
        CHECK(begins(first[1], "yes "));
        world.clock.advance(5'000'000);
        CHECK(world.send("LATER p1 Ng").get() == first);
        CHECK(world.channel->counts().repeated == 1);
        CHECK((*world.repository.snapshot()->read("Patient", "p1"))->version == 1);
    }
    TEST_CASE("a deferred message that fails has been kept first; one that its head refuses has not") {
        World world;
        const auto bad = world.send("LATER p1 BAD").get();
        REQUIRE(bad.size() == 2);
        CHECK(begins(bad[0], "kept "));
        CHECK(begins(bad[1], "no:cannot be read "));
        CHECK(world.send("LATER p1 BAD").get() == bad);
        const auto refused = world.send("LATER p1 NOT").get();
        REQUIRE(refused.size() == 1);
        CHECK(begins(refused[0], "notkept:not here "));
        CHECK(world.send("LATER p1 NOT").get() == refused);
        CHECK(world.repository.journal().counts()->all.failed == 2);
    }
    TEST_CASE("what fails for a moment after it was told as kept is tried again, and keeps its place") {
        World world;
        world.words->full = true;
        auto first = world.send("LATER p1 FULL");
        auto again = world.await_later();
        auto behind = world.send("LATER p1 Ng");
        world.await_said(2);
        CHECK(world.body("p1").empty());
        again();
        again = world.await_later();
        CHECK(world.pauses == std::vector<base::Micros>{1'000'000, 2'000'000});
        world.words->full = false;
        again();
        CHECK(begins(first.get().at(1), "yes"));
        CHECK(begins(behind.get().at(1), "yes"));
        CHECK(world.body("p1").find("\"Ng\"") != std::string::npos);
        CHECK(world.repository.journal().counts()->all.received == 0);
    }
    TEST_CASE("what fails for a moment and was not told as kept is left to its repeat") {
        World world;
        world.words->full = true;
        CHECK(begins(world.send("p1 FULL").get().at(0), "no:the disk is full"));
        CHECK(world.repository.journal().counts()->all.received == 1);
        world.words->full = false;
        CHECK(begins(world.send("p1 FULL").get().at(0), "yes"));
    }
    TEST_CASE("I-09: what was told as kept when the process ended is worked on at the next start, in order, without its sender") {
        World world;
        REQUIRE(world.repository.journal().record("ward", "p1", "LATER p1 Ng", 1));
        REQUIRE(world.repository.journal().record("ward", "p1", "LATER p1 Nguyen", 2));
        REQUIRE(world.repository.journal().record("ward", "p2", "p2 Ng", 3));
        REQUIRE(world.repository.journal().record("lab", "p3", "LATER p3 Ng", 4));
        REQUIRE(world.repository.journal().record("ward", "p4", "LATER p4 NOT", 4));
        const auto count = world.channel->resume();
        REQUIRE(count);
        CHECK(*count == 2);
        // Its sender repeats it all the same: it gets the answers, and nothing changes.
        const auto repeat = world.send("LATER p1 Nguyen").get();
        REQUIRE(repeat.size() == 2);
        CHECK(begins(repeat[0], "kept"));
        CHECK(begins(repeat[1], "yes"));
        CHECK(world.body("p1").find("Nguyen") != std::string::npos);
        CHECK((*world.repository.snapshot()->read("Patient", "p1"))->version == 2);
        CHECK(world.body("p2").empty());
        CHECK(world.body("p3").empty());
        CHECK(world.repository.journal().counts()->all.received == 3);
    }
    TEST_CASE("the journal knows a message and its fate at once, and a repeat gets the same answer") {
        World world;
        const auto first = world.send("p1 Ng").get();
        REQUIRE(first.size() == 1);
        const auto entry = *world.repository.journal().read(1);
        REQUIRE(entry);
        CHECK(entry->state == store::durable::State::answered);
        CHECK(entry->answer == first[0]);
        CHECK(entry->wrote_until > entry->wrote_after);
        CHECK(world.send("p1 Ng").get() == first);
        CHECK(world.channel->counts().repeated == 1);
        CHECK(world.send("p1 BAD").get() == world.send("p1 BAD").get());
        CHECK(world.repository.journal().counts()->all.failed == 1);
        // What was journaled before its turn, by an earlier process, is worked on as it stands there.
        REQUIRE(world.repository.journal().record("ward", "p2", "p2 Ng", 1));
        CHECK(begins(world.send("p2 Ng").get().at(0), "yes"));
        CHECK(world.repository.journal().counts()->all.answered == 2);
        CHECK(world.repository.journal().counts()->all.received == 0);
    }
    TEST_CASE("our own mistake is told; a deferred message then waits for an operator, another for its repeat") {
        World world;
        CHECK(begins(world.send("p1 BUG").get().at(0), "no:"));
        CHECK(world.repository.journal().counts()->all.received == 1);
        const auto both = world.send("LATER p2 BUG").get();
        REQUIRE(both.size() == 2);
        CHECK(begins(both[1], "no:"));
        CHECK(world.repository.journal().counts()->all.failed == 1);
        CHECK(begins(world.send("p1 Ng").get().at(0), "yes"));
    }
    TEST_CASE("I-30: an acknowledgement is neither kept nor answered, and is counted") {
        World world;
        CHECK(world.send("ACK p1 x").get() == World::Answers{""});
        CHECK(world.channel->counts().ignored == 1);
        CHECK(world.repository.journal().counts()->all.received == 0);
    }
    TEST_CASE("I-31: a sender that is not allowed is told so and leaves no trace in the journal") {
        exchange::ChannelRules rules;
        rules.senders = {{"LAB", "*"}};
        rules.peers = {{"lab", "CN=lab", {}}, {"ward", "CN=ward", {{"WARD", "F"}}}};
        World world(rules);
        CHECK(begins(world.send("p1 LAB", "CN=lab").get().at(0), "yes"));
        CHECK(begins(world.send("p1 WARD", "CN=lab").get().at(0), "no:this sender"));
        CHECK(begins(world.send("p2 WARD", "CN=ward").get().at(0), "yes"));
        CHECK(begins(world.send("p2 LAB", "CN=ward").get().at(0), "no:this sender"));
        CHECK(world.channel->counts().refused == 2);
        CHECK(world.repository.journal().counts()->all.received == 0);
        CHECK(world.channel->knows("CN=ward"));
        CHECK_FALSE(world.channel->knows("CN=other"));
        CHECK_FALSE(world.channel->knows(""));
    }
    TEST_CASE("I-08: a control id that was there with other bytes is another message, or waits for an operator") {
        World open;
        CHECK(begins(open.send("p1 Ng").get().at(0), "yes"));
        CHECK(begins(open.send("p1 Nguyen").get().at(0), "yes"));
        exchange::ChannelRules rules;
        rules.refuse_reused_ids = true;
        World closed(rules);
        CHECK(begins(closed.send("p1 Ng").get().at(0), "yes"));
        CHECK(begins(closed.send("p1 Nguyen").get().at(0), "no:another message"));
        CHECK(closed.body("p1").find("Nguyen") == std::string::npos);
        CHECK(closed.repository.journal().counts()->all.failed == 1);
    }
    TEST_CASE("a refusal that cannot be written down is tried again, and stays a refusal, also over a restart") {
        exchange::ChannelRules rules;
        rules.refuse_reused_ids = true;
        World world(rules);
        CHECK(begins(world.send("LATER p1 Ng").get().at(1), "yes"));
        world.journal.settlements = 1;
        auto told = world.send("LATER p1 Nguyen");
        const auto again = world.await_later();
        CHECK(world.repository.journal().counts()->all.received == 1);

        // The process ends here; the next one finds the message in the journal.
        world.begin();
        CHECK(*world.channel->resume() == 1);
        world.workers.drain();
        CHECK((*world.repository.journal().read(2))->state == store::durable::State::failed);
        CHECK(world.body("p1").find("Nguyen") == std::string::npos);
    }
    TEST_CASE("a refusal that an operator was faster than tells what he did") {
        World world;
        world.words->meanwhile = [&] {
            REQUIRE(world.repository.journal().settle(1, {.state = store::durable::State::discarded, .answer = "put aside", .by = "ann", .time = 5}));
        };
        CHECK(world.send("LATER p1 BUG").get().at(1) == "put aside");
        CHECK(world.repository.journal().counts()->all.discarded == 1);
        CHECK(world.repository.journal().counts()->all.failed == 0);
    }
    TEST_CASE("what the journal cannot take is told so, and nothing of it is stored") {
        World world;
        world.journal.records = 1;
        CHECK(begins(world.send("LATER p1 Ng").get().at(0), "notkept:the disk is full"));
        CHECK(world.channel->counts().not_kept == 1);
        world.journal.findings = 1;  // whether it was here cannot be told: recording it tells
        CHECK(begins(world.send("p2 Ng").get().at(0), "yes"));
        world.journal.findings = 1;
        world.journal.records = 1;
        CHECK(begins(world.send("p3 Ng").get().at(0), "no:the disk is full"));
        CHECK(world.body("p1").empty());
        CHECK(world.body("p3").empty());
    }
    TEST_CASE("what was told as kept and cannot be read in the journal now is read later") {
        World world;
        REQUIRE(world.repository.journal().record("ward", "p1", "LATER p1 Ng", 1));
        const auto before = world.send("p1 WAIT");  // its turn comes behind this one
        CHECK(*world.channel->resume() == 1);
        world.journal.readings = 1;
        world.words->opening.set_value();
        world.await_later()();
        world.workers.drain();
        CHECK(world.body("p1").find("\"Ng\"") != std::string::npos);
        world.journal.lists = 1;
        CHECK(world.channel->resume().fault().kind == base::Fault::Kind::unavailable);
    }
    TEST_CASE("a channel's plan limits what its messages write") {
        exchange::ChannelRules rules;
        permission::Plan plan = *permission::unlimited();
        fhir::search::Reach reach;
        reach.allow("Observation");
        plan.create = plan.update = reach;
        rules.plan = std::make_shared<const permission::Plan>(std::move(plan));
        World world(rules);
        CHECK(begins(world.send("p1 Ng").get().at(0), "no:"));
        CHECK(world.body("p1").empty());
        CHECK(world.repository.journal().counts()->all.failed == 1);
    }
    TEST_CASE("I-26: several messages that come as one are each taken for itself, and answered in their order") {
        World world;
        const auto answers = world.send("p1 Ng;p2 BAD;p1 Nguyen").get();
        REQUIRE(answers.size() == 3);
        CHECK(begins(answers[0], "yes"));
        CHECK(begins(answers[1], "no:"));
        CHECK(begins(answers[2], "yes"));
        CHECK(world.body("p1").find("Nguyen") != std::string::npos);
        const auto sealed = world.send("[p3 Ng;p4 BAD;LATER p5 Ng]").get();
        REQUIRE(sealed.size() == 1);
        CHECK(begins(sealed[0], "[yes;no:cannot;yes;]"));
        CHECK(world.channel->counts().messages == 6);
        CHECK(world.repository.journal().counts()->all.answered == 4);
        world.clock.advance(60'000'000);
        CHECK(world.send("[p3 Ng;p4 BAD;LATER p5 Ng]").get() == sealed);
        CHECK(world.send("[p3 Ng;p4 BAD]").get() != sealed);
        CHECK(world.repository.journal().counts()->all.answered == 4);
    }
}
