// SPDX-License-Identifier: Apache-2.0
#pragma once

// A foreign message format as the exchange sees it: bytes in, a Translation out, and answers in the sender's own words.
// Thread-safe: one Tongue serves all links of a channel.

#include "base/clock.h"
#include "base/result.h"
#include "mapping/question.h"
#include "mapping/translation.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mapping {

// What can be seen of a message without understanding it.
struct Envelope {
    std::string control_id{};             // the sender's name for it; may be empty
    std::string application{}, facility{};  // who says that it has sent it
    std::vector<std::string> keys{};      // whom it is about: messages that share a key keep their order
    bool deferred = false;                // kept is answered first, processed later: whoever has the first answer does not repeat
    bool acknowledgement = false;         // answers what we have sent: nothing is stored of it, and no answer is due
};

// Several messages that came as one piece; each is taken for itself. Views into the piece.
struct Parcel {
    std::vector<std::string_view> messages{};
    bool sealed = false;                  // the answers go back as one piece too: seal()
};

// Who brought a message.
struct Origin {
    std::string address{};                // numeric
    std::string subject{};                // of a verified certificate, RFC 2253; else empty
};

// What goes back to whoever brought a message: perhaps one with more to come, then the last. Any thread.
struct Said {
    std::string answer{};                 // bytes; empty: nothing is said
    bool last = true;
    bool broken = false;                  // no answer could be made: its sender should find the link cut, and repeat
};
using Reply = std::function<void(Said)>;

class Tongue {
public:
    virtual ~Tongue() = default;

    // Cheap and linear: called on the thread that reads the socket.
    virtual Parcel open(std::string_view bytes) const { return {{bytes}, false}; }
    virtual Envelope envelope(std::string_view message) const { return {control_id(message), {}, {}, {}, false, false}; }
    // One piece of the answers to a sealed parcel; empty ones are of senders that want none.
    virtual std::string seal(std::string_view, const std::vector<std::string>&, std::string_view, base::Micros) const { return {}; }

    // The sender's name for the message, as far as it can be seen without understanding it; may be empty.
    virtual std::string control_id(std::string_view bytes) const = 0;
    // Whether the message may be taken at all, as its head tells.
    virtual base::Result<void> admit(std::string_view) const { return {}; }
    // `received` stands in for times that the message does not tell.
    virtual base::Result<Translation> translate(std::string_view bytes, base::Micros received) const = 0;
    // The same with Translation::trace: for people and tests.
    virtual base::Result<Translation> traced(std::string_view bytes, base::Micros received) const { return translate(bytes, received); }
    // What was sent, part by part with its place, as a JSON object: for an operator. Bounded; it holds patient data. Also of what
    // cannot be translated, as long as it can be read.
    virtual base::Result<std::string> describe(std::string_view) const {
        return base::Fault{base::Fault::Kind::unsupported, "messages of this format cannot be shown part by part"};
    }
    // What goes back: `fault` is null when the message has been accepted and stored. `id` names the answer. Empty when
    // the sender wants none.
    virtual std::string answer(std::string_view bytes, const base::Fault* fault, std::string_view id,
                               base::Micros now) const = 0;
    // The first answer to a deferred message: it is kept, or why not. The same bytes for the same arguments.
    virtual std::string commit_answer(std::string_view, const base::Fault*, std::string_view, base::Micros) const { return {}; }

    // Of a message that asks the store something: what. Nothing: it asks nothing, and is translated.
    virtual std::optional<base::Result<Question>> question(std::string_view) const { return std::nullopt; }
    // The answer to it, also when `found` is a Fault. Never empty.
    virtual std::string answer_question(std::string_view, const base::Result<Found>&, std::string_view, base::Micros) const { return {}; }
};

}  // namespace mapping
