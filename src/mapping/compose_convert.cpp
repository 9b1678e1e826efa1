// SPDX-License-Identifier: Apache-2.0
#include "mapping/compose_convert.h"

#include <algorithm>
#include <utility>

namespace mapping {

namespace {

constexpr std::pair<std::string_view, OutConversion> names[] = {
    {"text", OutConversion::text},   {"time", OutConversion::time},   {"day", OutConversion::day},
    {"clock", OutConversion::clock}, {"flag", OutConversion::flag},   {"lines", OutConversion::lines},
    {"count", OutConversion::count}, {"authority-name", OutConversion::authority_name},
    {"authority-id", OutConversion::authority_id}, {"authority-type", OutConversion::authority_type}, {"coding-system", OutConversion::coding_system},
};

std::string digits_of(std::string_view text) {
    std::string digits;
    for (const char c : text)
        if (c >= '0' && c <= '9') digits += c;
    return digits;
}

// A DTM has four digits behind the point, and no need for zeros alone: an instant of ours has them always.
std::string fraction_of(std::string_view text) {
    const std::string digits = digits_of(text).substr(0, 4);
    return digits.find_first_not_of('0') == std::string::npos ? std::string() : "." + digits;
}

// "2024-05-01T12:30:00.5+02:00" as "20240501123000.5+0200"
std::string time_of(std::string_view text) {
    const auto t = text.find('T');
    const std::string_view date = text.substr(0, t);
    std::string made = digits_of(date);
    if (made.size() < 4 || made.size() > 8) return {};
    if (t == std::string_view::npos) return made;
    std::string_view rest = text.substr(t + 1);
    const auto zone_at = rest.find_first_of("Z+-");
    const std::string_view zone = zone_at == std::string_view::npos ? std::string_view{} : rest.substr(zone_at);
    rest = rest.substr(0, zone_at);
    const auto dot = rest.find('.');
    made += digits_of(rest.substr(0, dot));
    if (dot != std::string_view::npos) made += fraction_of(rest.substr(dot + 1));
    if (zone == "Z") return made + "+0000";
    return zone.empty() ? made : made + zone[0] + digits_of(zone);
}

std::string clock_of(std::string_view text) {
    const auto dot = text.find('.');
    return digits_of(text.substr(0, dot)) + (dot == std::string_view::npos ? std::string() : fraction_of(text.substr(dot + 1)));
}

}  // namespace

std::optional<OutConversion> find_out_conversion(std::string_view name) {
    for (const auto& [known, conversion] : names)
        if (known == name) return conversion;
    return std::nullopt;
}

std::string convert_out(OutConversion conversion, std::string_view text, const terminology::Naming& naming) {
    if (text.empty()) return {};
    switch (conversion) {
        case OutConversion::time: return time_of(text);
        case OutConversion::day: return digits_of(text.substr(0, text.find('T')));
        case OutConversion::clock: return clock_of(text);
        case OutConversion::flag: return text == "true" ? "Y" : text == "false" ? "N" : "";
        case OutConversion::coding_system: return naming.code_system_name(text);
        case OutConversion::authority_name: return naming.authority(text).name;
        case OutConversion::authority_id: return naming.authority(text).universal;
        case OutConversion::authority_type: return naming.authority(text).type;
        case OutConversion::text:
        case OutConversion::lines:
        case OutConversion::count: break;
    }
    return std::string(text);
}

}  // namespace mapping
