// SPDX-License-Identifier: Apache-2.0
#include "server/http/documents.h"

#include <algorithm>

namespace server::http {

namespace {
constexpr base::Micros fresh = 5'000'000;
constexpr std::size_t most = 16;
}  // namespace

base::Result<Told> Documents::get(const std::string& key, const Make& make) {
    const base::Micros now = clock_.now();
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = kept_.find(key); found != kept_.end() && now - found->second.made < fresh) return found->second.told;
    }
    TRY(Told told, make());
    const std::lock_guard lock(mutex_);
    Kept& kept = kept_[key];
    kept.made = now;
    if (kept.told.tag != told.tag) kept.told = std::move(told);
    Told answer = kept.told;
    if (kept_.size() > most)
        kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) { return a.second.made < b.second.made; }));
    return answer;
}

}  // namespace server::http
