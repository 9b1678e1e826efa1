// SPDX-License-Identifier: Apache-2.0
#pragma once

// Definitions that users stored, as a Source of the Library. Made anew with each Knowledge: what it did not find once it does
// not look for again.

#include "fhir/definition/library.h"
#include "interaction/call/context.h"

#include <map>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace interaction {

// What stands in the store because a package was loaded: "Type/id" -> the version that the load made. A shelf has the same.
using Loaded = std::map<std::string, std::int64_t, std::less<>>;

class Stored final : public fhir::definition::Source {
public:
    // Both must outlive it.
    Stored(const Context& context, const Loaded& loaded) : context_(context), loaded_(loaded) {}

    // The one with that url and version; without a version that of the latest version, of equals the latest change.
    std::optional<std::string> find(std::string_view type, std::string_view url, std::string_view version) const override;
    std::vector<std::string> all(std::string_view type) const override;

private:
    const Context& context_;
    const Loaded& loaded_;
    mutable std::mutex mutex_;
    mutable std::unordered_set<std::string> absent_;
};

// References to what is stored here: "Patient/1", or with this server's base in front. Both must outlive it.
fhir::validate::Fetch stored_fetch(const Context& context, const std::string& base);

}  // namespace interaction
