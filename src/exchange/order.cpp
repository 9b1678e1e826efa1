// SPDX-License-Identifier: Apache-2.0
#include "exchange/order.h"

#include <algorithm>
#include <utility>

namespace exchange {

struct Order::Place {
    std::vector<std::string> keys;
    std::size_t behind = 0;  // in how many lines somebody stands before it
    Work work;
    bool left = false;
};

Order::Held Order::arrive(std::vector<std::string> keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    const auto place = std::make_shared<Place>();
    place->keys = std::move(keys);
    const std::lock_guard lock(mutex_);
    for (const std::string& key : place->keys) {
        auto& line = lines_[key];
        if (!line.empty()) ++place->behind;
        line.push_back(place);
    }
    return place;
}

bool Order::go(const Held& place, Work work) {
    const std::lock_guard lock(mutex_);
    if (place->behind == 0) return true;
    place->work = std::move(work);
    return false;
}

void Order::leave(const Held& place) {
    std::vector<Work> turns;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(place->left, true)) return;
        place->work = nullptr;
        for (const std::string& key : place->keys) {
            const auto found = lines_.find(key);
            auto& line = found->second;
            const bool first = line.front() == place;
            line.erase(std::find(line.begin(), line.end(), place));
            if (line.empty()) {
                lines_.erase(found);
            } else if (first && --line.front()->behind == 0 && line.front()->work) {
                turns.push_back(std::exchange(line.front()->work, nullptr));
            }
        }
    }
    for (Work& work : turns) run_(std::move(work));
}

}  // namespace exchange
