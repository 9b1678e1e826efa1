// SPDX-License-Identifier: Apache-2.0
#pragma once

// A foreign message format as the exchange sees it: bytes in, a Translation out, and an answer in the sender's own words.
// Thread-safe: one Tongue serves all links of a channel.

#include "base/clock.h"
#include "base/result.h"
#include "mapping/question.h"
#include "mapping/translation.h"

#include <optional>
#include <string>
#include <string_view>

namespace mapping {

class Tongue {
public:
    virtual ~Tongue() = default;

    // The sender's name for the message, as far as it can be seen without understanding it; may be empty.
    virtual std::string control_id(std::string_view bytes) const = 0;
    // `received` stands in for times that the message does not tell.
    virtual base::Result<Translation> translate(std::string_view bytes, base::Micros received) const = 0;
    // The same with Translation::trace: for people and tests.
    virtual base::Result<Translation> traced(std::string_view bytes, base::Micros received) const { return translate(bytes, received); }
    // What goes back: `fault` is null when the message has been accepted and stored. `id` names the answer. Empty when
    // the sender wants none.
    virtual std::string answer(std::string_view bytes, const base::Fault* fault, std::string_view id,
                               base::Micros now) const = 0;

    // Of a message that asks the store something: what. Nothing: it asks nothing, and is translated.
    virtual std::optional<base::Result<Question>> question(std::string_view) const { return std::nullopt; }
    // The answer to it, also when `found` is a Fault. Never empty.
    virtual std::string answer_question(std::string_view, const base::Result<Found>&, std::string_view, base::Micros) const { return {}; }
};

}  // namespace mapping
