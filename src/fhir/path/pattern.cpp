// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/pattern.h"

#include <array>
#include <re2/re2.h>
#include <vector>

namespace fhir::path {

struct Pattern::Machine {
    RE2 expression;
};

namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options options() {
    RE2::Options options;
    options.set_dot_nl(true);
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    return options;
}

// Appends `with` for one match: its groups filled in.
void append(std::string_view with, const std::vector<re2::StringPiece>& groups, std::string& out) {
    for (std::size_t i = 0; i < with.size(); ++i) {
        const char c = with[i];
        if (c == '\\' && i + 1 < with.size()) {
            out += with[++i];
            continue;
        }
        if (c != '$') {
            out += c;
            continue;
        }
        const bool braced = i + 1 < with.size() && with[i + 1] == '{';
        const std::size_t digit = i + (braced ? 2 : 1);
        const bool fine = digit < with.size() && with[digit] >= '0' && with[digit] <= '9' &&
                          (!braced || (digit + 1 < with.size() && with[digit + 1] == '}'));
        if (!fine) {
            out += c;
            continue;
        }
        const auto group = static_cast<std::size_t>(with[digit] - '0');
        if (group < groups.size() && groups[group].data() != nullptr) out.append(groups[group].data(), groups[group].size());
        i = digit + (braced ? 1 : 0);
    }
}

}  // namespace

Pattern::Pattern(std::unique_ptr<const Machine> machine) : machine_(std::move(machine)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

base::Result<Pattern> Pattern::compile(std::string_view expression) {
    if (expression.size() > 16'384) return base::Fault{base::Fault::Kind::too_large, "the regular expression is too long"};
    auto machine = std::unique_ptr<const Machine>(new Machine{RE2(piece(expression), options())});
    if (!machine->expression.ok())
        return base::Fault{base::Fault::Kind::invalid, "the regular expression cannot be used: " + machine->expression.error()};
    return Pattern(std::move(machine));
}

bool Pattern::found_in(std::string_view text) const { return RE2::PartialMatch(piece(text), machine_->expression); }
bool Pattern::matches_all_of(std::string_view text) const { return RE2::FullMatch(piece(text), machine_->expression); }

std::optional<std::string> Pattern::replaced(std::string_view text, std::string_view with, std::size_t most) const {
    std::string out;
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(std::min(machine_->expression.NumberOfCapturingGroups(), 9)) + 1);
    std::size_t place = 0;
    while (place <= text.size() &&
           machine_->expression.Match(piece(text), place, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
        const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
        const std::size_t end = begin + groups[0].size();
        out.append(text, place, begin - place);
        append(with, groups, out);
        place = end;
        if (groups[0].empty()) {  // on by one character, so that it ends
            do {
                if (place < text.size()) out += text[place];
                ++place;
            } while (place < text.size() && (static_cast<unsigned char>(text[place]) & 0xC0U) == 0x80U);
        }
        if (out.size() > most) return {};
    }
    if (place < text.size()) out.append(text, place);
    if (out.size() > most) return {};
    return out;
}

}  // namespace fhir::path
