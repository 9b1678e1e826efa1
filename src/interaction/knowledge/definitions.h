// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Knowledge that holds now. When definitions are stored or deleted, whoever committed them says so, and the next request
// gets a new Knowledge: what was acknowledged is known from then on. Requests under way keep the one they took.

#include "interaction/knowledge/knowledge.h"
#include "interaction/knowledge/searchable.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>

namespace interaction {

class Definitions {
public:
    using Make = std::function<std::shared_ptr<const Knowledge>()>;
    explicit Definitions(Make make, Searchable* searchable = nullptr) : make_(std::move(make)), searchable_(searchable) {}

    // Makes it when it is not made yet; others wait for that.
    std::shared_ptr<const Knowledge> now();

    // What can be searched for; null: what the Context says, for ever.
    Searchable* searchable() const { return searchable_; }

    // After a commit. Costs nothing for types that are no definitions. What can be searched for has changed when it returns.
    void committed(std::string_view type);

    // Types whose resources change what is known: profiles, value sets, code systems and the like.
    static bool concern(std::string_view type);

private:
    Make make_;
    Searchable* searchable_;
    std::mutex mutex_;
    std::uint64_t generation_ = 1;
    std::uint64_t made_for_ = 0;
    std::shared_ptr<const Knowledge> made_;
};

}  // namespace interaction
