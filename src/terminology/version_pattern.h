// SPDX-License-Identifier: Apache-2.0
#pragma once

// Versions with holes, as value sets may name them: "1.x" and "1.0.x" (any number there, and what follows), "*" (any).

#include <string_view>

namespace terminology {

inline bool is_version_pattern(std::string_view wanted) {
    return wanted == "*" || wanted.ends_with(".x") || wanted.ends_with(".X") || wanted.find(".x.") != std::string_view::npos;
}

// True when either is empty, they are the same, or `given` fits the pattern.
inline bool version_fits(std::string_view wanted, std::string_view given) {
    if (wanted.empty() || given.empty() || wanted == given || wanted == "*") return true;
    if (!is_version_pattern(wanted)) return false;
    for (;;) {
        const auto end = wanted.find('.');
        const std::string_view part = wanted.substr(0, end);
        const auto given_end = given.find('.');
        const bool hole = part == "x" || part == "X";
        if (!hole && part != given.substr(0, given_end)) return false;
        if (end == std::string_view::npos) return hole || given_end == std::string_view::npos;
        if (given_end == std::string_view::npos) return false;
        wanted.remove_prefix(end + 1);
        given.remove_prefix(given_end + 1);
    }
}

}  // namespace terminology
