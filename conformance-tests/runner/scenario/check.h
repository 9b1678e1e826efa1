// SPDX-License-Identifier: Apache-2.0
#pragma once

// Asks one line of an answer, and says what stood there instead.

#include "hl7v2/message.h"
#include "runner/judge.h"
#include "runner/outcome.h"
#include "runner/scenario/scenario.h"

#include <optional>
#include <string>

namespace runner::scenario {

// What a server answered: HTTP, and a resource when the body is one; or an HL7 v2 message.
struct Answer {
    Response response{};
    std::optional<fhir::Document> resource{};
    std::string why_none{};  // the body is no resource: why
    std::optional<hl7v2::Message> message{};
};

Answer read_answer(const Response& response, const Knowledge& knowledge);

// Pass, or what is wrong; `keep` sets its variable. The `where` is left to the caller.
runner::Step judge(const Check& check, const Answer& answer, Variables& variables, const Judge& judge);

// Is the status in "200,2xx"?
bool is_expected(int status, std::string_view expected);

// What an OperationOutcome says, on one line; empty for any other answer.
std::string complaint(const Answer& answer);

// Why an expression does not hold: the first of its conditions that is not met, and what its left side is.
std::string why_not(fhir::View resource, std::string_view expression, const Variables& variables, const Judge& judge);

}  // namespace runner::scenario
