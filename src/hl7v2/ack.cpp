// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/ack.h"

#include "base/text.h"
#include "hl7v2/charset.h"
#include "hl7v2/location.h"
#include "hl7v2/parse.h"
#include "hl7v2/write.h"

#include <algorithm>
#include <optional>

namespace hl7v2 {
namespace {

using base::IssueType;
using Kind = base::Fault::Kind;

constexpr std::size_t most_remarks = 100;
constexpr const char* own_version = "2.5.1";

// The one table from our words to table 0357; the first row that fits decides. `place` is how `where` begins.
struct CodeRow {
    IssueType type;
    const char* place;
    int code;
};
constexpr CodeRow codes[] = {
    {IssueType::not_supported, "MSH-9.2", 201}, {IssueType::not_supported, "MSH-9.3", 201},
    {IssueType::not_supported, "MSH-9", 200},   {IssueType::not_supported, "MSH-11", 202},
    {IssueType::not_supported, "MSH-12", 203},  {IssueType::not_supported, "MSH-18", 102},
    {IssueType::structure, "", 100},            {IssueType::required, "", 101},
    {IssueType::value, "", 102},                {IssueType::too_long, "", 102},
    {IssueType::code_invalid, "", 103},         {IssueType::not_found, "", 204},
    {IssueType::deleted, "", 204},              {IssueType::duplicate, "", 205},
    {IssueType::multiple_matches, "", 205},     {IssueType::conflict, "", 206},
};

struct TextRow {
    int code;
    const char* text;
};
constexpr TextRow texts[] = {
    {0, "Message accepted"},
    {100, "Segment sequence error"},
    {101, "Required field missing"},
    {102, "Data type error"},
    {103, "Table value not found"},
    {200, "Unsupported message type"},
    {201, "Unsupported event code"},
    {202, "Unsupported processing id"},
    {203, "Unsupported version id"},
    {204, "Unknown key identifier"},
    {205, "Duplicate key identifier"},
    {206, "Application record locked"},
    {207, "Application internal error"},
};

Answer answer_to(Kind kind) {
    switch (kind) {
        case Kind::malformed:
        case Kind::unsupported:
        case Kind::unknown:
        case Kind::denied:
        case Kind::too_large: return Answer::AR;
        default: return Answer::AE;
    }
}

When when(std::string_view word) {
    if (word == "NE") return When::never;
    if (word == "ER") return When::on_error;
    if (word == "SU") return When::on_success;
    return When::always;
}

bool says(std::string_view condition) { return !condition.empty() && condition != "\"\""; }

// 2.5.1 as 20501; what cannot be read counts as our own version.
int number_of(std::string_view version) {
    int number = 0;
    int parts = 0;
    for (auto part : base::split(version, '.')) {
        const auto value = base::to_integer(part);
        if (!value || *value < 0 || *value > 99 || parts == 3) return 20501;
        number = number * 100 + static_cast<int>(*value);
        ++parts;
    }
    for (; parts < 3; ++parts) number *= 100;
    return number;
}

// "2.5.1": what is none is not given back, it may be anything.
bool is_version(std::string_view text) {
    return !text.empty() && text.size() <= 8 && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

const char* letter(base::Severity severity) {
    if (severity == base::Severity::warning) return "W";
    return severity == base::Severity::information ? "I" : "E";
}

void write_error(Draft& draft, const Remark& remark, const std::optional<Location>& place) {
    draft.begin("ERR");
    if (place) {
        draft.put(2, 1, 1, 1, place->segment);
        draft.put(2, 1, 2, 1, std::to_string(place->sequence));
        int component = 3;
        for (int number : {place->field, place->repetition, place->component, place->subcomponent}) {
            if (number > 0) draft.put(2, 1, component, 1, std::to_string(number));
            ++component;
        }
        // A field without a repetition means its first (HL7 v2.5 2A.28).
        if (place->field > 0 && place->repetition == 0) draft.put(2, 1, 4, 1, "1");
    }
    draft.put(3, 1, 1, 1, std::to_string(remark.code));
    draft.put(3, 1, 2, 1, error_text(remark.code));
    draft.put(3, 1, 3, 1, "HL70357");
    draft.put(4, letter(remark.severity));
    if (!place) draft.put(7, remark.where);
    draft.put(8, remark.text);
}

void write_old_error(Draft& draft, const Remark& remark, const std::optional<Location>& place, int repetition) {
    if (place) {
        draft.put(1, repetition, 1, 1, place->segment);
        draft.put(1, repetition, 2, 1, std::to_string(place->sequence));
        if (place->field > 0) draft.put(1, repetition, 3, 1, std::to_string(place->field));
    }
    draft.put(1, repetition, 4, 1, std::to_string(remark.code));
    draft.put(1, repetition, 4, 2, error_text(remark.code));
    draft.put(1, repetition, 4, 3, "HL70357");
}

}  // namespace

Sender sender_of(const Message& message) {
    const Segment msh = message.header();
    const auto raw = [&](int number) { return std::string(msh.field(number).raw()); };
    Sender sender;
    sender.delimiters = message.delimiters();
    sender.application = raw(3);
    sender.facility = raw(4);
    sender.receiving_application = raw(5);
    sender.receiving_facility = raw(6);
    sender.type = message.type();
    sender.event = message.event();
    sender.control_id = raw(10);
    sender.processing = raw(11);
    sender.version = raw(12);
    sender.accept = raw(15);
    sender.application_accept = raw(16);
    // As parse() reads it: on the first line of the header, whatever was taken to belong to it after.
    // A control character names no character set, and mirrored it would have to be escaped into something that is none.
    sender.charset = raw(18);
    sender.charset.erase(std::find_if(sender.charset.begin(), sender.charset.end(),
                                      [](unsigned char c) { return c < 0x20 || c == 0x7F; }),
                         sender.charset.end());
    // Nor can a name be mirrored in which their escape character stands ("UTF-8" beside an escape '-').
    if (const char escape = message.delimiters().escape; escape != '\0' && sender.charset.find(escape) != std::string::npos) sender.charset.clear();
    return sender;
}

Sender sender_of_bytes(std::string_view bytes) {
    const auto start = bytes.find("MSH");
    if (start == std::string_view::npos) return {};
    bytes.remove_prefix(start);
    auto line = bytes.substr(0, bytes.find_first_of(std::string_view("\r\n\0\x0B\x1C", 5)));
    line = line.substr(0, 4096);
    // Delimiters that cannot be used are answered with the usual ones; the fields are still the sender's.
    std::string header(line);
    if (!read_delimiters(header)) {
        if (header.size() < 5 || header[3] != '|') return {};
        const auto rest = header.find('|', 4);
        header = "MSH|^~\\&" + (rest == std::string::npos ? std::string() : header.substr(rest));
    }
    auto read = Message::split(header, {});
    if (!read || base::valid_utf8(header)) return read ? sender_of(*read) : Sender{};
    // Our text is UTF-8: what the declared set does not explain is not echoed.
    const Sender raw = sender_of(*read);
    base::Findings ignored;
    auto text = to_utf8(header, raw.charset, raw.delimiters.repetition, ParseOptions{}.fallback_charset, ignored);
    if (text) {
        header = *std::move(text);
    } else {
        std::replace_if(header.begin(), header.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    }
    read = Message::split(std::move(header), {});
    return read ? sender_of(*read) : Sender{};
}

Expected acknowledgements(const Sender& sender, bool response) {
    Expected expected;
    expected.enhanced = says(sender.application_accept);
    if (expected.enhanced) {
        expected.commit = says(sender.accept) ? when(sender.accept) : When::never;
        expected.application = when(sender.application_accept);
    }
    if (response) expected.application = When::never;
    if (sender.type == "ACK" || sender.type == "MCF") expected.commit = expected.application = When::never;
    return expected;
}

Expected acknowledgements(const Message& message) {
    return acknowledgements(sender_of(message), static_cast<bool>(message.first("MSA")));
}

bool wanted(When when, bool success) {
    switch (when) {
        case When::never: return false;
        case When::always: return true;
        case When::on_error: return !success;
        case When::on_success: return success;
    }
    return true;
}

const char* spelling(Answer answer) {
    constexpr const char* names[] = {"AA", "AE", "AR", "CA", "CE", "CR"};
    return names[static_cast<int>(answer)];
}

Answer as_commit(Answer answer) {
    switch (answer) {
        case Answer::AA: return Answer::CA;
        case Answer::AE: return Answer::CE;
        case Answer::AR: return Answer::CR;
        default: return answer;
    }
}

int error_code(IssueType type, std::string_view where) {
    // A whole segment that is missing is an error of sequence, not of a field.
    if (type == IssueType::required)
        if (const auto place = Location::read(where); place && place->field == 0) return 100;
    for (const CodeRow& row : codes)
        if (row.type == type && where.starts_with(row.place)) return row.code;
    return 207;
}

const char* error_text(int code) {
    for (const TextRow& row : texts)
        if (row.code == code) return row.text;
    return error_text(207);
}

Verdict refused(const base::Fault& fault) {
    Verdict verdict{answer_to(fault.kind), {}};
    // Whoever may send, but not this: the message could be taken, its content could not.
    if (fault.kind == Kind::denied && !fault.where.empty() && !fault.where.starts_with("MSH")) verdict.answer = Answer::AE;
    verdict.remarks.push_back({error_code(fault.type, fault.where), base::Severity::error, fault.where, fault.text});
    for (const auto& each : fault.findings)
        if (each.severity != base::Severity::information)
            verdict.remarks.push_back({error_code(each.type, each.where), each.severity, each.where, each.text});
    return verdict;
}

Verdict accepted(const base::Findings& findings) {
    Verdict verdict{base::any_error(findings) ? Answer::AE : Answer::AA, {}};
    for (const auto& each : findings)
        if (each.severity != base::Severity::information)
            verdict.remarks.push_back({error_code(each.type, each.where), each.severity, each.where, each.text});
    // An answer cut short still tells its errors.
    std::stable_sort(verdict.remarks.begin(), verdict.remarks.end(),
                     [](const Remark& a, const Remark& b) { return a.severity < b.severity; });
    return verdict;
}

std::string acknowledge(const Sender& sender, const Verdict& verdict, std::string_view control_id, base::Micros now) {
    const Delimiters& from = sender.delimiters;
    const std::string version = is_version(sender.version.substr(0, sender.version.find(from.component))) ? sender.version : own_version;
    const int number = number_of(version.substr(0, version.find(from.component)));
    Draft draft(from);
    draft.begin("MSH");
    draft.copy(3, sender.receiving_application, from);
    draft.copy(4, sender.receiving_facility, from);
    draft.copy(5, sender.application, from);
    draft.copy(6, sender.facility, from);
    draft.put(7, timestamp(now));
    std::string type = "ACK";
    if (!sender.event.empty()) {
        type += from.component + sender.event;
        if (number >= 20301) type += std::string(1, from.component) + "ACK";
    }
    draft.copy(9, type, from);
    draft.put(10, control_id);
    draft.copy(11, sender.processing.empty() ? "P" : sender.processing, from);
    draft.copy(12, version, from);
    if (is_known_charset(sender.charset, from.repetition)) draft.copy(18, sender.charset, from);
    draft.begin("MSA");
    draft.put(1, spelling(verdict.answer));
    draft.copy(2, sender.control_id, from);
    if (number < 20500 && !verdict.remarks.empty()) draft.put(3, verdict.remarks.front().text);

    const std::size_t told = std::min(verdict.remarks.size(), most_remarks);
    if (number < 20500 && told > 0) draft.begin("ERR");
    for (std::size_t i = 0; i < told; ++i) {
        const Remark& remark = verdict.remarks[i];
        const auto place = Location::read(remark.where);
        if (number < 20500) write_old_error(draft, remark, place, static_cast<int>(i) + 1);
        else write_error(draft, remark, place);
    }
    return from_utf8(draft.bytes(), sender.charset, from.repetition);
}

}  // namespace hl7v2
