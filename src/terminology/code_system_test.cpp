// SPDX-License-Identifier: Apache-2.0
#include "terminology/code_system.h"

#include "terminology/testing.h"

#include <doctest/doctest.h>
#include <string>

namespace terminology {

namespace {

using terminology::testing::colours;
using terminology::testing::read;

CodeSystem compiled(std::string_view json) { return CodeSystem::compile(read(json).root()); }

}  // namespace

TEST_SUITE("terminology/code_system") {
    TEST_CASE("a code is found with its display, definition and designations") {
        const CodeSystem system = compiled(colours);
        CHECK(system.size() == 7);
        const ConceptId red = system.find("red");
        REQUIRE(red != no_concept);
        CHECK(system.code(red) == "red");
        CHECK(system.display(red) == "Red");
        CHECK(system.definition(red) == "As blood");
        REQUIRE(system.designations(red).size() == 1);
        CHECK(system.text(system.designations(red)[0].value) == "Rot");
        CHECK(system.text(system.designations(red)[0].language) == "de");
        CHECK(system.find("green") == no_concept);
        CHECK(system.find("Red") == no_concept);
        CHECK(system.find("") == no_concept);
    }

    TEST_CASE("what is nested is below, and nothing else") {
        const CodeSystem system = compiled(colours);
        const auto is_a = [&](std::string_view code, std::string_view ancestor) {
            return system.is_a(system.find(code), system.find(ancestor));
        };
        CHECK(is_a("crimson", "warm"));
        CHECK(is_a("crimson", "red"));
        CHECK(is_a("red", "red"));
        CHECK_FALSE(is_a("red", "crimson"));
        CHECK_FALSE(is_a("blue", "warm"));
        CHECK_FALSE(is_a("grey", "warm"));
        CHECK(system.children(system.find("warm")).size() == 2);
        CHECK(system.parents(system.find("warm")).empty());
    }

    TEST_CASE("properties say who is retired and who may not be chosen") {
        const CodeSystem system = compiled(colours);
        CHECK(system.inactive(system.find("grey")));
        CHECK_FALSE(system.inactive(system.find("red")));
        CHECK(system.abstract(system.find("warm")));
        CHECK_FALSE(system.abstract(system.find("red")));
        REQUIRE(system.property("wave"));
        CHECK(system.property("wave")->declared);
        CHECK(system.property("http://hl7.org/fhir/concept-properties#status"));
        CHECK_FALSE(system.property("smell"));
    }

    TEST_CASE("several parents come from properties, and circles do no harm") {
        const CodeSystem system = compiled(R"({"resourceType":"CodeSystem","url":"http://example.org/dag","content":"complete",
            "property":[{"code":"up","uri":"http://hl7.org/fhir/concept-properties#parent","type":"code"}],
            "concept":[{"code":"a"},{"code":"b"},
              {"code":"c","property":[{"code":"up","valueCode":"a"},{"code":"up","valueCode":"b"}]},
              {"code":"d","property":[{"code":"up","valueCode":"c"}]},
              {"code":"e","property":[{"code":"up","valueCode":"f"}]},{"code":"f","property":[{"code":"up","valueCode":"e"}]},
              {"code":"g","property":[{"code":"up","valueCode":"g"},{"code":"up","valueCode":"nowhere"}]}]})");
        const auto is_a = [&](std::string_view code, std::string_view ancestor) {
            return system.is_a(system.find(code), system.find(ancestor));
        };
        CHECK(is_a("d", "a"));
        CHECK(is_a("d", "b"));
        CHECK_FALSE(is_a("e", "a"));
        CHECK(is_a("e", "f"));
        CHECK(system.parents(system.find("g")).empty());
    }

    TEST_CASE("case counts only where the system says so, and an exact match wins") {
        const CodeSystem system = compiled(R"({"resourceType":"CodeSystem","url":"http://example.org/units","content":"complete",
            "caseSensitive":false,"concept":[{"code":"m","display":"metre"},{"code":"M","display":"mega"},{"code":"Kg"}]})");
        CHECK(system.display(system.find("M")) == "mega");
        CHECK(system.display(system.find("m")) == "metre");
        CHECK(system.code(system.find("KG")) == "Kg");
    }

    TEST_CASE("a supplement adds designations and properties to the codes it knows") {
        const auto base = read(colours);
        const auto more = read(R"({"resourceType":"CodeSystem","url":"http://example.org/more","version":"2","content":"supplement",
            "supplements":"http://example.org/colours","concept":[
              {"code":"blue","designation":[{"language":"fr","value":"Bleu"}],"property":[{"code":"mood","valueString":"sad"}]},
              {"code":"no such code","designation":[{"value":"nothing"}]}]})");
        const fhir::View supplements[] = {more.root()};
        const CodeSystem system = CodeSystem::compile(base.root(), supplements);
        CHECK(system.size() == 7);
        REQUIRE(system.designations(system.find("blue")).size() == 1);
        CHECK(system.text(system.designations(system.find("blue"))[0].value) == "Bleu");
        CHECK(system.property("mood"));
        CHECK(system.used_supplements() == std::vector<std::string>{"http://example.org/more|2"});
    }

    TEST_CASE("a complete system without concepts says nothing") {
        CHECK(compiled(R"({"resourceType":"CodeSystem","url":"http://example.org/husk","content":"complete"})").content() ==
              Content::not_present);
        CHECK(compiled(R"({"resourceType":"CodeSystem","url":"http://example.org/part","content":"fragment"})").content() ==
              Content::fragment);
    }

    TEST_CASE("ten thousand concepts are all found again") {
        std::string json = R"({"resourceType":"CodeSystem","url":"http://example.org/many","content":"complete","concept":[)";
        for (int i = 0; i < 10'000; ++i) json += (i ? ",{\"code\":\"c" : "{\"code\":\"c") + std::to_string(i) + "\"}";
        const CodeSystem system = compiled(json + "]}");
        REQUIRE(system.size() == 10'000);
        for (int i = 0; i < 10'000; ++i) REQUIRE(system.find("c" + std::to_string(i)) == static_cast<ConceptId>(i));
        CHECK(system.find("c10000") == no_concept);
    }
}

}  // namespace terminology
