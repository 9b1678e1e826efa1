// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/outcome.h"

#include "fhir/codec/json.h"
#include "fhir/tree/names.h"

#include <doctest/doctest.h>

TEST_SUITE("fhir/resource/outcome") {
    TEST_CASE("a fault becomes one issue with its type, text and place") {
        const fhir::Names names;
        const base::Fault fault{base::Fault::Kind::gone, "Patient/1 was deleted", "Patient"};
        CHECK(fhir::resource::outcome_json(fault, names) ==
              R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"deleted",)"
              R"("details":{"text":"Patient/1 was deleted"},"diagnostics":"Patient/1 was deleted","expression":["Patient"]}]})");
    }
    TEST_CASE("findings keep their order; the place in the text stands as text and as numbers") {
        const fhir::Names names;
        const base::Findings findings = {
            {base::Severity::warning, base::IssueType::not_supported, "", "ignored", 0, 0},
            {base::Severity::error, base::IssueType::structure, "", "a \"comma\" (line 2, column 7)", 2, 7}};
        CHECK(fhir::resource::outcome_json(findings, names) ==
              R"({"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported",)"
              R"("details":{"text":"ignored"},"diagnostics":"ignored"},)"
              R"({"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line","valueInteger":2},)"
              R"({"url":"http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col","valueInteger":7}],)"
              R"json("severity":"error","code":"structure","details":{"text":"a \"comma\" (line 2, column 7)"},)json"
              R"json("diagnostics":"a \"comma\" (line 2, column 7)","location":["line 2 column 7"]}]})json");
    }
    TEST_CASE("nothing to say is still an issue") {
        const fhir::Names names;
        CHECK(fhir::resource::outcome_json(base::Findings{}, names).find("informational") != std::string::npos);
    }
    TEST_CASE("what is repeated of what was sent can be said in JSON and XML") {
        const fhir::Names names;
        const auto json = fhir::resource::outcome_json(base::Findings{{base::Severity::error, base::IssueType::value, "Patient.a\x1e:", "b\xAA\tc", 0, 0}}, names);
        CHECK(json.find("Patient.a?:") != std::string::npos);
        CHECK(json.find("b?\\tc") != std::string::npos);
    }
}
