// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/cache.h"

namespace fhir::path {

base::Result<std::shared_ptr<const Program>> Cache::get(std::string_view text) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = by_text_.find(text); found != by_text_.end()) {
            entries_.splice(entries_.begin(), entries_, found->second);
            return found->second->program;
        }
    }
    TRY(auto compiled, Program::compile(text, schema_));
    auto program = std::make_shared<const Program>(std::move(compiled));
    const std::lock_guard lock(mutex_);
    if (const auto found = by_text_.find(text); found != by_text_.end()) return found->second->program;  // another thread was first
    entries_.push_front({std::string(text), program});
    by_text_.emplace(entries_.front().text, entries_.begin());
    if (entries_.size() > most_) {
        by_text_.erase(entries_.back().text);
        entries_.pop_back();
    }
    return program;
}

std::size_t Cache::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace fhir::path
