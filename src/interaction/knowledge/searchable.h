// SPDX-License-Identifier: Apache-2.0
#pragma once

// The search parameters of this moment: R4's own, those of packages, and those that users stored.
//
// When one is stored or deleted, whoever committed it says so (Definitions::committed) and waits: the next generation is made, and the
// store has taken it up durably before the answer goes out. A request takes a generation at its begin and keeps it to its end. Taking one
// is a short lock; making one costs a few milliseconds.

#include "base/current.h"
#include "fhir/search/parameter.h"
#include "fhir/ucum/units.h"
#include "store/repository.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace fhir::ucum {
class Units;
}

namespace interaction {

class Searchable {
public:
    using Held = std::shared_ptr<const fhir::search::Parameters>;
    // Is this version there because a package was loaded? Those count as the package's, not as stored.
    using Published = std::function<bool(const store::Version&)>;

    // All must outlive it; `units` as in Context. `base`: R4's own and packages'. Before open() the store knows no parameter.
    Searchable(const fhir::schema::Schema& schema, const fhir::search::Parameters& base, store::Repository& repository, Published published = {},
               const fhir::ucum::Units* units = nullptr);

    Held now() const { return held_.get(); }

    // Reads what is stored and has the store take it up. Also after a failure: then what was known before counts on.
    base::Result<void> refresh();
    // After a commit. Costs nothing for other types. When it fails (a full disk) behind() is true until refresh() succeeds.
    void committed(std::string_view type);
    bool behind() const { return wanted_ != made_for_; }

    static bool concern(std::string_view type);  // types whose resources change what can be searched for

private:
    base::Result<std::vector<fhir::search::StoredParameter>> stored() const;
    base::Result<void> make();  // mutex_ is held

    const fhir::schema::Schema& schema_;
    const fhir::search::Parameters& base_;
    store::Repository& repository_;
    Published published_;
    const fhir::ucum::Units* units_;
    std::mutex mutex_;
    std::atomic<std::uint64_t> wanted_ = 1;
    std::atomic<std::uint64_t> made_for_ = 0;
    std::shared_ptr<const store::Indexing> indexing_;
    base::Current<fhir::search::Parameters> held_;
};

}  // namespace interaction
