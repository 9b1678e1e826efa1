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
              R"("diagnostics":"Patient/1 was deleted","expression":["Patient"]}]})");
    }
    TEST_CASE("findings keep their order and say where in the text they are") {
        const fhir::Names names;
        const base::Findings findings = {
            {base::Severity::warning, base::IssueType::not_supported, "", "ignored", 0, 0},
            {base::Severity::error, base::IssueType::structure, "", "a \"comma\"", 2, 7}};
        CHECK(fhir::resource::outcome_json(findings, names) ==
              R"({"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported",)"
              R"("diagnostics":"ignored"},{"severity":"error","code":"structure",)"
              R"json("diagnostics":"a \"comma\" (line 2, column 7)"}]})json");
    }
    TEST_CASE("nothing to say is still an issue") {
        const fhir::Names names;
        CHECK(fhir::resource::outcome_json(base::Findings{}, names).find("informational") != std::string::npos);
    }
}
