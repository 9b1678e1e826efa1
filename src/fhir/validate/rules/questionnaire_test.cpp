// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/testing.h"

#include <doctest/doctest.h>

using fhir::validate::testing::findings;

namespace {

std::string form(std::string_view item) {
    return R"({"resourceType":"Questionnaire","url":"http://a.org/q","status":"active","item":[)" + std::string(item) +
           "]}";
}

// Errors of answers to a form, without the type in front.
std::string check(std::string_view form_items, std::string_view items, std::string_view status = "completed",
                  bool notes = false) {
    std::string text = findings(
        R"({"resourceType":"QuestionnaireResponse","questionnaire":"http://a.org/q","status":")" + std::string(status) +
            "\"" + (items.empty() ? "" : R"(,"item":[)" + std::string(items) + "]") + "}",
        {form(form_items)}, notes);
    for (std::size_t at = text.find("QuestionnaireResponse"); at != std::string::npos;
         at = text.find("QuestionnaireResponse"))
        text.replace(at, 21, "QR");
    return text;
}

std::string asks(std::string_view type, std::string_view rest = "") {
    return R"({"linkId":"1","type":")" + std::string(type) + "\"" + std::string(rest) + "}";
}
std::string answers(std::string_view values) { return R"({"linkId":"1","answer":[)" + std::string(values) + "]}"; }
std::string limited(std::string_view url, std::string_view value) {
    return R"(,"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/)" + std::string(url) + "\"," +
           std::string(value) + "}]";
}

constexpr const char* value0 = "error QR.item[0].answer[0].value";

}  // namespace

TEST_SUITE("fhir/validate/rules/questionnaire") {
    TEST_CASE("what enableWhen asks exists, stands outside and is not the item itself") {
        const auto depends = [](std::string_view question) {
            return findings(
                form(
                    R"({"linkId":"1","type":"boolean"},{"linkId":"2","type":"group","enableWhen":[{"question":")" +
                    std::string(question) +
                    R"(","operator":"exists","answerBoolean":true}],"item":[{"linkId":"3","type":"string"}]},{"linkId":"4","type":"string"})"),
                {}, true);
        };
        CHECK(depends("1") == "");
        CHECK(depends("9") == "error Questionnaire.item[1].enableWhen[0]");
        CHECK(depends("2") == "error Questionnaire.item[1].enableWhen[0]");
        CHECK(depends("3") == "error Questionnaire.item[1].enableWhen[0]");
        CHECK(depends("4") == "warning Questionnaire.item[1].enableWhen[0]");
    }

    TEST_CASE("an unknown questionnaire is a warning") {
        const std::string response =
            R"({"resourceType":"QuestionnaireResponse","questionnaire":"http://a.org/q","status":"completed"})";
        CHECK(findings(response, {}, true) == "warning QuestionnaireResponse.questionnaire");
    }

    TEST_CASE("items have their place, their order and their number") {
        const std::string two =
            asks("string") + R"(,{"linkId":"2","type":"group","item":[{"linkId":"3","type":"string"}]})";
        CHECK(check(two, answers(R"({"valueString":"a"})") +
                             R"(,{"linkId":"2","item":[{"linkId":"3","answer":[{"valueString":"a"}]}]})") == "");
        CHECK(check(two, R"({"linkId":"9","answer":[{"valueString":"a"}]})") == "error QR.item[0]");
        CHECK(check(two, R"({"linkId":"3","answer":[{"valueString":"a"}]})") == "error QR.item[0]");
        CHECK(check(two, R"({"linkId":"2","item":[{"linkId":"3","answer":[{"valueString":"a"}]}]},)" +
                             answers(R"({"valueString":"a"})")) == "error QR.item[1]");
        CHECK(check(asks("string"), answers(R"({"valueString":"a"},{"valueString":"b"})")) == "error QR.item[0]");
        CHECK(check(asks("string", R"(,"repeats":true)"), answers(R"({"valueString":"a"},{"valueString":"b"})")) == "");
        CHECK(check(asks("string"), answers(R"({"valueString":"a"})") + "," + answers(R"({"valueString":"b"})")) ==
              "error QR.item[1]");
        CHECK(check(asks("string", R"(,"text":"Name?")"),
                    R"({"linkId":"1","text":"Other?","answer":[{"valueString":"a"}]})") == "error QR.item[0].text");
    }

    TEST_CASE("what is required is there, unless the form is still being filled in") {
        CHECK(check(asks("string", R"(,"required":true)"), "") == "error QR");
        CHECK(check(asks("string", R"(,"required":true)"), R"({"linkId":"1"})") == "error QR.item[0]");
        CHECK(check(asks("string", R"(,"required":true)"), "", "in-progress") == "");
        CHECK(check(asks("string", R"(,"required":true)"), "", "in-progress", true) == "warning QR");
        CHECK(check(asks("group", R"(,"required":true,"item":[{"linkId":"2","type":"string"}])"),
                    R"({"linkId":"1"})") == "error QR.item[0]");
    }

    TEST_CASE("items that hold no answers have none") {
        CHECK(check(asks("display"), answers(R"({"valueString":"a"})")) == "error QR.item[0]");
        CHECK(check(asks("group"), answers(R"({"valueString":"a"})")) == "error QR.item[0]");
        CHECK(check(asks("question"), answers(R"({"valueString":"a"})")) == "error QR.item[0]");
        CHECK(check(asks("string", R"(,"item":[{"linkId":"2","type":"string"}])"),
                    R"({"linkId":"1","item":[{"linkId":"2","answer":[{"valueString":"a"}]}]})") == "error QR.item[0]");
        CHECK(check(asks("string", R"(,"item":[{"linkId":"2","type":"string"}])"),
                    answers(R"({"valueString":"a","item":[{"linkId":"2","answer":[{"valueString":"a"}]}]})")) == "");
    }

    TEST_CASE("an answer has the type that is asked for") {
        CHECK(check(asks("boolean"), answers(R"({"valueBoolean":true})")) == "");
        CHECK(check(asks("boolean"), answers(R"({"valueString":"true"})")) == value0);
        CHECK(check(asks("dateTime"), answers(R"({"valueDate":"2024"})")) == value0);
        CHECK(check(asks("text"), answers(R"({"valueString":"a"})")) == "");
        CHECK(check(asks("choice"), answers(R"({"valueString":"a"})")) == "");
        CHECK(check(asks("choice"), answers(R"({"valueBoolean":true})")) == value0);
    }

    TEST_CASE("questions are enabled by other answers") {
        const std::string two =
            asks("boolean") +
            R"(,{"linkId":"2","type":"string","required":true,"enableWhen":[{"question":"1","operator":"=","answerBoolean":true}]})";
        const std::string second = R"(,{"linkId":"2","answer":[{"valueString":"a"}]})";
        CHECK(check(two, answers(R"({"valueBoolean":true})") + second) == "");
        CHECK(check(two, answers(R"({"valueBoolean":false})")) == "");
        CHECK(check(two, answers(R"({"valueBoolean":true})")) == "error QR");
        CHECK(check(two, answers(R"({"valueBoolean":false})") + second) == "error QR.item[1]");
        const std::string both =
            R"({"linkId":"1","type":"integer"},{"linkId":"2","type":"integer"},{"linkId":"3","type":"string","required":true,"enableBehavior":"all",
            "enableWhen":[{"question":"1","operator":">","answerInteger":3},{"question":"2","operator":"exists","answerBoolean":true}]})";
        CHECK(check(both, answers(R"({"valueInteger":4})")) == "");
        CHECK(check(both, answers(R"({"valueInteger":4})") + R"(,{"linkId":"2","answer":[{"valueInteger":1}]})") ==
              "error QR");
        CHECK(
            check(
                both,
                answers(R"({"valueInteger":10})") +
                    R"(,{"linkId":"2","answer":[{"valueInteger":1}]},{"linkId":"3","answer":[{"valueString":"a"}]})") ==
            "");
    }

    TEST_CASE("a choice is one of the options") {
        const std::string codings =
            R"(,"answerOption":[{"valueCoding":{"system":"http://example.org/cs","code":"a"}},{"valueCoding":{"system":"http://example.org/cs","code":"b"}}])";
        CHECK(check(asks("choice", codings),
                    answers(R"({"valueCoding":{"system":"http://example.org/cs","code":"b"}})")) == "");
        CHECK(check(asks("choice", codings),
                    answers(R"({"valueCoding":{"system":"http://elsewhere.org","code":"b"}})")) == value0);
        CHECK(check(asks("open-choice", codings), answers(R"({"valueString":"something else"})")) == "");
        CHECK(check(asks("open-choice", codings),
                    answers(R"({"valueCoding":{"system":"http://elsewhere.org","code":"b"}})")) == value0);
        const std::string numbers = R"(,"repeats":true,"answerOption":[{"valueInteger":1},{"valueInteger":2}])";
        CHECK(check(asks("integer", numbers), answers(R"({"valueInteger":1},{"valueInteger":3})")) ==
              "error QR.item[0].answer[1].value");
        const std::string set = R"(,"answerValueSet":"http://example.org/vs")";
        CHECK(check(asks("choice", set), answers(R"({"valueCoding":{"system":"http://example.org/cs","code":"a"}})")) ==
              "");
        CHECK(check(asks("choice", set), answers(R"({"valueCoding":{"system":"http://example.org/cs","code":"b"}})")) ==
              value0);
        CHECK(check(asks("string", set), answers(R"({"valueString":"nothing"})")) == value0);
    }

    TEST_CASE("lengths, limits and patterns") {
        CHECK(check(asks("string", R"(,"maxLength":2)"), answers(R"({"valueString":"\u00e4\u00f6"})")) == "");
        CHECK(check(asks("string", R"(,"maxLength":2)"), answers(R"({"valueString":"abc"})")) == value0);
        CHECK(check(asks("string", limited("minLength", R"("valueInteger":3)")), answers(R"({"valueString":"ab"})")) ==
              value0);
        CHECK(check(asks("decimal", limited("minValue", R"("valueDecimal":1.50)")),
                    answers(R"({"valueDecimal":1.5})")) == "");
        CHECK(check(asks("decimal", limited("minValue", R"("valueDecimal":10)")), answers(R"({"valueDecimal":9.5})")) ==
              value0);
        CHECK(check(asks("date", limited("maxValue", R"("valueDate":"2024-01-01")")),
                    answers(R"({"valueDate":"2024-02-01"})")) == value0);
        CHECK(check(asks("decimal", limited("maxDecimalPlaces", R"("valueInteger":2)")),
                    answers(R"({"valueDecimal":1.666})")) == value0);
        CHECK(check(asks("attachment", limited("mimeType", R"("valueCode":"text/plain")")),
                    answers(R"({"valueAttachment":{"contentType":"image/png","url":"http://a"}})")) == value0);
        CHECK(check(asks("reference", limited("questionnaire-referenceResource", R"("valueCode":"Patient")")),
                    answers(R"({"valueReference":{"reference":"Patient/1"}})")) == "");
        CHECK(check(asks("reference", limited("questionnaire-referenceResource", R"("valueCode":"Patient")")),
                    answers(R"({"valueReference":{"reference":"Group/1"}})")) == value0);
        CHECK(check(asks("reference"), answers(R"({"valueReference":{"reference":"http://a.org/Chicken/1"}})")) ==
              value0);
        CHECK(check(asks("string", R"(,"repeats":true)" + limited("questionnaire-maxOccurs", R"("valueInteger":1)")),
                    answers(R"({"valueString":"a"},{"valueString":"b"})")) == "error QR.item[0]");
    }

    TEST_CASE("quantities are compared in their units, and what cannot be compared is an error") {
        const auto most = [](std::string_view code) {
            return check(
                asks(
                    "quantity",
                    R"(,"extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-maxQuantity",
                "valueQuantity":{"value":5,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}])"),
                answers(R"({"valueQuantity":{"value":4000,"system":"http://unitsofmeasure.org","code":")" +
                        std::string(code) + "\"}}"));
        };
        CHECK(most("g") == "");
        CHECK(most("kg") == value0);
        CHECK(most("m") == value0);
    }

    TEST_CASE("a questionnaire may be contained, with its value sets") {
        CHECK(findings(R"({"resourceType":"QuestionnaireResponse","questionnaire":"#q","status":"completed",
            "contained":[{"resourceType":"Questionnaire","id":"q","status":"active","item":[{"linkId":"1","type":"string"}]}],
            "item":[{"linkId":"1","answer":[{"valueInteger":1}]}]})") ==
              "error QuestionnaireResponse.item[0].answer[0].value");
        const std::string with_set = R"({"resourceType":"Questionnaire","url":"http://a.org/q","status":"active",
            "contained":[{"resourceType":"ValueSet","id":"v","status":"active","compose":{"include":[{"system":"http://x.org","concept":[{"code":"k"}]}]}}],
            "item":[{"linkId":"1","type":"choice","answerValueSet":"#v"}]})";
        const auto coded = [&](std::string_view code) {
            return findings(
                R"({"resourceType":"QuestionnaireResponse","questionnaire":"http://a.org/q","status":"completed","item":[{"linkId":"1","answer":[{"valueCoding":{"system":"http://x.org","code":")" +
                    std::string(code) + "\"}}]}]}",
                {with_set});
        };
        CHECK(coded("k") == "");
        CHECK(coded("l") == "error QuestionnaireResponse.item[0].answer[0].value");
    }
}
