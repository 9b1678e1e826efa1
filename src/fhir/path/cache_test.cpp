// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/cache.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>
#include <thread>

using namespace fhir::path;
using fhir::testing::r4;

TEST_SUITE("fhir/path/cache") {
    TEST_CASE("the same text gives the same program") {
        Cache cache(r4());
        const auto first = cache.get("1 + 1");
        const auto second = cache.get("1 + 1");
        REQUIRE(first);
        REQUIRE(second);
        CHECK(first->get() == second->get());
        CHECK(cache.size() == 1);
    }
    TEST_CASE("what was not asked for longest makes room, and lives on with who holds it") {
        Cache cache(r4(), 2);
        const auto kept = cache.get("1");
        REQUIRE(cache.get("2"));
        REQUIRE(cache.get("1"));
        REQUIRE(cache.get("3"));
        CHECK(cache.size() == 2);
        CHECK(cache.get("1")->get() == kept->get());
        const auto other = cache.get("2");
        CHECK(cache.size() == 2);
        CHECK(kept->get()->evaluate(Item{})->size() == 1);
        CHECK(other->get()->evaluate(Item{})->front().integer() == 2);
    }
    TEST_CASE("a text that is wrong is told each time and not kept") {
        Cache cache(r4());
        CHECK_FALSE(cache.get("1 +"));
        CHECK_FALSE(cache.get("1 +"));
        CHECK(cache.size() == 0);
    }
    TEST_CASE("threads share it") {
        Cache cache(r4(), 8);
        std::vector<std::thread> threads;
        std::vector<std::size_t> wrong(4);
        for (std::size_t t = 0; t < 4; ++t)
            threads.emplace_back([&cache, &count = wrong[t]] {
                for (int i = 0; i < 400; ++i) {
                    const auto program = cache.get(std::to_string(i % 16) + " + 1");
                    if (!program || program->get()->evaluate(Item{})->front().integer() != i % 16 + 1) ++count;
                }
            });
        for (auto& thread : threads) thread.join();
        for (const std::size_t count : wrong) CHECK(count == 0);
        CHECK(cache.size() <= 8);
    }
}
