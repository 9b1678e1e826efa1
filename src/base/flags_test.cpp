// SPDX-License-Identifier: Apache-2.0
#include "base/flags.h"

#include <doctest/doctest.h>

namespace {

struct Given {
    bool loud = false;
    std::string name = "nobody";
    std::vector<std::string> many, words;
    std::int64_t count = 1;
    std::string wrong;  // what was said of them
};

Given read(const std::vector<std::string>& words, bool others = true) {
    Given given;
    base::Flags flags;
    flags.sign("--loud", given.loud).text("--name", given.name).texts("--many", given.many).number("--count", given.count, 1, 10);
    if (others) flags.others(given.words);
    const auto done = flags.read(words);
    if (!done) given.wrong = done.fault().text;
    return given;
}

}  // namespace

TEST_SUITE("base/flags") {
    TEST_CASE("what is not said keeps what it was") {
        const Given given = read({});
        CHECK(!given.loud);
        CHECK(given.name == "nobody");
        CHECK(given.count == 1);
        CHECK(given.wrong.empty());
    }

    TEST_CASE("flags and words come in any order, values as the next word or behind an equals sign") {
        const Given given = read({"a", "--loud", "--name", "Ann", "b", "--many=1=2", "--many", "-", "-", "--count=10"});
        CHECK(given.loud);
        CHECK(given.name == "Ann");
        CHECK(given.many == std::vector<std::string>{"1=2", "-"});
        CHECK(given.words == std::vector<std::string>{"a", "b", "-"});
        CHECK(given.count == 10);
        CHECK(given.wrong.empty());
    }

    TEST_CASE("a value may look like a flag, and behind two dashes every word is one") {
        const Given given = read({"--name", "--loud", "--", "--name", "--"});
        CHECK(given.name == "--loud");
        CHECK(!given.loud);
        CHECK(given.words == std::vector<std::string>{"--name", "--"});
    }

    TEST_CASE("what is wrong is named") {
        CHECK(read({"--quiet"}).wrong == "unknown flag --quiet");
        CHECK(read({"--quiet=1"}).wrong == "unknown flag --quiet");
        CHECK(read({"--name"}).wrong == "--name needs a value");
        CHECK(read({"--loud=yes"}).wrong == "--loud takes no value");
        CHECK(read({"--count", "11"}).wrong == "--count takes a number, 1 to 10, not 11");
        CHECK(read({"--count="}).wrong == "--count takes a number, 1 to 10, not ");
        CHECK(read({"word"}, false).wrong == "unknown argument word");
    }
}
