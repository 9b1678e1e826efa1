// SPDX-License-Identifier: Apache-2.0
#pragma once

// The entries of a Bundle and how references inside it find them (FHIR R4 2.36.4.1): an absolute reference by fullUrl,
// a relative one from the root of the fullUrl of the entry that it stands in. Two maps; linear in the Bundle.

#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fhir::validate {

struct BundleEntry {
    View node;
    View resource;
    std::string_view full_url, type, id, version;
};

class BundleIndex {
public:
    BundleIndex(View bundle, const schema::Schema& schema);

    const std::vector<BundleEntry>& entries() const { return entries_; }

    struct Match {
        std::vector<std::size_t> entries{};   // that the reference names: one when all is well
        std::vector<std::size_t> apparent{};  // of the same type and id, under another fullUrl
        std::string_view fragment{};          // behind '#'
        bool absolute = false;
    };
    Match find(std::string_view reference, const BundleEntry& from) const;

private:
    const schema::Schema& schema_;
    std::vector<BundleEntry> entries_;
    std::unordered_map<std::string, std::vector<std::size_t>> by_url_;    // also "url/_history/version"
    std::unordered_map<std::string, std::vector<std::size_t>> by_local_;  // "Patient/1"
};

// How many elements of `node` and below have this id, in the tree or in narrative.
std::size_t count_ids(View node, std::string_view id);

}  // namespace fhir::validate
