// SPDX-License-Identifier: Apache-2.0
#pragma once

// Profiles by canonical, each compiled when it is first needed and then kept; what is not known is remembered too, within bounds.
// Any thread may ask. A found profile costs one look into a table under a shared lock.

#include "fhir/profile/profile.h"

#include <atomic>
#include <shared_mutex>
#include <unordered_map>

namespace fhir::profile {

class Cache {
public:
    // Both outlive the Cache.
    Cache(const definition::Library& library, const schema::Schema& schema);

    // `canonical` may carry a version or a fragment; `package` is the one of the definition that asks, or empty. Null when nobody knows it,
    // or when it cannot be compiled (`why` then says so). The pointer lives as long as the Cache.
    const Profile* find(std::string_view canonical, std::string_view package = {}, std::string* why = nullptr);
    // R4's own definition of a type; null for backbones and unknown types.
    const Profile* of_type(schema::TypeId type);

    std::size_t size() const;  // profiles that are compiled

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const { return a == b; }
    };
    struct Kept {
        const Profile* profile = nullptr;
        std::string why{};
    };
    template <class Value>
    using Table = std::unordered_map<std::string, Value, Hash, Equal>;

    Kept load(std::string_view canonical, std::string_view package);

    const definition::Library& library_;
    const schema::Schema& schema_;
    mutable std::shared_mutex mutex_;
    static constexpr std::size_t most_questions = 16'384;
    Table<Kept> by_question_;                                // "package canonical", also what nobody knows
    Table<std::shared_ptr<const Profile>> by_identity_;      // "package url|version": one object, however it was asked for
    struct TypeSlot {
        std::atomic<bool> known = false;
        std::atomic<const Profile*> profile = nullptr;
    };
    std::vector<TypeSlot> types_;                            // by TypeId, once asked; read without a lock
    path::Cache programs_;  // one Program for one text, for as long as profiles live: a walk knows by it what it has evaluated
};

}  // namespace fhir::profile
