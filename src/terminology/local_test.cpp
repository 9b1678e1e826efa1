// SPDX-License-Identifier: Apache-2.0
#include "terminology/local.h"

#include "terminology/display.h"
#include "terminology/testing.h"

#include <doctest/doctest.h>
#include <thread>
#include <vector>

namespace terminology {

namespace {

using terminology::testing::colours;
using terminology::testing::library;

constexpr std::string_view chosen = R"({"resourceType":"ValueSet","url":"http://example.org/vs/chosen","version":"3","name":"Chosen",
    "compose":{"include":[{"system":"http://example.org/colours","concept":[{"code":"red"},{"code":"blue","display":"Azure"},{"code":"grey"}]}]}})";

fhir::validate::CodedValue coding(std::string_view code, std::string_view display = "",
                                  std::string_view system = "http://example.org/colours", std::string_view version = "") {
    return {system, version, code, display};
}

}  // namespace

TEST_SUITE("terminology/local") {
    TEST_CASE("a code that fits says so and needs no text") {
        const auto definitions = library({colours, chosen});
        const Local local(definitions);
        const auto verdict = local.check(coding("red", "RED "), "http://example.org/vs/chosen", {});
        CHECK(verdict.in_set == Answer::yes);
        CHECK(verdict.in_system == Answer::yes);
        CHECK(verdict.display_fits == Answer::yes);
        CHECK(verdict.set_known);
        CHECK(verdict.system_known);
        CHECK(verdict.display == "Red");
        CHECK(verdict.text.empty());
        CHECK(local.check(coding("grey"), "http://example.org/vs/chosen|3", {}).inactive);
        CHECK(local.check(coding("warm"), "", {}).abstract);
    }

    TEST_CASE("a code that does not fit gets told which do") {
        const auto definitions = library({colours, chosen});
        const Local local(definitions);
        const auto verdict = local.check(coding("orange"), "http://example.org/vs/chosen", {});
        CHECK(verdict.in_set == Answer::no);
        CHECK(verdict.in_system == Answer::yes);
        CHECK(verdict.text.find("red, blue, grey") != std::string::npos);
        const auto unknown = local.check(coding("green"), "http://example.org/vs/chosen", {});
        CHECK(unknown.in_system == Answer::no);
        CHECK(unknown.text.find("Unknown code 'green'") != std::string::npos);
    }

    TEST_CASE("a code element has no system; the value set knows it") {
        const auto definitions = library({colours, chosen});
        const Local local(definitions);
        const auto verdict = local.check({"", "", "blue", ""}, "http://example.org/vs/chosen", {});
        CHECK(verdict.in_set == Answer::yes);
        CHECK(verdict.in_system == Answer::yes);
        CHECK(verdict.display == "Blue");
        CHECK(local.check({"", "", "green", ""}, "http://example.org/vs/chosen", {}).in_set == Answer::no);
    }

    TEST_CASE("displays fit in any language, and in the value set's own words") {
        const auto definitions = library({colours, chosen});
        const Local local(definitions);
        CHECK(local.check(coding("red", "rot"), "", {}).display_fits == Answer::yes);
        CHECK(local.check(coding("blue", "azure"), "http://example.org/vs/chosen", {}).display_fits == Answer::yes);
        const auto wrong = local.check(coding("red", "Green"), "", {});
        CHECK(wrong.display_fits == Answer::no);
        CHECK(wrong.text.find("'Red' (en), 'Rot' (de)") != std::string::npos);
        CHECK(same_display(" Red\t\nwine ", "red wine"));
        CHECK_FALSE(same_display("redwine", "red wine"));
        CHECK(same_display("Überweisung", "überweisung"));
    }

    TEST_CASE("who asks for languages gets names in those only") {
        const auto definitions = library({colours, chosen});
        const Local local(definitions);
        const CheckOptions german{LanguageChoice("de"), {}};
        CHECK(local.check(coding("red", "Rot"), "", {}, german).display_fits == Answer::yes);
        CHECK(local.check(coding("red", "Rot"), "", {}, german).display == "Rot");
        CHECK(local.check(coding("red", "Red"), "", {}, german).display_fits == Answer::no);
        CHECK(local.check(coding("orange", "Orange"), "", {}, german).display_fits == Answer::yes);  // it has no other
        const CheckOptions supplemented{{}, {"http://example.org/nowhere"}};
        CHECK(local.check(coding("red"), "http://example.org/vs/chosen", {}, supplemented).in_set == Answer::unknown);
    }

    TEST_CASE("what is not here is unknown") {
        const auto definitions = library({colours});
        const Local local(definitions);
        const auto nowhere = local.check(coding("red"), "http://example.org/vs/nowhere", {});
        CHECK(nowhere.in_set == Answer::unknown);
        CHECK_FALSE(nowhere.set_known);
        CHECK_FALSE(nowhere.text.empty());
        const auto foreign = local.check(coding("x", "anything", "http://example.org/foreign"), "", {});
        CHECK(foreign.in_system == Answer::unknown);
        CHECK(foreign.display_fits == Answer::unknown);
        CHECK_FALSE(foreign.system_known);
        const auto later = local.check(coding("green", "", "http://example.org/colours", "9.9"), "", {});
        CHECK(later.in_system == Answer::unknown);
        const auto perhaps = local.check(coding("red", "", "http://example.org/colours", "9.9"), "", {});
        CHECK(perhaps.in_system == Answer::unknown);
        CHECK(perhaps.text.find("version 9.9") != std::string::npos);
    }

    TEST_CASE("a fragment confirms and never refuses") {
        const auto definitions = library({R"({"resourceType":"CodeSystem","url":"http://example.org/part","content":"fragment",
            "concept":[{"code":"a","display":"A"}]})",
                                          R"({"resourceType":"ValueSet","url":"http://example.org/vs/part","compose":{"include":[{"system":"http://example.org/part"}]}})"});
        const Local local(definitions);
        CHECK(local.check(coding("a", "", "http://example.org/part"), "http://example.org/vs/part", {}).in_set == Answer::yes);
        const auto other = local.check(coding("b", "", "http://example.org/part"), "http://example.org/vs/part", {});
        CHECK(other.in_set == Answer::unknown);
        CHECK(other.in_system == Answer::unknown);
    }

    TEST_CASE("a supplement is no code system") {
        const auto definitions = library({colours, R"({"resourceType":"CodeSystem","url":"http://example.org/more","content":"supplement",
            "supplements":"http://example.org/colours","concept":[{"code":"red"}]})"});
        CHECK(Local(definitions).check(coding("red", "", "http://example.org/more"), "", {}).in_system == Answer::no);
    }

    TEST_CASE("a value set is no code system") {
        const auto definitions = library({colours, chosen});
        CHECK(Local(definitions).check(coding("red", "", "http://example.org/vs/chosen"), "", {}).in_system == Answer::no);
    }

    TEST_CASE("subsumption needs both codes and a hierarchy of kinds") {
        const auto definitions = library({colours, R"({"resourceType":"CodeSystem","url":"http://example.org/body","content":"complete",
            "hierarchyMeaning":"part-of","concept":[{"code":"arm","concept":[{"code":"hand"}]}]})"});
        const Local local(definitions);
        CHECK(local.subsumes("http://example.org/colours", "warm", "crimson") == Answer::yes);
        CHECK(local.subsumes("http://example.org/colours", "crimson", "warm") == Answer::no);
        CHECK(local.subsumes("http://example.org/colours", "warm", "green") == Answer::unknown);
        CHECK(local.subsumes("http://example.org/body", "arm", "hand") == Answer::unknown);
        CHECK(local.subsumes("http://snomed.info/sct", "73211009", "73211009") == Answer::yes);
        CHECK(local.subsumes("http://snomed.info/sct", "73211009", "404684003") == Answer::unknown);
    }

    TEST_CASE("many threads ask at once, and little memory is enough") {
        const auto definitions = library({colours, chosen});
        const Local local(definitions, nullptr, 600);  // nothing fits: everything is forgotten again and again
        std::vector<std::thread> threads;
        std::vector<int> right(4, 0);
        for (std::size_t i = 0; i < right.size(); ++i)
            threads.emplace_back([&, i] {
                for (int n = 0; n < 200; ++n)
                    right[i] += local.check(coding("red"), "http://example.org/vs/chosen", {}).in_set == Answer::yes ? 1 : 0;
            });
        for (auto& thread : threads) thread.join();
        for (const int count : right) CHECK(count == 200);
    }

    TEST_CASE("R4's own bindings are answered") {
        const Local local(fhir::testing::library(), &fhir::testing::units());
        const auto has = [&](std::string_view set, std::string_view system, std::string_view code) {
            return local.check({system, "", code, ""}, set, "").in_set;
        };
        CHECK(has("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1", "", "female") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1", "", "woman") == Answer::no);
        CHECK(has("http://hl7.org/fhir/ValueSet/marital-status", "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "M") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/marital-status", "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "XX") == Answer::no);
        CHECK(has("http://hl7.org/fhir/ValueSet/marital-status", "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNK") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/age-units", "http://unitsofmeasure.org", "a") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/age-units", "http://unitsofmeasure.org", "m") == Answer::no);
        CHECK(has("http://hl7.org/fhir/ValueSet/all-time-units", "http://unitsofmeasure.org", "min") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/all-time-units", "http://unitsofmeasure.org", "m") == Answer::no);
        CHECK(has("http://hl7.org/fhir/ValueSet/mimetypes", "", "application/pdf") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/languages", "", "de-CH") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/all-languages", "", "xx") == Answer::no);
        CHECK(has("http://hl7.org/fhir/ValueSet/currencies", "", "CHF") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/observation-codes", "http://loinc.org", "8480-6") != Answer::no);
        CHECK(has("http://hl7.org/fhir/ValueSet/condition-code", "http://snomed.info/sct", "73211009") != Answer::no);
        CHECK(has("http://hl7.org/fhir/ValueSet/jurisdiction", "urn:iso:std:iso:3166", "BD") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/resource-types", "", "Patient") == Answer::yes);
        CHECK(has("http://hl7.org/fhir/ValueSet/resource-types", "", "Patent") == Answer::no);
        CHECK(local.subsumes("http://terminology.hl7.org/CodeSystem/v3-ActCode", "_ActAccountCode", "PBILLACCT") == Answer::yes);
    }
}

}  // namespace terminology
