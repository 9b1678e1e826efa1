// SPDX-License-Identifier: Apache-2.0
#include "base/worker.h"

#include <doctest/doctest.h>

#include <future>
#include <stdexcept>

TEST_SUITE("base/worker") {
    TEST_CASE("everything that was taken is done before drain returns") {
        std::atomic<int> sum{0};
        base::WorkerPool pool(2, 1000);
        for (int i = 1; i <= 100; ++i) CHECK(pool.submit([&sum, i](std::stop_token) { sum += i; }));
        pool.drain();
        CHECK(sum == 5050);
        CHECK(pool.done() == 100);
        CHECK_FALSE(pool.submit([](std::stop_token) {}));
    }
    TEST_CASE("a full queue refuses at once") {
        std::promise<void> begun;
        std::promise<void> go_on;
        base::WorkerPool pool(1, 2);
        CHECK(pool.submit([&](std::stop_token) {
            begun.set_value();
            go_on.get_future().wait();
        }));
        begun.get_future().wait();
        CHECK(pool.submit([](std::stop_token) {}));
        CHECK(pool.submit([](std::stop_token) {}));
        CHECK_FALSE(pool.submit([](std::stop_token) {}));
        CHECK(pool.waiting() == 2);
        go_on.set_value();
        pool.drain();
        CHECK(pool.done() == 3);
    }
    TEST_CASE("an exception is counted and the thread goes on") {
        base::WorkerPool pool(1, 10);
        CHECK(pool.submit([](std::stop_token) { throw std::runtime_error("x"); }));
        CHECK(pool.submit([](std::stop_token) { throw 42; }));
        CHECK(pool.submit([](std::stop_token) {}));
        pool.drain();
        CHECK(pool.failed() == 2);
        CHECK(pool.done() == 1);
    }
    TEST_CASE("a stopped pool drops what waits and goes on refusing") {
        std::promise<void> begun;
        std::promise<void> go_on;
        base::WorkerPool pool(1, 10);
        std::atomic<bool> ran{false};
        CHECK(pool.submit([&](std::stop_token stop) {
            begun.set_value();
            const std::stop_callback told(stop, [&] { go_on.set_value(); });
            go_on.get_future().wait();
        }));
        begun.get_future().wait();
        CHECK(pool.submit([&](std::stop_token) { ran = true; }));
        pool.stop();
        CHECK_FALSE(ran);
        CHECK(pool.waiting() == 0);
        CHECK_FALSE(pool.submit([](std::stop_token) {}));
        pool.stop();  // once more does nothing
    }
    TEST_CASE("running work is told to stop when the pool goes") {
        std::promise<void> begun;
        std::atomic<bool> told{false};
        {
            base::WorkerPool pool(1, 10);
            CHECK(pool.submit([&](std::stop_token stop) {
                begun.set_value();
                std::mutex mutex;
                std::condition_variable_any changed;
                std::unique_lock lock(mutex);
                changed.wait(lock, stop, [] { return false; });
                told = stop.stop_requested();
            }));
            begun.get_future().wait();
        }
        CHECK(told);
    }
}
