// SPDX-License-Identifier: Apache-2.0
#pragma once

// Code systems and value sets of a Library, compiled when they are first asked for and kept within a bound. Any thread
// may ask. What comes back is immutable and stays good whatever happens to the catalog.

#include "fhir/definition/library.h"
#include "terminology/cache.h"
#include "terminology/value_set.h"

namespace terminology {

class Catalog {
public:
    Catalog(fhir::definition::Library library, std::size_t most_bytes);

    // `version` "" = the one that fits `package` best (fhir/definition/library.h). nullptr: not known.
    std::shared_ptr<const CodeSystem> system(std::string_view url, std::string_view version, std::string_view package) const;
    // With supplements added, by their canonicals; nullptr when the system or one of them is not known. Not kept.
    std::shared_ptr<const CodeSystem> system(std::string_view url, std::string_view version, std::string_view package,
                                             const std::vector<std::string>& supplements) const;
    // `canonical` may carry a version.
    std::shared_ptr<const ValueSet> set(std::string_view canonical, std::string_view package) const;
    // One that stands in no library: in a request, or inside another resource.
    ValueSet link(fhir::View resource, std::string_view package) const;

    const fhir::definition::Library& library() const { return library_; }
    void forget();              // after definitions have changed
    std::size_t bytes() const;  // about

private:
    std::string best_version(std::string_view url, std::string_view pattern) const;
    struct Trail;  // value sets that are being linked right now
    Clause::Import import(std::string_view canonical, std::string_view package, const Trail* trail) const;
    Links links(std::string_view package, const Trail* trail) const;

    fhir::definition::Library library_;  // copies share what they hold
    mutable Cache<CodeSystem> systems_;
    mutable Cache<ValueSet> sets_;
};

}  // namespace terminology
