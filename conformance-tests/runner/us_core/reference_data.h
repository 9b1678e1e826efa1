// SPDX-License-Identifier: Apache-2.0
#pragma once

// The resources this suite searches for: fixtures/us-core/*.json, transaction bundles of our own invention. Their ids get a word that no
// other run has, so that nothing of the target is overwritten; they are removed again.

#include "runner/job.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace runner::us_core {

class ReferenceData {
public:
    // `mark` takes the place of "uscore" in every id and reference; empty: they stay as they are written.
    static base::Result<ReferenceData> read(const std::string& folder, const Knowledge& knowledge, const std::string& mark);

    // All of one type, in the order of the files; they live as long as this.
    std::vector<fhir::View> of(std::string_view type) const;
    // "Patient/uscore-amara"; a false View when it is not there.
    fhir::View find(std::string_view reference) const;
    const std::vector<fhir::View>& all() const { return all_; }

    // As one transaction; where the target takes none, one after the other. Steps tell what was done.
    void load(Bench& bench, Test& setup) const;
    // Backwards, so that nothing is removed that something still points to.
    void remove(Bench& bench, Test& teardown) const;

private:
    std::vector<std::shared_ptr<const fhir::Document>> files_{};
    std::vector<fhir::View> all_{};
};

// "Patient/p1"
std::string reference_of(fhir::View resource);

}  // namespace runner::us_core
