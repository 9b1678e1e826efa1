// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/etag.h"

#include "base/text.h"

namespace interaction {

bool names_version(std::string_view condition, std::int64_t version) {
    for (std::string_view part : base::split(condition, ',')) {
        part = base::trim(part);
        if (part == "*") return true;
        if (part.starts_with("W/")) part.remove_prefix(2);
        if (part.size() >= 2 && part.front() == '"' && part.back() == '"') part = part.substr(1, part.size() - 2);
        if (!part.empty() && base::to_integer(part) == version) return true;
    }
    return false;
}

}  // namespace interaction
