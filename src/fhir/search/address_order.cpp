// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/address_order.h"

#include <algorithm>

namespace fhir::search {

namespace {

constexpr std::string_view oid = "urn:oid:";
constexpr std::size_t most_steps = 100;  // of a path: the others are not asked for

// From `asked` and then `step` on: everything that goes on behind it.
AddressRange going_on(std::string_view asked, char step) {
    AddressRange range{std::string(asked) + step, std::string(asked) + static_cast<char>(step + 1)};
    return range;
}

bool has_version(std::string_view address) {
    const std::size_t bar = address.find('|');
    return bar != std::string_view::npos && bar > 0 && bar + 1 < address.size();
}

// "begin" and its beginnings that end before a point: "1.2.3" from `begin` on.
void add_pointed(std::string_view address, std::size_t begin, std::vector<std::string>& found) {
    for (std::size_t at = address.find('.', begin); at != std::string_view::npos && found.size() < most_steps; at = address.find('.', at + 1))
        if (at > begin) found.emplace_back(address.substr(0, at));
}

}  // namespace

std::vector<AddressRange> ranges_below(std::string_view asked) {
    if (asked.empty()) return {};
    if (has_version(asked)) return {going_on(asked, '.')};
    if (asked.starts_with(oid)) return {going_on(asked, '.')};
    if (asked.starts_with("urn:")) return {};
    if (asked.ends_with('/')) return {going_on(asked.substr(0, asked.size() - 1), '/')};
    return {going_on(asked, '#'), going_on(asked, '/'), going_on(asked, '?')};
}

std::vector<std::string> addresses_above(std::string_view asked) {
    std::vector<std::string> found;
    if (asked.empty()) return found;
    found.emplace_back(asked);
    if (has_version(asked)) {
        add_pointed(asked, asked.find('|') + 1, found);
        return found;
    }
    if (asked.starts_with(oid)) {
        add_pointed(asked, oid.size(), found);
        return found;
    }
    if (asked.starts_with("urn:")) return found;
    const std::size_t scheme = asked.find("://");
    const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    for (std::size_t at = asked.find_first_of("/?#", begin); at != std::string_view::npos && found.size() < most_steps;
         at = asked.find_first_of("/?#", at + 1)) {
        if (at > begin) found.emplace_back(asked.substr(0, at));
        if (asked[at] == '/' && at + 1 < asked.size()) found.emplace_back(asked.substr(0, at + 1));
    }
    return found;
}

bool is_below(std::string_view asked, std::string_view address) {
    if (asked.empty() || !address.starts_with(asked)) return false;
    if (address == asked) return true;
    const auto ranges = ranges_below(asked);
    return std::any_of(ranges.begin(), ranges.end(), [&](const AddressRange& range) { return range.from <= address && address < range.to; });
}

bool is_above(std::string_view asked, std::string_view address) {
    if (address.empty() || !asked.starts_with(address)) return false;
    const auto above = addresses_above(asked);
    return std::find(above.begin(), above.end(), address) != above.end();
}

}  // namespace fhir::search
