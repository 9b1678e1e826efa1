// SPDX-License-Identifier: Apache-2.0
#include "terminology/value_set.h"

#include "terminology/testing.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace terminology {

namespace {

using terminology::testing::colours;
using terminology::testing::library;
using terminology::testing::read;

// A value set with this compose, over the colours.
struct Composed {
    explicit Composed(std::string_view compose, std::string_view rest = "")
        : definitions(library({colours})), catalog(definitions, 1U << 20U),
          set(catalog.link(read(fmt::format(R"({{"resourceType":"ValueSet","url":"http://example.org/vs/it","compose":{}{}}})", compose, rest)).root(),
                           {})) {}
    Answer has(std::string_view code, std::string_view system = "http://example.org/colours") const {
        return set.find({system, {}, code}, nullptr).answer;
    }
    fhir::definition::Library definitions;
    Catalog catalog;
    ValueSet set;
};

std::string filtered(std::string_view property, std::string_view op, std::string_view value) {
    return fmt::format(R"({{"include":[{{"system":"http://example.org/colours","filter":[{{"property":"{}","op":"{}","value":"{}"}}]}}]}})",
                       property, op, value);
}

}  // namespace

TEST_SUITE("terminology/value_set") {
    TEST_CASE("a whole system") {
        const Composed it(R"({"include":[{"system":"http://example.org/colours"}]})");
        CHECK(it.has("red") == Answer::yes);
        CHECK(it.has("green") == Answer::no);
        CHECK(it.has("red", "http://example.org/other") == Answer::no);
        CHECK(it.has("red", "") == Answer::yes);
        CHECK(it.set.find({"", {}, "red"}, nullptr).system == "http://example.org/colours");
    }

    TEST_CASE("listed codes, and excluded ones") {
        const Composed it(R"({"include":[{"system":"http://example.org/colours","concept":[{"code":"red"},{"code":"blue"}]}],
                              "exclude":[{"system":"http://example.org/colours","concept":[{"code":"blue"}]}]})");
        CHECK(it.has("red") == Answer::yes);
        CHECK(it.has("blue") == Answer::no);
        CHECK(it.has("orange") == Answer::no);
    }

    TEST_CASE("filters over the hierarchy") {
        CHECK(Composed(filtered("concept", "is-a", "warm")).has("warm") == Answer::yes);
        CHECK(Composed(filtered("concept", "is-a", "warm")).has("crimson") == Answer::yes);
        CHECK(Composed(filtered("concept", "is-a", "warm")).has("blue") == Answer::no);
        CHECK(Composed(filtered("concept", "descendent-of", "warm")).has("warm") == Answer::no);
        CHECK(Composed(filtered("concept", "descendent-of", "warm")).has("red") == Answer::yes);
        CHECK(Composed(filtered("concept", "is-not-a", "warm")).has("red") == Answer::no);
        CHECK(Composed(filtered("concept", "is-not-a", "warm")).has("grey") == Answer::yes);
        CHECK(Composed(filtered("concept", "generalizes", "crimson")).has("warm") == Answer::yes);
        CHECK(Composed(filtered("concept", "generalizes", "crimson")).has("orange") == Answer::no);
        CHECK(Composed(filtered("concept", "child-of", "warm")).has("red") == Answer::yes);
        CHECK(Composed(filtered("concept", "child-of", "warm")).has("crimson") == Answer::no);
        CHECK(Composed(filtered("concept", "descendent-leaf", "warm")).has("red") == Answer::no);
        CHECK(Composed(filtered("concept", "descendent-leaf", "warm")).has("crimson") == Answer::yes);
        CHECK(Composed(filtered("concept", "is-a", "nothing")).has("red") == Answer::no);
    }

    TEST_CASE("filters over properties") {
        CHECK(Composed(filtered("wave", "=", "700")).has("red") == Answer::yes);
        CHECK(Composed(filtered("wave", "=", "700")).has("blue") == Answer::no);
        CHECK(Composed(filtered("wave", "exists", "true")).has("blue") == Answer::yes);
        CHECK(Composed(filtered("wave", "exists", "false")).has("blue") == Answer::no);
        CHECK(Composed(filtered("wave", "in", "450, 600")).has("orange") == Answer::yes);
        CHECK(Composed(filtered("wave", "not-in", "450,600")).has("orange") == Answer::no);
        CHECK(Composed(filtered("code", "in", "red,blue")).has("blue") == Answer::yes);
        CHECK(Composed(filtered("parent", "=", "warm")).has("red") == Answer::yes);
        CHECK(Composed(filtered("notSelectable", "=", "false")).has("red") == Answer::yes);
        CHECK(Composed(filtered("status", "=", "retired")).has("grey") == Answer::yes);
    }

    TEST_CASE("a regular expression must match the whole code") {
        CHECK(Composed(filtered("code", "regex", "r.d|bl.*")).has("blue") == Answer::yes);
        CHECK(Composed(filtered("code", "regex", "r")).has("red") == Answer::no);
        CHECK(Composed(filtered("display", "regex", "[A-Z]ed")).has("red") == Answer::yes);
        CHECK(Composed(filtered("code", "regex", "(")).has("red") == Answer::unknown);
        CHECK(Composed(filtered("code", "regex", "(e+)+$")).has("red") == Answer::no);
    }

    TEST_CASE("a filter that makes no sense refuses nothing") {
        CHECK(Composed(filtered("smell", "=", "sweet")).has("red") == Answer::unknown);
        CHECK(Composed(filtered("concept", "resembles", "red")).has("red") == Answer::unknown);
        CHECK(Composed(filtered("smell", "=", "sweet")).has("green") == Answer::no);
    }

    TEST_CASE("without the content of a system, only what is impossible is refused") {
        const Composed it(R"({"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"404684003"}]}]})");
        CHECK(it.has("73211009", "http://snomed.info/sct") == Answer::unknown);
        CHECK(it.has("404684003", "http://snomed.info/sct") == Answer::yes);
        CHECK(it.has("73211008", "http://snomed.info/sct") == Answer::no);
        CHECK(it.has("8480-6", "http://loinc.org") == Answer::no);
    }

    TEST_CASE("an expansion that came with the set helps where composing cannot") {
        constexpr std::string_view compose =
            R"({"include":[{"system":"http://loinc.org","filter":[{"property":"SCALE_TYP","op":"=","value":"Doc"}]}]})";
        const Composed whole(compose, R"(,"expansion":{"timestamp":"2020-01-01","contains":[{"system":"http://loinc.org","code":"11488-4"}]})");
        CHECK(whole.has("11488-4", "http://loinc.org") == Answer::yes);
        CHECK(whole.has("8480-6", "http://loinc.org") == Answer::no);
        const Composed part(compose, R"(,"expansion":{"timestamp":"2020-01-01","total":7,"contains":[{"system":"http://loinc.org","code":"11488-4"}]})");
        CHECK(part.has("11488-4", "http://loinc.org") == Answer::yes);
        CHECK(part.has("8480-6", "http://loinc.org") == Answer::unknown);
    }

    TEST_CASE("inactive codes stay out when the set says so") {
        const Composed active(R"({"inactive":false,"include":[{"system":"http://example.org/colours"}]})");
        CHECK(active.has("grey") == Answer::no);
        CHECK(active.has("red") == Answer::yes);
        CHECK(Composed(R"({"inactive":true,"include":[{"system":"http://example.org/colours"}]})").has("grey") == Answer::yes);
        CHECK(Composed(R"({"include":[{"system":"http://example.org/colours"}]})").has("grey") == Answer::yes);
    }

    TEST_CASE("imported sets meet inside an include, and join between includes") {
        constexpr std::string_view reds = R"({"resourceType":"ValueSet","url":"http://example.org/vs/reds","compose":{"include":[
            {"system":"http://example.org/colours","concept":[{"code":"red"},{"code":"crimson"}]}]}})";
        constexpr std::string_view pure = R"({"resourceType":"ValueSet","url":"http://example.org/vs/pure","compose":{"include":[
            {"system":"http://example.org/colours","concept":[{"code":"red"},{"code":"blue"}]}]}})";
        constexpr std::string_view both = R"({"resourceType":"ValueSet","url":"http://example.org/vs/both","compose":{"include":[
            {"valueSet":["http://example.org/vs/reds","http://example.org/vs/pure"]}]}})";
        constexpr std::string_view either = R"({"resourceType":"ValueSet","url":"http://example.org/vs/either","compose":{"include":[
            {"valueSet":["http://example.org/vs/reds"]},{"valueSet":["http://example.org/vs/pure"]},{"valueSet":["http://example.org/vs/gone"]}]}})";
        const auto definitions = library({colours, reds, pure, both, either});
        const Catalog catalog(definitions, 1U << 20U);
        const auto has = [&](std::string_view set, std::string_view code) {
            return catalog.set(set, {})->find({"http://example.org/colours", {}, code}, nullptr).answer;
        };
        CHECK(has("http://example.org/vs/both", "red") == Answer::yes);
        CHECK(has("http://example.org/vs/both", "blue") == Answer::no);
        CHECK(has("http://example.org/vs/either", "blue") == Answer::yes);
        CHECK(has("http://example.org/vs/either", "orange") == Answer::unknown);
    }

    TEST_CASE("sets that include each other end, and hold what is written down") {
        constexpr std::string_view a = R"({"resourceType":"ValueSet","url":"http://example.org/vs/a","compose":{"include":[
            {"valueSet":["http://example.org/vs/b"]},{"system":"http://example.org/colours","concept":[{"code":"red"}]}]}})";
        constexpr std::string_view b = R"({"resourceType":"ValueSet","url":"http://example.org/vs/b","compose":{"include":[
            {"valueSet":["http://example.org/vs/a"]},{"system":"http://example.org/colours","concept":[{"code":"blue"}]}]}})";
        const auto definitions = library({colours, a, b});
        const Catalog catalog(definitions, 1U << 20U);
        for (const char* set : {"http://example.org/vs/a", "http://example.org/vs/b"}) {
            for (const char* code : {"red", "blue"})
                CHECK(catalog.set(set, {})->find({"http://example.org/colours", {}, code}, nullptr).answer == Answer::yes);
            CHECK(catalog.set(set, {})->find({"http://example.org/colours", {}, "grey"}, nullptr).answer == Answer::no);
        }
    }

    TEST_CASE("many sets that all include each other are linked in bounded time") {
        fhir::definition::Library definitions(fhir::testing::r4());
        for (int i = 0; i < 40; ++i) {
            std::string json = fmt::format(R"({{"resourceType":"ValueSet","url":"http://example.org/vs/n{}","compose":{{"include":[)", i);
            for (int j = 0; j < 40; ++j) json += fmt::format(R"({}{{"valueSet":["http://example.org/vs/n{}"]}})", j ? "," : "", j);
            definitions.add(read(json + "]}}"));
        }
        const Catalog catalog(definitions, 1U << 20U);
        CHECK(catalog.set("http://example.org/vs/n0", {})->find({"", {}, "x"}, nullptr).answer != Answer::yes);
    }

    TEST_CASE("what a value set contains is found first, and may not contain itself for ever") {
        const auto definitions = library({colours});
        const Catalog catalog(definitions, 1U << 20U);
        const auto set = catalog.link(read(R"({"resourceType":"ValueSet","url":"http://example.org/vs/c","contained":[
            {"resourceType":"ValueSet","id":"in","compose":{"include":[{"system":"http://example.org/inner"},{"valueSet":["#in"]},{"valueSet":["#in"]}]}},
            {"resourceType":"CodeSystem","url":"http://example.org/inner","content":"complete","concept":[{"code":"deep"}]}],
            "compose":{"include":[{"valueSet":["#in"]}]}})").root(), {});
        CHECK(set.find({"http://example.org/inner", {}, "deep"}, nullptr).answer == Answer::yes);
        CHECK(set.find({"http://example.org/inner", {}, "shallow"}, nullptr).answer == Answer::no);
    }

    TEST_CASE("an include may name a version of its system, or leave holes in it") {
        constexpr std::string_view first = R"({"resourceType":"CodeSystem","url":"http://example.org/s","version":"1.0.0","content":"complete","concept":[{"code":"old"}]})";
        constexpr std::string_view second = R"({"resourceType":"CodeSystem","url":"http://example.org/s","version":"1.2.0","content":"complete","concept":[{"code":"new"}]})";
        const auto definitions = library({first, second});
        const Catalog catalog(definitions, 1U << 20U);
        const auto has = [&](std::string_view version, std::string_view code, std::string_view code_version = "") {
            const auto set = catalog.link(read(fmt::format(
                R"({{"resourceType":"ValueSet","url":"http://example.org/vs/s","compose":{{"include":[{{"system":"http://example.org/s","version":"{}"}}]}}}})",
                version)).root(), {});
            return set.find({"http://example.org/s", code_version, code}, nullptr).answer;
        };
        CHECK(has("1.0.0", "old") == Answer::yes);
        CHECK(has("1.0.0", "new") == Answer::no);
        CHECK(has("1.x", "new") == Answer::yes);
        CHECK(has("1.0.x", "old") == Answer::yes);
        CHECK(has("3", "old") == Answer::unknown);
        CHECK(has("1.0.0", "old", "1.2.0") == Answer::no);
        CHECK(has("1.x", "new", "1.2.0") == Answer::yes);
    }

    TEST_CASE("sets that exist by their URL alone") {
        const auto definitions = library({});
        const Catalog catalog(definitions, 1U << 20U);
        const auto all = catalog.set("http://unitsofmeasure.org/vs", {});
        REQUIRE(all);
        CHECK(all->find({"http://unitsofmeasure.org", {}, "mg"}, &fhir::testing::units()).answer == Answer::yes);
        const auto below = catalog.set("http://snomed.info/sct?fhir_vs=isa/404684003", {});
        REQUIRE(below);
        CHECK(below->find({"http://snomed.info/sct", {}, "404684003"}, nullptr).answer == Answer::yes);
        CHECK_FALSE(catalog.set("http://example.org/vs/none", {}));
    }
}

}  // namespace terminology
