// SPDX-License-Identifier: Apache-2.0
#include "server/http/documents.h"

#include <doctest/doctest.h>

using namespace server::http;

namespace {
Told told(std::string text, std::string tag) { return {std::make_shared<const std::string>(std::move(text)), std::move(tag)}; }
}  // namespace

TEST_SUITE("server/http/documents") {
    TEST_CASE("a document is made once while it is fresh, and stays while it says the same") {
        base::FixedClock clock(1);
        Documents documents(clock);
        int made = 0;
        const auto make = [&]() -> base::Result<Told> { return told("made " + std::to_string(++made), "same"); };
        CHECK(*documents.get("a", make)->text == "made 1");
        CHECK(*documents.get("a", make)->text == "made 1");
        CHECK(made == 1);
        CHECK(*documents.get("b", make)->text == "made 2");
        clock.advance(10'000'000);
        CHECK(*documents.get("a", make)->text == "made 1");
        CHECK(made == 3);
        CHECK(*documents.get("a", [] { return base::Result<Told>(told("other", "other")); })->text == "made 1");
        clock.advance(10'000'000);
        CHECK(*documents.get("a", [] { return base::Result<Told>(told("other", "other")); })->text == "other");
    }
    TEST_CASE("a fault is told and not kept, and many keys do not grow without end") {
        base::FixedClock clock(1);
        Documents documents(clock);
        CHECK_FALSE(documents.get("a", [] { return base::Result<Told>(base::Fault{base::Fault::Kind::malformed, "no"}); }));
        int made = 0;
        const auto make = [&]() -> base::Result<Told> { return told("x", std::to_string(++made)); };
        for (int i = 0; i < 100; ++i) {
            clock.advance(1);
            CHECK(documents.get(std::to_string(i), make));
        }
        CHECK(documents.get("99", make)->tag == "100");
        CHECK(documents.get("0", make)->tag == "101");
    }
}
