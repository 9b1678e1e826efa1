// SPDX-License-Identifier: Apache-2.0
#pragma once

// An archive and what was made of it so far: Documents that somebody still holds, and snapshots, which cost more than
// they weigh. Any thread may ask.

#include "fhir/definition/archive.h"
#include "fhir/tree/document.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace fhir::definition {

class Shelf {
public:
    // Makes a definition complete: a StructureDefinition without a snapshot gets one.
    using Complete = std::function<Document(Document)>;

    Shelf(Archive archive, const Names& names, bool own);

    // Null when the entry is damaged.
    std::shared_ptr<const Document> take(std::size_t index, const Complete& complete) const;

    const Archive archive;
    const bool own;                         // R4's own definitions
    const std::vector<std::string> labels;  // of the archive's packages
    const std::vector<std::size_t> counts;  // definitions in each of them

private:
    const Names& names_;
    mutable std::mutex mutex_;
    mutable std::unordered_map<std::size_t, std::weak_ptr<const Document>> held_;
    mutable std::unordered_map<std::size_t, std::string> made_;  // JSON with the snapshot
};

// True when it differs from its base and nobody wrote down the outcome.
bool lacks_snapshot(View definition);

}  // namespace fhir::definition
