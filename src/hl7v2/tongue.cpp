// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/tongue.h"

#include "hl7v2/ack.h"
#include "hl7v2/adapter.h"
#include "hl7v2/query.h"

namespace hl7v2 {

namespace {

// An acknowledgement answers nothing that we asked, and no answer is due to it (HL7 v2 2.9.2).
bool is_acknowledgement(const Sender& sender) { return sender.type == "ACK"; }

}  // namespace

std::string Tongue::control_id(std::string_view bytes) const { return sender_of_bytes(bytes).control_id; }

base::Result<mapping::Translation> Tongue::translate(std::string_view bytes, base::Micros received) const { return read(bytes, received, false); }
base::Result<mapping::Translation> Tongue::traced(std::string_view bytes, base::Micros received) const { return read(bytes, received, true); }

base::Result<mapping::Translation> Tongue::read(std::string_view bytes, base::Micros received, bool trace) const {
    TRY(const Message message, parse(std::string(bytes), options_.parse));
    if (message.type() == "ACK") return mapping::Translation{};  // kept in the journal, nothing to store
    TRY(check_header(message, options_.accepted));
    TRY(const Structure* structure, grammar_.of(message));
    TRY(mapping::Translation translation,
        hl7v2::translate(message, *structure, library_,
                         {.received = received, .zone = options_.zone, .settings = options_.settings, .trace = trace, .keep_residue = options_.keep_residue}));
    if (options_.dictionary != nullptr)
        for (base::Finding& finding : check_fields(message, *options_.dictionary)) translation.findings.push_back(std::move(finding));
    return translation;
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

std::optional<base::Result<mapping::Question>> Tongue::question(std::string_view bytes) const {
    const Sender sender = sender_of_bytes(bytes);
    if (sender.type != "QBP" && sender.type != "QRY") return std::nullopt;
    const auto message = parse(std::string(bytes), options_.parse);
    if (!message) return std::nullopt;  // translating says what is wrong
    if (auto checked = check_header(*message, options_.accepted); !checked) return base::Result<mapping::Question>(std::move(checked).fault());
    return read_question(*message, library_);
}

std::string Tongue::answer_question(std::string_view bytes, const base::Result<mapping::Found>& found, std::string_view id, base::Micros now) const {
    const auto message = parse(std::string(bytes), options_.parse);
    if (!message) return answer(bytes, &message.fault(), id, now);
    return hl7v2::answer_question(*message, found, library_, id, now);
}

}  // namespace hl7v2
