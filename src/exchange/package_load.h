// SPDX-License-Identifier: Apache-2.0
#pragma once

// Puts what a FHIR package publishes into the store, so that it can be read and searched like everything else.
//
// Through the one door, as transactions of PUT, and once: a record remembers which archive was loaded and what came of it, so that the
// next start costs nothing, and what users change or delete afterwards stays as they left it. Only resources with a url are
// loaded: examples of patients are nobody's patients. Ids are kept. When one is taken by something else (the same definition in another
// version, or what a user stored), the version is appended to it, and a number when that is taken too.

#include "interaction/knowledge/stored.h"
#include "store/durable/record.h"

#include <string>

namespace exchange {

struct PackageLoad {
    interaction::Loaded loaded;  // what stands in the store because of this package
    std::size_t written = 0;     // now, by this call
    base::Findings findings;     // files that could not be read
};

// `name`: "hl7.fhir.us.core#6.1.0". The context's rules about validation do not count: a package is taken as it was published.
base::Result<PackageLoad> load_package(const std::string& path, const std::string& name, store::durable::Records& records,
                                       const interaction::Context& context);

}  // namespace exchange
