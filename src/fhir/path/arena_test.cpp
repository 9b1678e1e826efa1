// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/trial.h"

#include <doctest/doctest.h>

using namespace fhir::path;
using namespace fhir::path::testing;

TEST_SUITE("fhir/path/arena") {
    TEST_CASE("text lives until the arena is cleared, and what was marked can be given back") {
        Arena arena(64);
        const std::string_view first = arena.keep("first");
        const Arena::Mark mark = arena.mark();
        for (int i = 0; i < 100; ++i) (void)arena.keep(std::string(100, 'x'));
        const std::size_t before = arena.used();
        CHECK(before > 10'000);
        arena.rewind(mark);
        CHECK(arena.used() == mark.used);
        const std::string_view second = arena.keep("second");
        CHECK(first == "first");
        CHECK(second == "second");
        arena.clear();
        CHECK(arena.used() == 0);
        CHECK(arena.keep("again") == "again");
    }
    TEST_CASE("what was taken last can be made longer in its place") {
        Arena arena(256);
        void* const taken = arena.take(16);
        CHECK(arena.extend(taken, 16, 32));
        CHECK_FALSE(arena.extend(taken, 16, 64));
        CHECK_FALSE(arena.extend(taken, 32, 4'096));
    }
    TEST_CASE("an answer keeps its texts") {
        const auto program = Program::compile("name.select(given.first() & '!')", r4());
        REQUIRE(program);
        auto answer = program->evaluate(patient().root());
        REQUIRE(answer);
        const Answer moved = *std::move(answer);
        REQUIRE(moved.size() == 2);
        CHECK(moved[0].text == "Ada!");
        CHECK(moved[1].text == "Addy!");
    }
    TEST_CASE("questions of truth leave nothing behind") {
        const auto program = Program::compile("name.where(given.first() & 'x' = 'Adax').exists()", r4());
        REQUIRE(program);
        Arena arena;
        const Item context = resource_item(patient().root(), r4());
        const auto holds = program->holds(context, {}, arena);
        REQUIRE(holds);
        CHECK(*holds);
        CHECK(arena.used() == 0);
    }
    TEST_CASE("memory is bounded, whatever text an expression grows") {
        for (const char* text : {"(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|29|30).aggregate($total & $total, 'aaaaaaaa').length()",
                                 "(1|2|3|4|5|6|7|8|9|10|11|12).aggregate($total.replace('a', 'aaaaaaaaaa'), 'a').length()",
                                 "(1|2|3|4|5|6|7|8|9|10|11|12).aggregate($total.replaceMatches('a', 'aaaaaaaaaa'), 'a').length()",
                                 "(1|2|3|4|5|6|7|8|9|10|11|12).aggregate(($total | ($total & '.')).join($total), 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').length()",
                                 "(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|29|30).aggregate($total.combine($total), 1).count()",
                                 "(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|29|30).aggregate($total.encode('hex'), 'aaaaaa').length()",
                                 "(1|2|3|4|5|6|7|8|9|10|11|12).aggregate($total.replace('', 'aaaaaaaaaaaaaaaaaaaaa'), 'a').length()"}) {
            const auto program = Program::compile(text, r4());
            REQUIRE_MESSAGE(program, text);
            Environment environment;
            environment.bytes = 4U << 20U;
            const auto result = program->evaluate(patient().root(), environment);
            REQUIRE_MESSAGE(!result, text);
            CHECK_MESSAGE(result.fault().kind == base::Fault::Kind::too_costly, text);
        }
    }
}
