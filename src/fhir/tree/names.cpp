// SPDX-License-Identifier: Apache-2.0
#include "fhir/tree/names.h"

#include <cassert>

namespace fhir {

std::size_t Names::Hash::operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }

Names::Names() {
    for (std::string_view text : known::names) {
        if (!text.empty()) numbers_.emplace(text, static_cast<Name>(texts_.size()));
        texts_.emplace_back(text);
    }
}

Name Names::intern(std::string_view text) {
    if (const Name name = find(text); name != no_name) return name;
    assert(texts_.size() < local_base);
    const auto name = static_cast<Name>(texts_.size());
    numbers_.emplace(text, name);
    texts_.emplace_back(text);
    return name;
}

Name Names::find(std::string_view text) const {
    const auto found = numbers_.find(text);
    return found == numbers_.end() ? no_name : found->second;
}

}  // namespace fhir
