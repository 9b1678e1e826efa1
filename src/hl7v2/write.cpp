// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/write.h"

#include "base/text.h"
#include "hl7v2/escape.h"

#include <utility>

namespace hl7v2 {
namespace {

constexpr int most = 9'999;

bool is_header(std::string_view name) { return name == "MSH" || name == "FHS" || name == "BHS"; }

}  // namespace

void Draft::begin(std::string_view name) {
    done_ += segment();
    atoms_.clear();
    name_ = name.substr(0, 3);
}

void Draft::put(int field, int repetition, int component, int subcomponent, std::string_view text) {
    if (text.empty()) return;
    for (int number : {field, repetition, component, subcomponent})
        if (number < 1 || number > most) return;
    atoms_[{field, repetition, component, subcomponent}] = escape(text, delimiters_);
}

void Draft::put_lines(int field, int repetition, int component, int subcomponent, std::string_view text) {
    if (text.find('\n') == std::string_view::npos || delimiters_.escape == '\0') return put(field, repetition, component, subcomponent, text);
    put(field, repetition, component, subcomponent, "x");
    const auto at = atoms_.find({field, repetition, component, subcomponent});
    if (at == atoms_.end()) return;  // no such place
    std::string made;
    const std::string line_break{delimiters_.escape, '.', 'b', 'r', delimiters_.escape};
    bool first = true;
    for (const std::string_view line : base::split(text, '\n')) {
        if (!std::exchange(first, false)) made += line_break;
        made += escape(line, delimiters_);
    }
    at->second = std::move(made);
}

void Draft::put_null(int field) {
    if (field >= 1 && field <= most) atoms_[{field, 1, 1, 1}] = "\"\"";
}

void Draft::copy(int field, std::string_view raw, const Delimiters& from) {
    if (field < 1 || field > most) return;
    atoms_.erase(atoms_.lower_bound({field, 0, 0, 0}), atoms_.lower_bound({field + 1, 0, 0, 0}));
    if (!raw.empty()) atoms_[{field, 1, 1, 1}] = reescape(raw, from, delimiters_);
}

std::string Draft::segment() const {
    if (name_.empty()) return {};
    std::string out = name_;
    std::array<int, 4> at{0, 1, 1, 1};
    if (is_header(name_)) {
        out += delimiters_.field + delimiters_.encoding_characters();
        at[0] = 2;
    }
    const std::array<char, 4> separators{delimiters_.field, delimiters_.repetition, delimiters_.component,
                                         delimiters_.subcomponent};
    for (const auto& [place, text] : atoms_) {
        if (place[0] <= 2 && is_header(name_)) continue;
        for (std::size_t level = 0; level < 4; ++level) {
            if (place[level] == at[level]) continue;
            const char separator = separators[level] == '\0' ? ' ' : separators[level];
            out.append(static_cast<std::size_t>(place[level] - at[level]), separator);
            for (std::size_t finer = level + 1; finer < 4; ++finer) at[finer] = 1;
        }
        at = place;
        out += text;
    }
    return out + '\r';
}

std::string timestamp(base::Micros time) {
    std::string digits;
    for (char c : base::instant(time).substr(0, 19))
        if (c >= '0' && c <= '9') digits += c;
    return digits + "+0000";
}

std::string reencode(const Message& message, const Delimiters& to) {
    const Delimiters from = message.delimiters();
    std::string out;
    out.reserve(message.bytes().size() + message.size());
    for (std::size_t i = 0; i < message.size(); ++i) {
        const Segment segment = message.segment(i);
        out += segment.name();
        int first = 1;
        if (i == 0) {
            out += to.field + to.encoding_characters();
            first = 3;
        }
        for (int number = first; number <= segment.fields(); ++number) {
            out += to.field;
            out += reescape(segment.field(number).raw(), from, to);
        }
        out += '\r';
    }
    return out;
}

}  // namespace hl7v2
