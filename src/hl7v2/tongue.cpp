// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/tongue.h"

#include "hl7v2/ack.h"
#include "hl7v2/adapter.h"
#include "hl7v2/describe.h"

namespace hl7v2 {

namespace {

// An acknowledgement answers nothing that we asked, and no answer is due to it (HL7 v2 2.9.2).
bool is_acknowledgement(const Sender& sender) { return sender.type == "ACK"; }

}  // namespace

std::string Tongue::control_id(std::string_view bytes) const { return sender_of_bytes(bytes).control_id; }

base::Result<mapping::Translation> Tongue::translate(std::string_view bytes, base::Micros received) const {
    return translation(bytes, received, false);
}

base::Result<mapping::Translation> Tongue::traced(std::string_view bytes, base::Micros received) const {
    return translation(bytes, received, true);
}

base::Result<std::string> Tongue::describe(std::string_view bytes) const {
    TRY(const Message message, parse(std::string(bytes), options_.parse));
    return hl7v2::describe(message);
}

base::Result<mapping::Translation> Tongue::translation(std::string_view bytes, base::Micros received, bool trace) const {
    TRY(const Message message, parse(std::string(bytes), options_.parse));
    if (message.type() == "ACK") return mapping::Translation{};  // kept in the journal, nothing to store
    TRY(check_header(message, options_.accepted));
    TRY(const Structure* structure, grammar_.of(message));
    return hl7v2::translate(message, *structure, library_,
                            {.received = received, .zone = options_.zone, .settings = options_.settings, .trace = trace});
}

std::string Tongue::answer(std::string_view bytes, const base::Fault* fault, std::string_view id, base::Micros now) const {
    const Sender sender = sender_of_bytes(bytes);
    if (is_acknowledgement(sender)) return {};
    const bool success = fault == nullptr;
    Verdict verdict = success ? Verdict{} : refused(*fault);
    const Expected expected = acknowledgements(sender, false);
    if (!expected.enhanced) return acknowledge(sender, verdict, id, now);
    // Enhanced mode on one line: what has been committed has also been accepted; one answer tells both.
    if (wanted(expected.commit, success)) {
        verdict.answer = as_commit(verdict.answer);
        return acknowledge(sender, verdict, id, now);
    }
    return wanted(expected.application, success) ? acknowledge(sender, verdict, id, now) : std::string{};
}

}  // namespace hl7v2
