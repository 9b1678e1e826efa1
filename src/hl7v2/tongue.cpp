// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/tongue.h"

#include "hl7v2/adapter.h"
#include "hl7v2/batch.h"
#include "hl7v2/batch_answer.h"
#include "hl7v2/charset.h"
#include "hl7v2/describe.h"
#include "hl7v2/envelope.h"
#include "hl7v2/query.h"

#include <algorithm>

namespace hl7v2 {

namespace {

// An acknowledgement answers nothing that we asked, and no answer is due to it (HL7 v2 2.9.2).
bool is_acknowledgement(const Sender& sender) { return sender.type == "ACK" || sender.type == "MCF"; }

// Does a second message begin in it? A line "MSH" with the same separator, as no segment of a message may be.
bool has_second(std::string_view bytes) {
    const auto first = bytes.find("MSH");
    if (first == std::string_view::npos || first + 3 >= bytes.size()) return false;
    for (auto at = bytes.find("MSH", first + 4); at != std::string_view::npos; at = bytes.find("MSH", at + 3))
        if ((bytes[at - 1] == '\r' || bytes[at - 1] == '\n') && at + 3 < bytes.size() && bytes[at + 3] == bytes[first + 3]) return true;
    return false;
}

}  // namespace

Expected Tongue::expected(const Sender& sender) const {
    using Acknowledge = TongueOptions::Acknowledge;
    Expected wanted;
    if (is_acknowledgement(sender) || options_.acknowledge == Acknowledge::none) {
        wanted.application = When::never;
        return wanted;
    }
    if (options_.acknowledge == Acknowledge::original) return wanted;
    wanted = acknowledgements(sender, false);
    if (options_.acknowledge == Acknowledge::enhanced && !wanted.enhanced && !sender.accept.empty() && sender.accept != "\"\"") {
        Sender both = sender;
        both.application_accept = "NE";
        wanted = acknowledgements(both, false);
    }
    return wanted;
}

mapping::Parcel Tongue::open(std::string_view bytes) const {
    mapping::Parcel one{{bytes}, false};
    if (!options_.several) return one;
    const bool batch = is_batch(bytes);
    if (!batch && !has_second(bytes)) return one;
    // Too many of them, or no delimiters: as one message it is refused with the reason.
    const auto file = split_batch(bytes);
    if (!file) return one;
    mapping::Parcel parcel{{}, batch};
    for (const Batch& each : file->batches)
        parcel.messages.insert(parcel.messages.end(), each.messages.begin(), each.messages.end());
    return parcel;
}

std::string Tongue::seal(std::string_view piece, const std::vector<std::string>& answers, std::string_view id, base::Micros now) const {
    const auto file = split_batch(piece);
    if (!file || options_.acknowledge == TongueOptions::Acknowledge::none) return {};
    return batch_answer(*file, answers, id, now);
}

mapping::Envelope Tongue::envelope(std::string_view message) const {
    const Sender sender = sender_of_bytes(message);
    mapping::Envelope envelope;
    envelope.control_id = sender.control_id;
    envelope.application = first_component(sender.application, sender.delimiters.component);
    envelope.facility = first_component(sender.facility, sender.delimiters.component);
    envelope.keys = order_keys(message);
    envelope.deferred = expected(sender).enhanced;
    envelope.acknowledgement = is_acknowledgement(sender);
    return envelope;
}

std::string Tongue::control_id(std::string_view bytes) const { return sender_of_bytes(bytes).control_id; }

// Only the header is read: what follows may be long, and is looked at when the message has been kept.
base::Result<void> Tongue::admit(std::string_view bytes) const {
    const auto start = bytes.find_first_not_of("\r\n");
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    else if (start != std::string_view::npos) bytes.remove_prefix(start);
    TRY(const Message header, parse(std::string(bytes.substr(0, bytes.find_first_of("\r\n"))), options_.parse));
    return check_header(header, options_.accepted);
}

base::Result<mapping::Translation> Tongue::translate(std::string_view bytes, base::Micros received) const { return read(bytes, received, false); }
base::Result<mapping::Translation> Tongue::traced(std::string_view bytes, base::Micros received) const { return read(bytes, received, true); }

base::Result<std::string> Tongue::describe(std::string_view bytes) const {
    TRY(const Message message, parse(std::string(bytes), options_.parse));
    return hl7v2::describe(message);
}

base::Result<mapping::Translation> Tongue::read(std::string_view bytes, base::Micros received, bool trace) const {
    TRY(const Message message, parse(std::string(bytes), options_.parse));
    if (message.type() == "ACK") return mapping::Translation{};  // nothing to store
    TRY(check_header(message, options_.accepted));
    // Broken lines are joined when a message is read, but its sender and its repeats are known by the line as it came.
    if (!is_wide(bytes) && sender_of_bytes(bytes).control_id.empty())
        return base::Fault{base::Fault::Kind::malformed, "the line of MSH is broken before its control id", "MSH-10", base::IssueType::required, {}};
    TRY(const Structure* structure, grammar_.of(message));
    TRY(mapping::Translation translation,
        hl7v2::translate(message, *structure, library_,
                         {.received = received, .zone = options_.zone, .settings = options_.settings, .trace = trace, .keep_residue = options_.keep_residue}));
    if (!message.first("PID")) {
        const auto missing = std::find_if(translation.findings.begin(), translation.findings.end(), [](const base::Finding& finding) {
            return finding.type == base::IssueType::required && finding.severity == base::Severity::error && finding.where == "PID";
        });
        // Other segments are missed often, and what came without them is of use. Without its patient a message belongs nowhere.
        if (missing != translation.findings.end())
            return base::Fault{base::Fault::Kind::invalid, "the segment PID is missing: whose message is it?", "PID", base::IssueType::structure, {}};
    }
    if (options_.dictionary != nullptr)
        for (base::Finding& finding : check_fields(message, *options_.dictionary)) translation.findings.push_back(std::move(finding));
    return translation;
}

std::string Tongue::answer(std::string_view bytes, const base::Fault* fault, std::string_view id, base::Micros now) const {
    const Sender sender = sender_of_bytes(bytes);
    const bool success = fault == nullptr;
    if (!wanted(expected(sender).application, success)) return {};
    return acknowledge(sender, success ? Verdict{} : refused(*fault), id, now);
}

std::string Tongue::commit_answer(std::string_view bytes, const base::Fault* fault, std::string_view id, base::Micros now) const {
    const Sender sender = sender_of_bytes(bytes);
    const bool success = fault == nullptr;
    if (!wanted(expected(sender).commit, success)) return {};
    Verdict verdict = success ? Verdict{} : refused(*fault);
    verdict.answer = as_commit(verdict.answer);
    return acknowledge(sender, verdict, id, now);
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
