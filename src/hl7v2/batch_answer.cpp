// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/batch_answer.h"

#include "base/text.h"
#include "hl7v2/ack.h"
#include "hl7v2/parse.h"
#include "hl7v2/write.h"

namespace hl7v2 {

namespace {

// Fields of FHS and BHS count like those of MSH; both have the same ones (2.10.3).
std::string_view field(std::string_view header, int number) {
    if (header.size() < 4) return {};
    const auto fields = base::split(header, header[3]);
    const auto index = static_cast<std::size_t>(number - 1);
    return index < fields.size() ? fields[index] : std::string_view{};
}

std::string instant(base::Micros now) {
    std::string digits;
    for (char c : base::instant(now).substr(0, 19))
        if (c >= '0' && c <= '9') digits += c;
    return digits + "+0000";
}

std::string header(const char* name, std::string_view from, std::string_view id, base::Micros now) {
    const auto read = read_delimiters(from);
    const Delimiters delimiters = read ? *read : Delimiters{};
    Draft draft(delimiters);
    draft.begin(name);
    draft.copy(3, field(from, 5), delimiters);
    draft.copy(4, field(from, 6), delimiters);
    draft.copy(5, field(from, 3), delimiters);
    draft.copy(6, field(from, 4), delimiters);
    draft.put(7, instant(now));
    draft.put(11, id);
    draft.copy(12, field(from, 11), delimiters);
    return draft.bytes();
}

std::string trailer(const char* name, char separator, std::size_t count) {
    return std::string(name) + separator + std::to_string(count) + '\r';
}

// BTS-1 or FTS-1, when it says another number than was found.
bool is_miscounted(std::string_view trailer, std::size_t found) {
    if (trailer.size() < 5) return false;
    const auto said = base::trim(base::cut(trailer.substr(4), trailer[3]).first);
    if (said.empty()) return false;
    const auto number = base::to_integer(said);
    return !number || *number < 0 || static_cast<std::size_t>(*number) != found;
}

// Says so, to whoever sent the header.
std::string miscounted(const char* where, std::string_view header, std::size_t found, std::string_view id, base::Micros now) {
    Sender sender;
    if (const auto delimiters = read_delimiters(header)) sender.delimiters = *delimiters;
    sender.application = field(header, 3);
    sender.facility = field(header, 4);
    sender.receiving_application = field(header, 5);
    sender.receiving_facility = field(header, 6);
    sender.control_id = field(header, 11);
    Verdict verdict{Answer::AE, {}};
    verdict.remarks.push_back({102, base::Severity::error, {}, std::string(where) + " is not the number of what was found, " + std::to_string(found)});
    return acknowledge(sender, verdict, std::string(id) + '-' + where, now);
}

}  // namespace

std::string batch_answer(const BatchFile& file, const std::vector<std::string>& answers, std::string_view id, base::Micros now) {
    std::string out;
    const bool whole = !file.header.empty();
    if (whole) out += header("FHS", file.header, id, now);
    std::size_t next = 0, number = 0;
    for (const Batch& batch : file.batches) {
        const bool last = ++number == file.batches.size();
        const std::string own_id = std::string(id) + (file.batches.size() > 1 ? "-" + std::to_string(number) : "");
        const std::string_view from = !batch.header.empty() ? batch.header : file.header;
        out += header("BHS", from, own_id, now);
        std::size_t told = 0;
        for (std::size_t i = 0; i < batch.messages.size() && next < answers.size(); ++i, ++next) {
            if (answers[next].empty()) continue;
            out += answers[next];
            ++told;
        }
        if (is_miscounted(batch.trailer, batch.messages.size())) {
            out += miscounted("BTS-1", from, batch.messages.size(), own_id, now);
            ++told;
        }
        if (last && is_miscounted(file.trailer, file.batches.size())) {
            out += miscounted("FTS-1", file.header, file.batches.size(), own_id, now);
            ++told;
        }
        out += trailer("BTS", from.size() > 3 ? from[3] : '|', told);
    }
    if (whole) out += trailer("FTS", file.header[3], file.batches.size());
    return out;
}

}  // namespace hl7v2
