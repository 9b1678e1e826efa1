// SPDX-License-Identifier: Apache-2.0
#include "exchange/desk.h"

#include "base/text.h"
#include "exchange/account.h"
#include "exchange/desk_report.h"
#include "exchange/testing.h"
#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"
#include "interaction/knowledge/definitions.h"
#include "interaction/knowledge/knowledge.h"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace fhir::literals;
using base::Fault;
using exchange::Desk;
using store::durable::State;

namespace {

// "ID FAMILY" is a patient. Families that `refused` holds cannot be read: the map that an operator mends.
class Words final : public mapping::Tongue {
public:
    explicit Words(const fhir::Names& names) : names_(names) {}
    std::string control_id(std::string_view bytes) const override { return std::string(bytes.substr(0, bytes.find(' '))); }
    base::Result<mapping::Translation> translate(std::string_view bytes, base::Micros received) const override {
        const auto [id, family] = base::cut(bytes, ' ');
        if (const auto now = std::exchange(meanwhile, nullptr)) now();
        if (family == "Bug") throw std::runtime_error("x");
        if (family == "Away") return Fault{Fault::Kind::unavailable, "not now"};
        if (refused.find(family) != std::string::npos)
            return Fault{Fault::Kind::invalid, "no such family", "W-2", base::IssueType::code_invalid, {{base::Severity::error, base::IssueType::value, "W-2", "unknown"}}};
        fhir::Builder build(names_);
        build.resource("Patient");
        build.value("id"_name, id);
        if (!status.empty()) {
            build.open(build.name("maritalStatus"));
            build.open("coding"_name, true);
            build.value("system"_name, "urn:id:WARD");
            build.value("code"_name, status);
            build.close();
            build.close();
        }
        build.open("name"_name, true);
        build.value("family"_name, family);
        build.value("text"_name, std::to_string(received));
        build.close();
        mapping::Translation translation;
        translation.entries.push_back({"Patient", std::string(id), mapping::Entry::Mode::merge, std::move(build).finish(), {}});
        translation.atoms = 3;
        translation.kept = 2;
        translation.residue = {{"W-3"}};
        return translation;
    }
    std::string answer(std::string_view bytes, const Fault* fault, std::string_view id, base::Micros) const override {
        return (fault ? "no " : "yes ") + control_id(bytes) + " " + std::string(id);
    }
    base::Result<std::string> describe(std::string_view bytes) const override { return "{\"text\":\"" + std::string(bytes) + "\"}"; }
    std::string refused;
    mutable std::function<void()> meanwhile{};  // happens once, while a message is read
    std::string status;  // a code of WARD for everybody

private:
    const fhir::Names& names_;
};

struct World : exchange::testing::World {
    Words words{schema.names()};
    std::shared_ptr<exchange::Inbound> ward = std::make_shared<exchange::Inbound>("ward", words, repository.journal(), context, committer);
    Desk desk{repository.journal(), repository.ledger(), context,
              [this](const std::string& name) { return name == "ward" ? ward : std::shared_ptr<exchange::Inbound>(); }};

    std::int64_t version(const std::string& id) { return exchange::testing::World::version("Patient", id); }
    std::string send(const std::string& message) {
        clock.advance(1'000'000);
        return ward->receive(message);
    }
    Desk::Entry entry(std::int64_t number) {
        auto found = desk.read(number);
        return found ? *std::move(found) : Desk::Entry{};
    }
};

}  // namespace

TEST_SUITE("exchange/desk") {
    TEST_CASE("a message that failed waits with its reason and place, and tells what it is") {
        World world;
        world.words.refused = "Ng";
        const std::string refusal = world.send("p1 Ng");
        CHECK(refusal.starts_with("no p1"));
        const Desk::Entry entry = world.entry(1);
        CHECK(entry.state == State::failed);
        CHECK(entry.reason.text == "no such family");
        CHECK(entry.reason.kind == "invalid");
        CHECK(entry.reason.type == "code-invalid");
        CHECK(entry.reason.where == "W-2");
        CHECK(*world.desk.tree(entry) == R"({"text":"p1 Ng"})");
        CHECK(world.desk.bundle(entry).fault().kind == Fault::Kind::invalid);
        const std::string json = exchange::entry_json(entry, {});
        CHECK(json.find(R"("reason":{"text":"no such family","kind":"invalid","code":"code-invalid","where":"W-2"})") != std::string::npos);
        CHECK(json.find("Ng") == std::string::npos);
        CHECK(world.desk.read(7).fault().kind == Fault::Kind::missing);
    }
    TEST_CASE("a replay under mended maps stores it, and its repeat hears so") {
        World world;
        world.words.refused = "Ng";
        const std::string refusal = world.send("p1 Ng");
        const auto again = world.desk.replay(1, "ann");
        REQUIRE(again);
        CHECK(again->state == State::failed);
        CHECK(again->fault->text == "no such family");
        CHECK(world.send("p1 Ng") == refusal);

        world.words.refused.clear();
        const auto well = world.desk.replay(1, "ann");
        REQUIRE(well);
        CHECK(well->state == State::answered);
        CHECK_FALSE(well->fault);
        CHECK(world.version("p1") == 1);
        const std::string accepted = world.send("p1 Ng");
        CHECK(accepted.starts_with("yes p1"));
        CHECK(world.send("p1 Ng") == accepted);
        CHECK(world.version("p1") == 1);
        const Desk::Entry entry = world.entry(1);
        CHECK(entry.by == "ann");
        CHECK(entry.reason.text.empty());
        CHECK(entry.account.residue == 1);
        const auto wrote = world.desk.wrote(entry, 10);
        REQUIRE(wrote);
        REQUIRE(wrote->size() == 1);
        CHECK(wrote->front().id == "p1");
        CHECK(wrote->front().version == 1);
        CHECK(world.desk.trace(entry)->find(R"("residue":["W-3"])") != std::string::npos);
        CHECK(world.desk.bundle(entry)->find("Ng") != std::string::npos);
    }
    TEST_CASE("what the desk shows of a message is what is stored of it, standard codes and all") {
        World world;
        interaction::Definitions definitions{[] {
            fhir::definition::Library library = fhir::testing::library();
            library.add(*fhir::codec::read_json(R"({"resourceType":"ConceptMap","url":"http://example.org/ward","status":"active","group":[
                {"source":"urn:id:WARD","target":"http://example.org/standard","element":[{"code":"W","target":[{"code":"widowed","equivalence":"equal"}]}]}]})",
                                                fhir::testing::r4().names()));
            return std::make_shared<const interaction::Knowledge>(std::move(library), nullptr, fhir::validate::Fetch{});
        }};
        world.context.definitions = &definitions;
        world.words.status = "W";
        REQUIRE(world.send("p1 Ng").starts_with("yes"));
        const std::string both = R"("maritalStatus":{"coding":[{"system":"urn:id:WARD","code":"W"},{"system":"http://example.org/standard","code":"widowed"}]})";
        CHECK(world.body("Patient", "p1").find(both) != std::string::npos);
        CHECK(world.desk.bundle(world.entry(1))->find(both) != std::string::npos);
    }
    TEST_CASE("a replay of what was accepted keeps the first answer and changes nothing, whatever it meets") {
        World world;
        const std::string accepted = world.send("p1 Ng");
        REQUIRE(world.desk.replay(1, "ann")->state == State::answered);
        CHECK(world.version("p1") == 1);
        CHECK(world.send("p1 Ng") == accepted);
        world.words.refused = "Ng";
        const auto refused = world.desk.replay(1, "ann");
        REQUIRE(refused);
        CHECK(refused->state == State::answered);
        CHECK(refused->fault);
        CHECK(world.entry(1).reason.text == "no such family");
        CHECK(world.entry(1).account.kept == 2);
        CHECK(world.send("p1 Ng") == accepted);
        CHECK(world.desk.counts()->all.failed == 0);
    }
    TEST_CASE("an edited copy takes the place of the original, whose sender hears of it") {
        World world;
        world.words.refused = "Ng Nh";
        const std::string refusal = world.send("p1 Ng");
        CHECK(world.desk.edit(1, "p1 Ng", "ann").fault().kind == Fault::Kind::invalid);
        const auto still = world.desk.edit(1, "p1 Nh", "ann");
        REQUIRE(still);
        CHECK(still->number == 2);
        CHECK(still->state == State::failed);
        CHECK(world.entry(1).state == State::replayed);
        CHECK(world.entry(2).origin == 1);
        CHECK(world.entry(2).by == "ann");
        CHECK(world.send("p1 Ng") == refusal);
        CHECK(world.desk.edit(1, "p1 Ni", "bob").fault().kind == Fault::Kind::conflict);
        CHECK(world.desk.replay(1, "bob").fault().kind == Fault::Kind::conflict);

        const auto well = world.desk.edit(2, "p1 Nguyen", "bob");
        REQUIRE(well);
        CHECK(well->number == 3);
        CHECK(well->state == State::answered);
        const std::string accepted = world.send("p1 Ng");
        CHECK(accepted.starts_with("yes p1"));
        CHECK(world.send("p1 Nh").starts_with("yes p1"));
        CHECK(world.version("p1") == 1);
        // The same edit once more, and another edit of what was accepted: nobody's answer changes again.
        CHECK(world.desk.edit(2, "p1 Nguyen", "bob")->number == 3);
        CHECK(world.version("p1") == 1);
        REQUIRE(world.desk.edit(3, "p1 Nguyen-Le", "bob")->state == State::answered);
        CHECK(world.version("p1") == 2);
        CHECK(world.send("p1 Ng") == accepted);
        CHECK(world.desk.counts()->all.failed == 0);
        CHECK(world.desk.counts()->all.replayed == 3);
    }
    TEST_CASE("what is discarded is kept, and its repeat hears a refusal") {
        World world;
        world.words.refused = "Ng";
        const std::string refusal = world.send("p1 Ng");
        const auto gone = world.desk.discard(1, "sent by mistake", "ann");
        REQUIRE(gone);
        CHECK(gone->state == State::discarded);
        CHECK(gone->reason.text == "sent by mistake");
        CHECK(gone->by == "ann");
        CHECK(world.send("p1 Ng") == refusal);
        CHECK(world.desk.discard(1, "another", "bob")->reason.text == "sent by mistake");
        world.send("p2 Le");
        CHECK(world.desk.discard(2, "no", "ann").fault().kind == Fault::Kind::conflict);
        // Back again.
        world.words.refused.clear();
        CHECK(world.desk.replay(1, "ann")->state == State::answered);
        CHECK(world.send("p1 Ng").starts_with("yes"));
    }
    TEST_CASE("a message without answer can be discarded: its sender gets one") {
        World world;
        world.send("p1 Away");
        CHECK(world.entry(1).state == State::received);
        REQUIRE(world.desk.discard(1, "poison", "ann"));
        const std::string answer = world.send("p1 Away");
        CHECK(answer.starts_with("no p1"));
        CHECK(world.send("p1 Away") == answer);
    }
    TEST_CASE("all that failed are replayed in order of arrival, a part at a time") {
        World world;
        world.words.refused = "Ng";
        for (int i = 0; i < 7; ++i) world.send("p" + std::to_string(i % 3) + " " + std::string(i < 6 ? "Ng" : "Le"));
        // p0, p1 and p2 failed; their repeats were answered from the journal; "p0 Le" is stored.
        CHECK(world.desk.counts()->all.failed == 3);
        world.words.refused.clear();
        std::vector<std::int64_t> ran;
        Desk::Wanted wanted{.count = 2};
        while (true) {
            const auto batch = world.desk.replay_all(wanted, "ann", 1'000'000);
            REQUIRE(batch);
            for (const Desk::Ran& one : batch->ran) {
                ran.push_back(one.number);
                CHECK(one.state == State::answered);
            }
            if (batch->next == 0) break;
            wanted.after = batch->next;
            wanted.until = batch->until;
        }
        CHECK(ran == std::vector<std::int64_t>{1, 2, 3});
        CHECK(world.desk.counts()->all.failed == 0);
        CHECK(world.desk.replay_all({}, "ann", 1'000'000)->ran.empty());
        CHECK_FALSE(world.desk.replay_all({.state = State::replayed}, "ann", 1));
    }
    TEST_CASE("a replay of many stops where the server cannot go on, and tells it") {
        World world;
        world.send("p1 Away");
        world.send("p2 Away");
        const auto batch = world.desk.replay_all({.state = State::received}, "ann", 1'000'000);
        REQUIRE(batch);
        CHECK(batch->ran.size() == 1);
        CHECK(batch->stopped);
        CHECK(world.desk.counts()->all.received == 2);
    }
    TEST_CASE("a replay of many goes past what was settled, swept or left without a channel meanwhile, and tells of each") {
        World world;
        world.words.refused = "Ng";
        for (const char* message : {"p1 Ng", "p2 Ng", "p3 Ng", "p4 Ng"}) world.send(message);
        const auto old = world.repository.journal().record("old", "1", "p5 Ng", 1);
        REQUIRE(world.repository.journal().settle(old->number, {.state = State::failed, .time = 1}));
        world.words.refused.clear();
        world.words.meanwhile = [&] {  // while the first one runs
            CHECK(world.desk.replay_all({}, "bob", 1'000'000).fault().kind == Fault::Kind::unavailable);
            REQUIRE(world.desk.replay(2, "bob"));
            REQUIRE(world.desk.discard(3, "swept", "bob"));
        };
        const auto batch = world.desk.replay_all({}, "ann", 1'000'000);
        REQUIRE(batch);
        REQUIRE(batch->ran.size() == 5);
        CHECK(batch->ran[0].state == State::answered);
        CHECK(batch->ran[1].state == State::answered);
        CHECK(world.entry(2).by == "bob");
        CHECK(batch->ran[2].state == State::discarded);
        CHECK(batch->ran[3].state == State::answered);
        CHECK(batch->ran[4].fault->kind == Fault::Kind::missing);
        REQUIRE(world.repository.journal().sweep(world.clock.now() + 1, 10));
        const auto swept = world.desk.replay_all({.state = State::discarded}, "ann", 1'000'000);
        REQUIRE(swept->ran.size() == 1);
        CHECK(swept->ran[0].fault->kind == Fault::Kind::gone);
        CHECK(world.desk.bundle(world.entry(3)).fault().kind == Fault::Kind::gone);
    }
    TEST_CASE("a replay of many that takes too long tells where to go on, after one at least") {
        World world;
        world.words.refused = "Ng";
        for (const char* message : {"p1 Ng", "p2 Ng", "p3 Ng"}) world.send(message);
        const auto batch = world.desk.replay_all({}, "ann", 0);
        REQUIRE(batch);
        CHECK(batch->ran.size() == 1);
        CHECK(batch->next == 1);
        CHECK(exchange::batch_json(*batch) ==
              R"({"messages":[{"number":1,"status":"failed","fault":{"text":"no such family","kind":"invalid","code":"code-invalid","where":"W-2"}}],"next":1,"until":)" +
                  std::to_string(batch->until) + "}");
    }
    TEST_CASE("a message that still waits is corrected: its sender hears of the correction, and then of its fate") {
        World world;
        world.send("p1 Away");
        REQUIRE(world.desk.edit(1, "p1 Bug", "ann")->state == State::received);
        CHECK(world.send("p1 Away").starts_with("no p1"));
        CHECK(world.entry(1).reason.kind == "conflict");
        CHECK(world.desk.discard(1, "too late", "bob").fault().kind == Fault::Kind::conflict);
        CHECK(world.desk.replay(2, "bob")->fault->kind == Fault::Kind::bug);
        CHECK(world.entry(2).state == State::received);
        REQUIRE(world.desk.edit(2, "p1 Ng", "ann")->state == State::answered);
        CHECK(world.send("p1 Away").starts_with("yes p1"));
    }
    TEST_CASE("a correction waits while the journal cannot say whose it is") {
        World world;
        world.words.refused = "Ng";
        world.send("p1 Ng");
        exchange::testing::FullJournal journal(world.repository.journal());
        const auto ward = std::make_shared<exchange::Inbound>("ward", world.words, journal, world.context, world.committer);
        Desk desk{journal, world.repository.ledger(), world.context, [&](const std::string&) { return ward; }};
        world.words.meanwhile = [&] { journal.readings = 1; };
        const auto ran = desk.edit(1, "p1 Le", "ann");
        REQUIRE(ran);
        CHECK(ran->state == State::received);
        CHECK(ran->fault->kind == Fault::Kind::unavailable);
        CHECK(world.version("p1") == 0);
        CHECK(*desk.resume() == 1);
        CHECK(world.send("p1 Ng").starts_with("yes"));
        journal.lists = 2;
        CHECK_FALSE(desk.resume());
        CHECK_FALSE(desk.replay_all({}, "ann", 1));
        journal.readings = 1;
        CHECK_FALSE(desk.discard(1, "x", "ann"));
    }
    TEST_CASE("the desk's reports leave out what is not there") {
        World world;
        world.words.refused = "Ng";
        const base::Micros first = world.clock.now() + 1'000'000;
        world.send("p1 Ng");
        world.send("p1 Le");
        const std::string time = base::instant(first);
        CHECK(exchange::entry_json(world.entry(1)) == R"({"number":1,"status":"failed","channel":"ward","controlId":"p1","received":")" + time + R"(","settled":")" + time +
                                                          R"(","reason":{"text":"no such family","kind":"invalid","code":"code-invalid","where":"W-2"},)" +
                                                          R"("atoms":{"sent":0,"kept":0,"dropped":0,"residue":0}})");
        const auto second = world.entry(2);
        const std::string whole = exchange::entry_json(second, *world.desk.wrote(second, 10));
        CHECK(whole.find(R"("reusedControlId":true,"bytes":5,"remarks":{"residue":["W-3"],"findings":[]},"wrote":["Patient/p1/_history/1"]})") != std::string::npos);
        CHECK(exchange::entry_json(second, {}).ends_with(R"("wrote":[],"moreWrote":1})"));
        CHECK(world.desk.wrote(world.entry(1), 10)->empty());
        CHECK(exchange::ran_json({2, State::answered}) == R"({"number":2,"status":"answered"})");
        const std::string one = R"({"received":0,"answered":1,"failed":1,"discarded":0,"replayed":0})";
        CHECK(exchange::counts_json(*world.desk.counts(), world.clock.now()) == R"({"all":)" + one + R"(,"channels":{"ward":)" + one + R"(},"oldestUnansweredSeconds":0})");
        world.send("p3 Away");
        world.clock.advance(5'500'000);
        CHECK(exchange::counts_json(*world.desk.counts(), world.clock.now()).ends_with(R"("oldestUnansweredSeconds":5})"));
        CHECK(world.desk.trace(second)->find(R"({"resources":[{"resource":"Patient/p1","elements":[]}],"atoms":{"sent":3,"kept":2,"dropped":0,"residue":1},"remarks":)") == 0);
    }
    TEST_CASE("I-07: a sender that repeats while an operator replays: one of them settles it, and both tell the same") {
        World world;
        for (int round = 0; round < 20; ++round) {
            const std::string message = "r" + std::to_string(round) + " Ng";
            const auto entry = world.repository.journal().record("ward", "r" + std::to_string(round), message, 1);
            REQUIRE(entry);
            std::string answer;
            std::thread sender([&] { answer = world.ward->receive(message); });
            const auto ran = world.desk.replay(entry->number, "ann");
            sender.join();
            REQUIRE(ran);
            CHECK(ran->state == State::answered);
            CHECK(world.version("r" + std::to_string(round)) == 1);
            CHECK(answer == world.entry(entry->number).answer);
            CHECK(world.ward->receive(message) == answer);
        }
    }
    TEST_CASE("a copy whose run a crash interrupted is run at the next start") {
        World world;
        world.words.refused = "Ng";
        world.send("p1 Ng");
        REQUIRE(world.repository.journal().amend(1, {.state = State::replayed, .from = State::failed, .reason = world.entry(1).reason, .by = "ann", .time = 5},
                                                 "p1", "p1 Nguyen"));
        CHECK(*world.desk.resume() == 1);
        CHECK(world.entry(2).state == State::answered);
        CHECK(world.entry(2).by == "ann");
        CHECK(world.send("p1 Ng").starts_with("yes"));
        CHECK(*world.desk.resume() == 0);
        CHECK(world.version("p1") == 1);
    }
    TEST_CASE("what was swept cannot be shown or run, and a channel that is gone runs nothing") {
        World world;
        world.send("p1 Ng");
        REQUIRE(world.repository.journal().sweep(world.clock.now() + 1, 10));
        CHECK(world.desk.replay(1, "ann").fault().kind == Fault::Kind::gone);
        CHECK(world.desk.tree(world.entry(1)).fault().kind == Fault::Kind::gone);
        REQUIRE(world.repository.journal().record("old", "1", "p1 Ng", 1));
        CHECK(world.desk.replay(2, "ann").fault().kind == Fault::Kind::missing);
        CHECK(world.desk.discard(2, "its line is gone", "ann"));
    }
    TEST_CASE("an account is bounded and says nothing of values") {
        mapping::Translation translation;
        for (int i = 0; i < 300; ++i) translation.residue.push_back({"OBX[" + std::to_string(i) + "]-5"});
        for (int i = 0; i < 150; ++i) translation.findings.push_back({base::Severity::warning, base::IssueType::value, "OBX", std::string(2000, 'x')});
        const auto account = exchange::account_of(translation);
        CHECK(account.residue == 300);
        CHECK(account.remarks.find(R"("moreResidue":200)") != std::string::npos);
        CHECK(account.remarks.find(R"("moreFindings":50)") != std::string::npos);
        CHECK(account.remarks.size() < 100'000);
        CHECK(exchange::account_of(mapping::Translation{}).remarks.empty());
    }
}
