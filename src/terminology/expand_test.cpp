// SPDX-License-Identifier: Apache-2.0
#include "terminology/expand.h"

#include "terminology/testing.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace terminology {

namespace {

using terminology::testing::colours;
using terminology::testing::library;
using terminology::testing::read;

constexpr std::string_view everything = R"({"resourceType":"ValueSet","url":"http://example.org/vs/all","compose":{"include":[{"system":"http://example.org/colours"}]}})";

// The codes, one after another; "!" and the kind of fault when there are none.
std::string listed(std::string_view set, const ExpandQuestion& question = {}) {
    const auto definitions = library({colours, everything});
    const Catalog catalog(definitions, 1U << 20U);
    const ValueSet linked = catalog.link(read(set).root(), {});
    const auto made = expand(linked, question, nullptr);
    if (!made) return fmt::format("!{}", static_cast<int>(made.fault().kind));
    std::string all;
    for (const Expanded& each : made->codes) all += fmt::format("{}{} ", each.code, each.inactive ? "-" : each.abstract ? "*" : "");
    return all + fmt::format("of {}", made->total);
}

std::string composed(std::string_view include, std::string_view rest = "") {
    return fmt::format(R"({{"resourceType":"ValueSet","url":"http://example.org/vs/x","compose":{{"include":[{}]{}}}}})", include, rest);
}

}  // namespace

TEST_SUITE("terminology/expand") {
    TEST_CASE("a whole system comes in its own order, with what is abstract and inactive") {
        CHECK(listed(everything) == "warm* red crimson orange cold* blue grey- of 7");
        CHECK(listed(everything, {.active_only = true}) == "warm* red crimson orange cold* blue of 6");
    }

    TEST_CASE("pages") {
        CHECK(listed(everything, {.offset = 1, .count = 2}) == "red crimson of 7");
        CHECK(listed(everything, {.offset = 9, .count = 2}) == "of 7");
        CHECK(listed(everything, {.count = 0}) == "of 7");
        CHECK(listed(everything, {.most = 3}) == fmt::format("!{}", static_cast<int>(base::Fault::Kind::too_costly)));
    }

    TEST_CASE("words of the filter begin words of the display") {
        CHECK(listed(everything, {.filter = "CR"}) == "crimson of 1");
        CHECK(listed(everything, {.filter = "rot"}) == "red of 1");
        CHECK(listed(everything, {.filter = "imson"}) == "of 0");
    }

    TEST_CASE("listed codes keep their order, and codes that do not exist are left out") {
        CHECK(listed(composed(R"({"system":"http://example.org/colours","concept":[{"code":"blue"},{"code":"nothing"},{"code":"red"},{"code":"blue"}]})")) ==
              "blue red of 2");
    }

    TEST_CASE("excluding, importing and filtering") {
        CHECK(listed(composed(R"({"valueSet":["http://example.org/vs/all"]})",
                              R"(,"exclude":[{"system":"http://example.org/colours","filter":[{"property":"concept","op":"is-a","value":"warm"}]}])")) ==
              "cold* blue grey- of 3");
        CHECK(listed(composed(R"({"system":"http://example.org/colours","filter":[{"property":"concept","op":"descendent-of","value":"warm"}],
                                 "valueSet":["http://example.org/vs/all"]})")) == "red crimson orange of 3");
        CHECK(listed(composed(R"({"system":"http://example.org/colours"})", R"(,"inactive":false)")) == "warm* red crimson orange cold* blue of 6");
    }

    TEST_CASE("what cannot be listed is a fault that says why") {
        const auto fault = [](base::Fault::Kind kind) { return fmt::format("!{}", static_cast<int>(kind)); };
        CHECK(listed(composed(R"({"system":"http://unitsofmeasure.org"})")) == fault(base::Fault::Kind::unsupported));
        CHECK(listed(composed(R"({"system":"http://example.org/unknown"})")) == fault(base::Fault::Kind::unsupported));
        CHECK(listed(composed(R"({"valueSet":["http://example.org/vs/unknown"]})")) == fault(base::Fault::Kind::missing));
        CHECK(listed(composed(R"({"valueSet":["http://example.org/vs/x"]})")) != "");
        CHECK(listed(composed(R"({"system":"http://example.org/colours","filter":[{"property":"smell","op":"=","value":"x"}]})")) ==
              fault(base::Fault::Kind::invalid));
        CHECK(listed(composed(R"({"system":"http://unitsofmeasure.org","concept":[{"code":"mg"}]})")) == "mg of 1");
    }

    TEST_CASE("names in the language that is wanted") {
        const auto definitions = library({colours});
        const Catalog catalog(definitions, 1U << 20U);
        const auto table = catalog.system("http://example.org/colours", {}, {});
        const auto named = [&](std::string_view languages, std::string_view code) {
            return LanguageChoice(languages).display(table.get(), table->find(code), nullptr, {});
        };
        CHECK(named("", "red") == "Red");
        CHECK(named("de-CH, en;q=0.5", "red") == "Rot");
        CHECK(named("en, de;q=0.5", "red") == "Red");
        CHECK(named("fr", "red") == "Red");
        CHECK(named("fr, *;q=0", "red") == "");
    }
}

}  // namespace terminology
