// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the outbox of every engine must do, and the origins of the ledger. Joined as repository_contract.h says, with
//
//     store::durable::Outbox& outbox();

#include "store/contract_fixture.h"
#include "store/durable/outbox.h"

#include <doctest/doctest.h>

namespace store::contract {

inline durable::Outgoing outgoing(const std::string& control_id, const std::string& lane = "") {
    durable::Outgoing message;
    message.lane = lane;
    message.position = 7;
    message.subject = "Patient/1/_history/1";
    message.kind = "ADT^A28";
    message.control_id = control_id;
    message.made = message.due = 1000;
    message.status = "waiting";
    message.bytes = "MSH|" + control_id;
    return message;
}

TEST_CASE_TEMPLATE_DEFINE("an outbox keeps what goes out", E, contract_outbox) {
    E engine;
    durable::Outbox& outbox = engine.outbox();

    SUBCASE("a stretch of the ledger is queued once") {
        CHECK(*outbox.follow("lab", 5) == 5);
        CHECK(*outbox.follow("lab", 99) == 5);
        REQUIRE(outbox.enqueue("lab", 5, 9, {outgoing("A"), outgoing("B")}));
        const auto again = outbox.enqueue("lab", 5, 9, {outgoing("A"), outgoing("B")});
        REQUIRE_FALSE(again);
        CHECK(again.fault().kind == base::Fault::Kind::conflict);
        CHECK_FALSE(outbox.enqueue("nobody", 0, 1, {}));
        CHECK(*outbox.follow("lab", 0) == 9);
        const auto waiting = outbox.waiting("lab", 10);
        REQUIRE(waiting->size() == 2);
        CHECK((*waiting)[0].control_id == "A");
        CHECK((*waiting)[0].bytes.empty());
        CHECK((*waiting)[1].number > (*waiting)[0].number);
        CHECK(outbox.waiting("lab", 1)->size() == 1);
        CHECK(outbox.waiting("ward", 10)->empty());
        const auto whole = outbox.read((*waiting)[1].number);
        REQUIRE(whole->has_value());
        CHECK((*whole)->bytes == "MSH|B");
        CHECK((*whole)->position == 7);
        CHECK((*whole)->subject == "Patient/1/_history/1");
        CHECK((*whole)->kind == "ADT^A28");
        CHECK_FALSE(outbox.read(99)->has_value());
    }
    SUBCASE("what was tried in vain waits in its place, what is settled does not wait") {
        CHECK(*outbox.follow("lab", 0) == 0);
        REQUIRE(outbox.enqueue("lab", 0, 3, {outgoing("A"), outgoing("B"), outgoing("C")}));
        const auto first = outbox.waiting("lab", 1)->at(0).number;
        REQUIRE(outbox.tried(first, 5000, "no answer", ""));
        CHECK(outbox.waiting("lab", 1)->at(0).number == first);
        CHECK(outbox.waiting("lab", 1)->at(0).attempts == 1);
        CHECK(outbox.waiting("lab", 1)->at(0).due == 5000);
        CHECK(outbox.waiting("lab", 1)->at(0).reason == "no answer");
        REQUIRE(outbox.settle(first, "sent", "", std::string("AA\0", 3), 6000));
        CHECK((*outbox.read(first))->attempts == 2);
        CHECK((*outbox.read(first))->answer == std::string("AA\0", 3));
        CHECK(outbox.tried(first, 7000, "", "").fault().kind == base::Fault::Kind::missing);
        const auto second = outbox.waiting("lab", 1)->at(0).number;
        REQUIRE(outbox.settle(second, "dead", "AE", "", 7000));
        auto counts = outbox.counts();
        CHECK((*counts)["lab"].waiting == 1);
        CHECK((*counts)["lab"].sent == 1);
        CHECK((*counts)["lab"].dead == 1);
        CHECK((*counts)["lab"].oldest == 1000);
        CHECK(outbox.list("lab", "dead", 0, 10)->size() == 1);
        CHECK(outbox.list("", "", first, 10)->size() == 2);
        CHECK(outbox.list("lab", "", 0, 10)->size() == 3);
        REQUIRE(outbox.revive(second, 8000));
        CHECK(outbox.waiting("lab", 1)->at(0).number == second);
        CHECK(outbox.waiting("lab", 1)->at(0).attempts == 0);
        CHECK(outbox.revive(second, 8000).fault().kind == base::Fault::Kind::missing);
        CHECK(outbox.settle(first, "discarded", "too late", "", 8000).fault().kind == base::Fault::Kind::missing);
        CHECK(outbox.settle(first, "dead", "too late", "", 8000).fault().kind == base::Fault::Kind::missing);
        CHECK((*outbox.read(first))->status == "sent");
        REQUIRE(outbox.settle(second, "discarded", "not wanted", "", 9000));
        CHECK(outbox.settle(second, "dead", "AE", "", 8000).fault().kind == base::Fault::Kind::missing);
        CHECK((*outbox.read(second))->reason == "not wanted");
        CHECK(*outbox.sweep("lab", 9000) == 1);
        CHECK(*outbox.sweep("ward", 9001) == 0);
        CHECK(*outbox.sweep("lab", 9001) == 1);
        CHECK_FALSE(outbox.read(first)->has_value());
        CHECK(outbox.settle(first, "sent", "", "", 1).fault().kind == base::Fault::Kind::missing);
    }
    SUBCASE("the ledger tells which channel brought a change") {
        Repository& repository = engine.repository();
        const auto entry = engine.journal().record("ward", "1", "bytes", 1);
        REQUIRE(put(repository, "Patient", "before", 1));
        const Work work = [&](Transaction& transaction) -> base::Result<void> {
            TRY(put(transaction, "Patient", "one", 1));
            TRY(put(transaction, "Patient", "two", 1));
            return transaction.settle(entry->number, {.answer = "AA"});
        };
        REQUIRE(repository.write(work));
        REQUIRE(put(repository, "Patient", "behind", 1));
        const auto entries = engine.ledger().read(0, 10);
        REQUIRE(entries->size() == 4);
        CHECK((*entries)[0].origin.empty());
        CHECK((*entries)[1].origin == "ward");
        CHECK((*entries)[2].origin == "ward");
        CHECK((*entries)[3].origin.empty());
        CHECK(*verify(engine.ledger()) == 4);
    }
}

}  // namespace store::contract
