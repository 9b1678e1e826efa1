// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/location.h"

namespace hl7v2 {
namespace {

bool is_name(std::string_view text) {
    if (text.size() != 3 || text[0] < 'A' || text[0] > 'Z') return false;
    for (char c : text.substr(1))
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) return false;
    return true;
}

// Takes `before`, a number from 1 and `after` off the front of `text`; 0 when they do not stand there.
int take(std::string_view& text, char before, char after) {
    if (text.empty() || text[0] != before) return 0;
    std::size_t at = 1;
    int number = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && number < 100'000'000)
        number = number * 10 + (text[at++] - '0');
    if (number == 0 || at == 1) return 0;
    if (after != '\0') {
        if (at == text.size() || text[at] != after) return 0;
        ++at;
    }
    text.remove_prefix(at);
    return number;
}

}  // namespace

std::optional<Location> Location::read(std::string_view text) {
    if (!is_name(text.substr(0, 3))) return std::nullopt;
    Location place;
    place.segment = text.substr(0, 3);
    text.remove_prefix(3);
    if (int number = take(text, '[', ']')) place.sequence = number;
    if ((place.field = take(text, '-', '\0')) != 0) {
        place.repetition = take(text, '[', ']');
        if ((place.component = take(text, '.', '\0')) != 0) place.subcomponent = take(text, '.', '\0');
    }
    if (!text.empty()) return std::nullopt;
    return place;
}

std::string Location::text() const {
    std::string out = segment;
    if (sequence > 1) out += "[" + std::to_string(sequence) + "]";
    if (field == 0) return out;
    out += "-" + std::to_string(field);
    if (repetition > 0) out += "[" + std::to_string(repetition) + "]";
    if (component > 0) out += "." + std::to_string(component);
    if (component > 0 && subcomponent > 0) out += "." + std::to_string(subcomponent);
    return out;
}

}  // namespace hl7v2
