// SPDX-License-Identifier: Apache-2.0
#include "interaction/knowledge/definitions.h"

#include <algorithm>
#include <array>

namespace interaction {

namespace {

constexpr std::array<std::string_view, 6> kinds{"CodeSystem", "ConceptMap", "NamingSystem", "Questionnaire", "StructureDefinition", "ValueSet"};

}  // namespace

bool Definitions::concern(std::string_view type) { return std::find(kinds.begin(), kinds.end(), type) != kinds.end(); }

std::shared_ptr<const Knowledge> Definitions::now() {
    const std::lock_guard lock(mutex_);
    if (made_for_ != generation_) {
        made_ = make_();
        made_for_ = generation_;
    }
    return made_;
}

void Definitions::committed(std::string_view type) {
    if (searchable_ != nullptr) searchable_->committed(type);
    if (!concern(type)) return;
    const std::lock_guard lock(mutex_);
    ++generation_;
}

}  // namespace interaction
