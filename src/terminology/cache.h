// SPDX-License-Identifier: Apache-2.0
#pragma once

// Compiled things by name, for any number of threads, within a bound: what was not asked for since half of the bound was
// filled with other things is forgotten. A find that hits costs one hash under a shared lock and allocates nothing.
// Who holds a thing keeps it, whatever is forgotten here.

#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace terminology {

struct CacheName {
    std::string_view url, version, package;
};

template <class Thing>
class Cache {
public:
    explicit Cache(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    // Nothing: never asked for. A null pointer: asked for, and not there.
    std::optional<std::shared_ptr<const Thing>> find(const CacheName& name) {
        {
            const std::shared_lock lock(mutex_);
            if (const auto found = young_.find(name); found != young_.end()) return found->second.thing;
            if (old_.empty()) return {};
        }
        const std::unique_lock lock(mutex_);
        const auto found = old_.find(name);
        if (found == old_.end()) return {};
        auto node = old_.extract(found);
        auto thing = node.mapped().thing;
        young_bytes_ += node.mapped().bytes;
        young_.insert(std::move(node));
        grow_older();
        return thing;
    }

    void put(const CacheName& name, std::shared_ptr<const Thing> thing, std::size_t bytes) {
        const std::unique_lock lock(mutex_);
        bytes += sizeof(Key) + name.url.size() + name.version.size() + name.package.size() + 64;
        const auto [at, fresh] = young_.try_emplace(
            Key{std::string(name.url), std::string(name.version), std::string(name.package)}, Held{std::move(thing), bytes});
        if (fresh) young_bytes_ += bytes;
        grow_older();
    }

    void clear() {
        const std::unique_lock lock(mutex_);
        young_.clear();
        old_.clear();
        young_bytes_ = old_bytes_ = 0;
    }

    std::size_t bytes() const {
        const std::shared_lock lock(mutex_);
        return young_bytes_ + old_bytes_;
    }

private:
    struct Key {
        std::string url, version, package;
        operator CacheName() const { return {url, version, package}; }  // NOLINT: keys are names
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const CacheName& name) const {
            const std::hash<std::string_view> hash;
            return hash(name.url) ^ (hash(name.version) * 0x9E3779B97F4A7C15) ^ (hash(name.package) * 0xC2B2AE3D27D4EB4F);
        }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const CacheName& a, const CacheName& b) const {
            return a.url == b.url && a.version == b.version && a.package == b.package;
        }
    };
    struct Held {
        std::shared_ptr<const Thing> thing;
        std::size_t bytes;
    };

    void grow_older() {
        if (young_bytes_ <= most_bytes_ / 2) return;
        old_ = std::exchange(young_, {});
        old_bytes_ = std::exchange(young_bytes_, 0);
    }

    std::size_t most_bytes_;
    mutable std::shared_mutex mutex_;
    std::unordered_map<Key, Held, Hash, Equal> young_, old_;
    std::size_t young_bytes_ = 0, old_bytes_ = 0;
};

}  // namespace terminology
