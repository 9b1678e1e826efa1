// SPDX-License-Identifier: Apache-2.0
#include "exchange/order.h"
#include "exchange/share.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <utility>

namespace {

// Writes down whose turn came.
struct Hall {
    std::string turns;
    std::vector<exchange::Order::Work> ready;
    exchange::Order order{[this](exchange::Order::Work work) { ready.push_back(std::move(work)); }};

    bool go(const exchange::Order::Held& place, char name) {
        const bool now = order.go(place, [this, name] { turns += name; });
        if (now) turns += name;
        return now;
    }
    void run() {
        for (auto& work : std::exchange(ready, {})) work();
    }
};

}  // namespace

TEST_SUITE("exchange/order") {
    TEST_CASE("those of one key go in order of arrival, whoever is ready first") {
        Hall hall;
        const auto a = hall.order.arrive({"p1"}), b = hall.order.arrive({"p1"}), c = hall.order.arrive({"p1"});
        CHECK_FALSE(hall.go(c, 'c'));
        CHECK_FALSE(hall.go(b, 'b'));
        CHECK(hall.go(a, 'a'));
        hall.order.leave(a);
        hall.run();
        CHECK(hall.turns == "ab");
        hall.order.leave(b);
        hall.run();
        CHECK(hall.turns == "abc");
    }
    TEST_CASE("another key does not wait, nor does who has none") {
        Hall hall;
        const auto a = hall.order.arrive({"p1"}), b = hall.order.arrive({"p1"});
        CHECK(hall.go(a, 'a'));
        CHECK_FALSE(hall.go(b, 'b'));
        CHECK(hall.go(hall.order.arrive({"p2"}), 'c'));
        CHECK(hall.go(hall.order.arrive({}), 'd'));
    }
    TEST_CASE("who has several keys waits for all of them, and holds all of them") {
        Hall hall;
        const auto a = hall.order.arrive({"p1"}), b = hall.order.arrive({"p2"});
        const auto merge = hall.order.arrive({"p1", "p2", "p1"});
        const auto c = hall.order.arrive({"p2"});
        CHECK_FALSE(hall.go(merge, 'm'));
        CHECK_FALSE(hall.go(c, 'c'));
        CHECK(hall.go(a, 'a'));
        CHECK(hall.go(b, 'b'));
        hall.order.leave(a);
        hall.run();
        CHECK(hall.turns == "ab");
        hall.order.leave(b);
        hall.run();
        CHECK(hall.turns == "abm");
        hall.order.leave(merge);
        hall.run();
        CHECK(hall.turns == "abmc");
    }
    TEST_CASE("who gives up in the middle is passed over") {
        Hall hall;
        const auto a = hall.order.arrive({"p1"}), b = hall.order.arrive({"p1"}), c = hall.order.arrive({"p1"});
        CHECK_FALSE(hall.go(c, 'c'));
        hall.order.leave(b);
        hall.order.leave(b);
        hall.run();
        CHECK(hall.turns.empty());
        hall.order.leave(a);
        hall.run();
        CHECK(hall.turns == "c");
    }
}

TEST_SUITE("exchange/share") {
    TEST_CASE("a channel whose work hangs holds its own threads only") {
        base::WorkerPool pool(4, 100);
        const auto slow = std::make_shared<exchange::Share>(pool, 2), quick = std::make_shared<exchange::Share>(pool, 2);
        std::promise<void> release;
        const std::shared_future<void> wait = release.get_future().share();
        std::atomic<int> hung{0};
        for (int i = 0; i < 50; ++i)
            slow->run([&hung, wait] {
                ++hung;
                wait.wait();
            });
        std::promise<void> all;
        std::atomic<int> done{0};
        for (int i = 0; i < 200; ++i)
            quick->run([&] {
                if (++done == 200) all.set_value();
            });
        all.get_future().wait();
        CHECK(hung <= 2);
        CHECK(slow->waiting() >= 48);
        release.set_value();
        pool.drain();
    }
}
