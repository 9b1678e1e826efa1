// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/place.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::codec {

base::Fault fault_at(std::string_view bytes, std::size_t offset, std::string text, std::string where, base::IssueType type) {
    const std::string_view before = bytes.substr(0, std::min(offset, bytes.size()));
    const auto line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    const auto start = before.rfind('\n');
    const auto column = static_cast<int>(start == std::string_view::npos ? before.size() + 1 : before.size() - start);
    text = fmt::format("{} (line {}, column {})", text, line, column);
    base::Fault fault{.kind = base::Fault::Kind::malformed, .text = text, .where = where, .type = type};
    fault.findings.push_back({base::Severity::error, type, std::move(where), std::move(text), line, column});
    return fault;
}

}  // namespace fhir::codec
