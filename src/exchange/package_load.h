// SPDX-License-Identifier: Apache-2.0
#pragma once

// Puts what a FHIR package publishes into the store, so that it can be read and searched like everything else.
//
// Through the one door, as transactions of PUT, and once: a record remembers for each package what was loaded and what came of it, so that the
// next start costs nothing, and what users change or delete afterwards stays as they left it. Only resources with a url are
// loaded: examples of patients are nobody's patients. Ids are kept. When one is taken by something else (the same definition in another
// version, or what a user stored), the version is appended to it, and a number when that is taken too.

#include "interaction/shelf/stored.h"
#include "store/durable/record.h"

namespace exchange {

struct PackageLoad {
    interaction::Loaded loaded;  // what stands in the store because of packages
    std::size_t written = 0;     // now, by this call
    base::Findings findings;     // what could not be read
};

// What stands in the store because of earlier loads of these packages.
base::Result<interaction::Loaded> loaded_packages(const fhir::definition::Library& library, store::durable::Records& records, base::Micros now);

// All packages of `library`. The context's rules about validation do not count: a package is taken as it was published.
base::Result<PackageLoad> load_packages(const fhir::definition::Library& library, store::durable::Records& records,
                                        const interaction::Context& context);

}  // namespace exchange
