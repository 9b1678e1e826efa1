// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/parse.h"

#include "base/text.h"
#include "hl7v2/charset.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hl7v2 {
namespace {

using base::Fault;
using base::IssueType;

Fault fault(Fault::Kind kind, IssueType type, std::string where, std::string text) {
    Fault made;
    made.kind = kind;
    made.type = type;
    made.where = std::move(where);
    made.text = std::move(text);
    return made;
}

Fault malformed(std::string where, std::string text) {
    return fault(Fault::Kind::malformed, IssueType::structure, std::move(where), std::move(text));
}

Fault too_large(std::string what) {
    return fault(Fault::Kind::too_large, IssueType::too_costly, "", "the message has more " + what + " than is accepted");
}

bool is_upper(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_line_end(char c) { return c == '\r' || c == '\n'; }

bool is_delimiter(char c) {
    return c > 0x20 && c < 0x7F && !is_letter(c) && !(c >= '0' && c <= '9');
}

// Three letters or digits and a separator; capitals may stand alone ("MSA" with nothing in it).
bool begins_segment(std::string_view line, char separator) {
    if (line.size() < 3 || !is_letter(line[0])) return false;
    const bool alone = line.size() == 3 || is_line_end(line[3]);
    if (!alone && line[3] != separator) return false;
    for (char c : line.substr(0, 3))
        if (!is_upper(c) && (alone || !is_letter(c))) return false;
    return true;
}

// Where the next line that holds anything begins.
std::size_t skip_empty(std::string_view bytes, std::size_t at) {
    for (;;) {
        while (at < bytes.size() && is_line_end(bytes[at])) ++at;
        std::size_t blank = at;
        while (blank < bytes.size() && (bytes[blank] == ' ' || bytes[blank] == '\t')) ++blank;
        if (blank < bytes.size() && !is_line_end(bytes[blank])) return at;
        at = blank;
        if (at == bytes.size()) return at;
    }
}

enum class Meaning : unsigned char { data, field, end, forbidden };

// NUL, VT and FS: C strings and MLLP frames break on them (HL7 v2 2.A and MLLP 2.0).
std::array<Meaning, 256> meanings(char separator) {
    std::array<Meaning, 256> table{};
    table[static_cast<unsigned char>('\r')] = table[static_cast<unsigned char>('\n')] = Meaning::end;
    table[0x00] = table[0x0B] = table[0x1C] = Meaning::forbidden;
    table[static_cast<unsigned char>(separator)] = Meaning::field;
    return table;
}

constexpr std::size_t most_remarks = 100;

std::string_view raw_field(std::string_view line, char separator, int number) {
    for (; number > 1; --number) {
        const auto end = line.find(separator);
        if (end == std::string_view::npos) return {};
        line.remove_prefix(end + 1);
    }
    return line.substr(0, line.find(separator));
}

}  // namespace

base::Result<Delimiters> read_delimiters(std::string_view bytes) {
    const auto name = bytes.substr(0, 3);
    if (name != "MSH" && name != "FHS" && name != "BHS")
        return malformed("MSH", "the first segment is not MSH");
    const std::string at(name);
    if (bytes.size() < 4 || !is_delimiter(bytes[3]))
        return malformed(at + "-1", "the field separator must be a printable ASCII character, no letter, digit or space");
    Delimiters read;
    read.field = bytes[3];
    auto encoding = bytes.substr(4);
    encoding = encoding.substr(0, encoding.find_first_of(std::string{read.field, '\r', '\n'}));
    if (encoding.size() < 2 || encoding.size() > 5)
        return malformed(at + "-2", "the encoding characters must be two to five, usually ^~\\&");
    for (std::size_t i = 0; i < encoding.size(); ++i) {
        if (!is_delimiter(encoding[i]))
            return malformed(at + "-2", "an encoding character must be a printable ASCII character, no letter, digit or space");
        if (encoding.find(encoding[i], i + 1) != std::string_view::npos)
            return malformed(at + "-2", "an encoding character is declared twice");
    }
    const auto character = [&](std::size_t i) { return i < encoding.size() ? encoding[i] : '\0'; };
    read.component = character(0);
    read.repetition = character(1);
    read.escape = character(2);
    read.subcomponent = character(3);
    read.truncation = character(4);
    return read;
}

base::Result<Message> Message::split(std::string bytes, const Limits& limits, base::Findings remarks) {
    if (bytes.size() > std::min(limits.bytes, std::size_t{UINT32_MAX} - 1)) return too_large("bytes");
    TRY(const Delimiters delimiters, read_delimiters(bytes));
    if (bytes.compare(0, 3, "MSH") != 0) return malformed("MSH", "the first segment is not MSH");
    auto body = std::make_unique<Segment::Body>();
    body->bytes = std::move(bytes);
    body->delimiters = delimiters;
    body->findings = std::move(remarks);
    body->fields.reserve(std::min(body->bytes.size() / 5 + 8, limits.fields));
    body->lines.reserve(std::min(body->bytes.size() / 60 + 4, limits.segments));

    const std::string_view all = body->bytes;
    const auto table = meanings(delimiters.field);
    std::size_t at = 0;
    while (at < all.size()) {
        if (body->lines.size() == limits.segments) return too_large("segments");
        if (at > 0 && all.compare(at, 3, "MSH") == 0) return malformed("MSH[2]", "a second MSH in one message");
        Segment::Line line;
        line.begin = static_cast<std::uint32_t>(at);
        line.first_field = static_cast<std::uint32_t>(body->fields.size());
        bool remarked = false;
        std::size_t next = all.size();
        for (; at < all.size(); ++at) {
            const auto meaning = table[static_cast<unsigned char>(all[at])];
            if (meaning == Meaning::data) continue;
            if (meaning == Meaning::field) {
                if (body->fields.size() == limits.fields) return too_large("fields");
                body->fields.push_back(static_cast<std::uint32_t>(at + 1));
                continue;
            }
            if (meaning == Meaning::forbidden)
                return fault(Fault::Kind::malformed, IssueType::value, std::string(all.substr(line.begin, 3)),
                             "NUL, VT or FS inside the message");
            next = skip_empty(all, at);
            if (next == all.size() || begins_segment(all.substr(next), delimiters.field)) break;
            if (!remarked && body->findings.size() < most_remarks) {
                body->findings.push_back({base::Severity::warning, IssueType::structure,
                                          std::string(all.substr(line.begin, 3)),
                                          "a line does not begin like a segment; read as part of the field before it",
                                          static_cast<int>(body->lines.size()) + 1, 0});
                remarked = true;
            }
            // Behind a bare name there is no field yet to be part of; the line becomes the first.
            if (body->fields.size() == line.first_field) {
                if (body->fields.size() == limits.fields) return too_large("fields");
                body->fields.push_back(static_cast<std::uint32_t>(next));
            }
            at = next - 1;
            next = all.size();
        }
        line.end = static_cast<std::uint32_t>(at);
        line.field_count = static_cast<std::uint32_t>(body->fields.size() - line.first_field);
        body->lines.push_back(line);
        at = next;
    }
    return Message(std::move(body));
}

base::Result<Message> parse(std::string bytes, const ParseOptions& options) {
    if (bytes.size() > options.limits.bytes) return too_large("bytes");
    const bool wide = is_wide(bytes);
    if (wide && !options.wide)
        return fault(Fault::Kind::malformed, IssueType::value, "MSH-18", "the message is in UTF-16 or UTF-32, which is not read here: send it in UTF-8");
    if (wide) {
        TRY(bytes, from_wide(std::move(bytes)));
    }
    std::size_t start = bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    start = skip_empty(bytes, start);
    if (start > 0) bytes.erase(0, start);
    TRY(const Delimiters delimiters, read_delimiters(bytes));
    const std::string_view all = bytes;
    const auto header = all.substr(0, all.find_first_of("\r\n"));
    const std::string charset(raw_field(header, delimiters.field, 18));
    base::Findings remarks;
    if (wide) return Message::split(std::move(bytes), options.limits);
    TRY(auto decoded, to_utf8(std::move(bytes), charset, delimiters.repetition, options.fallback_charset, remarks, options.fallback_instead_of_wrong));
    return Message::split(std::move(decoded), options.limits, std::move(remarks));
}

base::Result<void> check_header(const Message& message, const Accepted& accepted) {
    const auto missing = [](const char* where) {
        return fault(Fault::Kind::malformed, IssueType::required, where, "a required field of MSH is empty");
    };
    const auto has = [](const std::vector<std::string>& list, std::string_view value) {
        return std::find(list.begin(), list.end(), value) != list.end();
    };
    if (message.type().empty()) return missing("MSH-9.1");
    if (message.control_id().empty()) return missing("MSH-10");
    if (message.control_id().size() > accepted.control_id_length)
        return fault(Fault::Kind::malformed, IssueType::value, "MSH-10", "the message control id is too long");
    for (char c : message.header().field(10).text())
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return fault(Fault::Kind::malformed, IssueType::value, "MSH-10",
                         "the message control id holds a control character");
    if (!accepted.processing.empty() && !has(accepted.processing, message.header().field(11).component(1).raw()))
        return fault(Fault::Kind::unsupported, IssueType::not_supported, "MSH-11",
                     "messages of this processing id are not accepted here");
    if (!accepted.versions.empty()) {
        if (message.version().empty()) return missing("MSH-12");
        if (!has(accepted.versions, message.version()))
            return fault(Fault::Kind::unsupported, IssueType::not_supported, "MSH-12",
                         "this version of HL7 v2 is not supported");
    }
    if (!accepted.types.empty() && !has(accepted.types, message.type()))
        return fault(Fault::Kind::unsupported, IssueType::not_supported, "MSH-9.1",
                     "messages of this type are not accepted here");
    return {};
}

}  // namespace hl7v2
