// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/etag.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace interaction {

bool names_tag(std::string_view condition, std::string_view tag) {
    while (!condition.empty()) {
        const char first = condition.front();
        if (first == ' ' || first == '\t' || first == ',') {
            condition.remove_prefix(1);
            continue;
        }
        if (condition.starts_with("W/") || condition.starts_with("w/")) condition.remove_prefix(2);
        std::string_view one;
        if (const auto end = condition.starts_with('"') ? condition.find('"', 1) : std::string_view::npos; end != std::string_view::npos) {
            one = condition.substr(1, end - 1);
            condition.remove_prefix(end + 1);
            if (!one.empty() && one == tag) return true;
            condition.remove_prefix(std::min(condition.find(','), condition.size()));  // what follows the quote is nothing
            continue;
        }
        const auto comma = std::min(condition.find(','), condition.size());
        one = base::trim(condition.substr(0, comma));
        condition.remove_prefix(comma);
        if (one == "*" || (!one.empty() && one == tag)) return true;
    }
    return false;
}

bool names_version(std::string_view condition, std::int64_t version) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, version).ptr;
    return names_tag(condition, {digits, static_cast<std::size_t>(end - digits)});
}

}  // namespace interaction
