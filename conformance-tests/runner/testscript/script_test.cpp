// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/script.h"

#include "runner/testing.h"

#include <doctest/doctest.h>

using namespace runner;
using namespace runner::testscript;

namespace {

std::string fault_of(std::string_view text) {
    const auto read_one = testscript::read(text, "", runner::testing::knowledge());
    return read_one ? "" : (read_one.fault().kind == base::Fault::Kind::unsupported ? "unsupported: " : "") + read_one.fault().text;
}

bool says(std::string_view text, std::string_view part) {
    const std::string fault = fault_of(text);
    CAPTURE(fault);
    return fault.find(part) != std::string::npos;
}

std::string with_test(const std::string& action) {
    return R"({"resourceType":"TestScript","url":"http://example.org/t","name":"T","status":"draft","test":[{"action":[)" + action + "]}]}";
}

}  // namespace

TEST_SUITE("runner/testscript/script") {
    TEST_CASE("JSON and XML give the same script") {
        const char* json = R"({"resourceType":"TestScript","id":"s","url":"http://example.org/s","name":"S","status":"draft",
            "destination":[{"index":1,"profile":{"code":"FHIR-Server"}},{"index":2,"profile":{"code":"FHIR-Server"}}],
            "fixture":[{"id":"f","autocreate":true,"autodelete":false,"resource":{"reference":"Patient/x"}}],
            "profile":[{"id":"p","reference":"http://hl7.org/fhir/StructureDefinition/Patient"}],
            "variable":[{"name":"v","defaultValue":"1"}],
            "setup":{"action":[{"operation":{"type":{"code":"read"},"resource":"Patient","encodeRequestUrl":false,"params":"/1","destination":2,
                "requestHeader":[{"field":"If-None-Match","value":"W/\"1\""}]}}]},
            "test":[{"id":"t1","name":"first","action":[{"assert":{"response":"okay","warningOnly":true}}]}]})";
        const char* xml = R"(<TestScript xmlns="http://hl7.org/fhir"><id value="s"/><url value="http://example.org/s"/><name value="S"/><status value="draft"/>
            <destination><index value="1"/><profile><code value="FHIR-Server"/></profile></destination>
            <destination><index value="2"/><profile><code value="FHIR-Server"/></profile></destination>
            <fixture id="f"><autocreate value="true"/><autodelete value="false"/><resource><reference value="Patient/x"/></resource></fixture>
            <profile id="p"><reference value="http://hl7.org/fhir/StructureDefinition/Patient"/></profile>
            <variable><name value="v"/><defaultValue value="1"/></variable>
            <setup><action><operation><type><code value="read"/></type><resource value="Patient"/><destination value="2"/><encodeRequestUrl value="false"/>
                <params value="/1"/><requestHeader><field value="If-None-Match"/><value value="W/&quot;1&quot;"/></requestHeader></operation></action></setup>
            <test id="t1"><name value="first"/><action><assert><response value="okay"/><warningOnly value="true"/></assert></action></test></TestScript>)";
        for (const char* text : {json, xml}) {
            CHECK(is_script(text));
            const auto script = testscript::read(text, "here", runner::testing::knowledge());
            REQUIRE(script);
            CHECK(script->id == "s");
            CHECK(script->folder == "here");
            CHECK(script->destinations == std::vector<int>{1, 2});
            REQUIRE(script->fixture("f") != nullptr);
            CHECK(script->fixture("f")->autocreate);
            CHECK(script->profile("p")->reference == "http://hl7.org/fhir/StructureDefinition/Patient");
            CHECK(script->variable("v")->preset == "1");
            REQUIRE(script->setup.actions.size() == 1);
            const auto& operation = std::get<Operation>(script->setup.actions[0].what);
            CHECK(operation.destination == 2);
            CHECK_FALSE(operation.encode);
            CHECK(operation.fields[0].value == "W/\"1\"");
            REQUIRE(script->tests.size() == 1);
            CHECK(script->tests[0].id == "t1");
            const auto& judged = std::get<Assert>(script->tests[0].actions[0].what);
            CHECK(judged.warning_only);
            CHECK(judged.stop);
            CHECK(judged.subject == Assert::Subject::response);
        }
    }

    TEST_CASE("other resources are no scripts, wherever the word stands") {
        CHECK_FALSE(is_script(R"({"resourceType":"TestReport","testScript":{"reference":"TestScript/1"}})"));
        CHECK_FALSE(is_script("<!-- <TestScript> --><Patient xmlns=\"http://hl7.org/fhir\"/>"));
        CHECK(is_script("\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- c -->\n<TestScript xmlns=\"http://hl7.org/fhir\"/>"));
        CHECK_FALSE(is_script(""));
        CHECK(says(R"({"resourceType":"Patient"})", "this is a Patient, not a TestScript"));
    }

    TEST_CASE("scripts of other versions are refused in words") {
        CHECK(says(with_test(R"({"assert":{"response":"okay","requirement":[{"reference":"http://example.org/r"}]}})"), "unsupported: a TestScript of R5"));
        CHECK(says(R"({"resourceType":"TestScript","profile":["http://example.org/p"]})", "unsupported: a TestScript of R5: TestScript.profile has another shape in R4"));
        CHECK(says(R"({"resourceType":"TestScript","variable":[{"name":"a","expression":{"language":"text/fhirpath","expression":"a"}}]})", "unsupported: a TestScript of R6"));
        CHECK(says(R"({"resourceType":"TestScript","multiserver":false})", "unsupported: a TestScript of DSTU2"));
        CHECK(says(R"({"resourceType":"TestScript","ruleset":[{"resource":{"reference":"a"}}]})", "unsupported: a TestScript of STU3"));
        CHECK(says(R"(<TestScript xmlns="http://hl7.org/fhir"><multiserver value="false"/></TestScript>)", "unsupported: a TestScript of DSTU2"));
    }

    TEST_CASE("what makes no sense is refused, with its place") {
        CHECK(says(with_test(R"({})"), "test[0].action[0]: holds either an operation or an assert") == false);  // an empty object is no FHIR
        CHECK(says(with_test(R"({"operation":{"type":{"code":"read"}},"assert":{"response":"okay"}})"), "test[0].action[0]: holds either an operation or an assert"));
        CHECK(says(with_test(R"({"operation":{"resource":"Patient"}})"), "says neither which type of operation it is nor its method"));
        CHECK(says(with_test(R"({"assert":{"response":"okay","resource":"Patient"}})"), "asserts more than one thing"));
        CHECK(says(with_test(R"({"assert":{"direction":"request","response":"okay"}})"), "a request has no response code"));
        CHECK(says(with_test(R"({"assert":{"expression":"a","operator":"almost"}})"), "TestScript.test[0].action[0].assert.operator: there is no code almost"));
        CHECK(says(with_test(R"({"assert":{"expression":"a","compareToSourceId":"f"}})"), "go together"));
        CHECK(says(with_test(R"({"assert":{"warningOnly":true}})"), "asserts nothing"));
        CHECK(says(with_test(R"({"assert":{"response":"okay","reponse":"okay"}})"), "TestScript.test[0].action[0].assert.reponse is no element of R4"));
        CHECK(says(R"({"resourceType":"TestScript","fixture":[{"autocreate":true}]})", "fixture[0]: has no id"));
        CHECK(says(R"({"resourceType":"TestScript","variable":[{"name":"a","path":"b","expression":"c"}]})", "exclude each other"));
        CHECK(says(R"({"resourceType":"TestScript","variable":[{"name":"a"},{"name":"a"}]})", "two variables a"));
        CHECK(says(R"({"resourceType":"TestScript","variable":["a"]})", "TestScript.variable[0] must be an object"));
        CHECK(says(R"({"resourceType":"TestScript","teardown":{"action":[{"assert":{"response":"okay"}}]}})", "is no element of R4"));
        CHECK(says("{", "line 1"));
    }

    TEST_CASE("a slip in a code or a number is told with its place, and makes no assert that always holds") {
        CHECK(says(with_test(R"({"assert":{"response":"fine"}})"), "test[0].action[0].assert.response: there is no code fine"));
        CHECK(says(with_test(R"({"assert":{"response":"okay"}},{"assert":{"resource":"Pateint","operator":"notEquals"}})"), "test[0].action[1].assert.resource: there is no code Pateint"));
        CHECK(says(with_test(R"({"assert":{"requestMethod":"gett","operator":"notEquals"}})"), "there is no code gett"));
        CHECK(says(with_test(R"({"assert":{"direction":"sideways","resource":"Patient"}})"), "there is no code sideways"));
        CHECK(says(with_test(R"({"assert":{"contentType":"jsn","operator":"notEquals"}})"), "jsn is no media type"));
        CHECK(says(with_test(R"({"assert":{"responseCode":"2OO","operator":"notEquals"}})"), "2OO is no response code"));
        CHECK(says(with_test(R"({"assert":{"responseCode":"200,201"}})"), "several response codes need the operator in or notIn"));
        CHECK(says(with_test(R"({"assert":{"resource":"Patient","warningOnly":"yes"}})"), "assert.warningOnly: yes is no boolean"));
        CHECK(says(with_test(R"({"operation":{"type":{"code":"read"},"targetId":"f","destination":"two"}})"), "operation.destination: two is no integer"));
        CHECK(says(with_test(R"({"operation":{"type":{"code":"read"},"targetId":"f","accept":"jsn"}})"), "jsn is no media type"));
        for (const char* good : {R"({"assert":{"responseCode":"200, 201","operator":"in"}})", R"({"assert":{"responseCode":"20","operator":"contains"}})", R"({"assert":{"requestMethod":"GET"}})",
                                 R"({"assert":{"contentType":"application/json,xml","operator":"in"}})", R"({"assert":{"resource":"OperationOutcome","operator":"notEquals"}})",
                                 R"({"operation":{"method":"POST","url":"x","accept":"text/csv","contentType":"none"}})", R"({"operation":{"type":{"code":"search"},"resource":"Unicorn"}})"})
            CHECK(fault_of(with_test(good)) == "");
    }

    TEST_CASE("what changes the meaning of an action makes it a limit") {
        const auto script = testscript::read(with_test(R"({"assert":{"response":"okay","modifierExtension":[{"url":"http://example.org/e","valueBoolean":true}]}},
            {"assert":{"extension":[{"url":"http://example.org/e","valueBoolean":true}]}})"), "", runner::testing::knowledge());
        REQUIRE(script);
        CHECK(script->tests[0].actions[0].limit.find("modifierExtension") != std::string::npos);
        CHECK(script->tests[0].actions[1].limit.find("extension") != std::string::npos);
    }

    TEST_CASE("what changes the meaning of more than an action makes the whole script a limit") {
        const std::string rest = R"("test":[{"action":[{"assert":{"response":"okay"}}]}]})";
        CHECK(says(R"({"resourceType":"TestScript","implicitRules":"http://example.org/r",)" + rest, "unsupported: TestScript.implicitRules"));
        const std::string extension = R"("modifierExtension":[{"url":"http://example.org/e","valueBoolean":true}],)";
        CHECK(says(R"({"resourceType":"TestScript",)" + extension + rest, "unsupported: TestScript.modifierExtension[0]"));
        CHECK(says(R"({"resourceType":"TestScript","variable":[{)" + extension + R"("name":"a"}],)" + rest, "unsupported: TestScript.variable[0].modifierExtension[0]"));
    }

    TEST_CASE("R5's stopTestOnFail is heeded in scripts of R4, in both formats") {
        const auto json = testscript::read(with_test(R"({"assert":{"response":"okay","stopTestOnFail":false}},{"assert":{"response":"okay"}})"), "", runner::testing::knowledge());
        REQUIRE(json);
        CHECK_FALSE(std::get<Assert>(json->tests[0].actions[0].what).stop);
        CHECK(std::get<Assert>(json->tests[0].actions[1].what).stop);
        const auto xml = testscript::read(R"(<TestScript xmlns="http://hl7.org/fhir"><test><action><assert><response value="okay"/></assert></action>
            <action><assert><response value="okay"/><stopTestOnFail value="false"/><warningOnly value="false"/></assert></action></test></TestScript>)", "", runner::testing::knowledge());
        REQUIRE(xml);
        CHECK(std::get<Assert>(xml->tests[0].actions[0].what).stop);
        CHECK_FALSE(std::get<Assert>(xml->tests[0].actions[1].what).stop);
        const auto with_end_tag = testscript::read(R"(<TestScript xmlns="http://hl7.org/fhir"><test><action><assert><response value="okay"/>
            <stopTestOnFail value="false"></stopTestOnFail><warningOnly value="true"/></assert></action></test></TestScript>)", "", runner::testing::knowledge());
        REQUIRE(with_end_tag);
        CHECK_FALSE(std::get<Assert>(with_end_tag->tests[0].actions[0].what).stop);
        CHECK(std::get<Assert>(with_end_tag->tests[0].actions[0].what).warning_only);
    }
}
