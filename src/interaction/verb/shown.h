// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a stored version is shown: as its bytes stand, or cut down to what _summary and _elements ask for (the only case
// in which a body is parsed).

#include "fhir/resource/summary.h"
#include "interaction/call/context.h"
#include "interaction/call/response.h"
#include "interaction/call/url.h"

namespace interaction {

// Fault (malformed) on a value that FHIR does not know.
base::Result<fhir::resource::Trim> read_trim(const Pairs& parameters);

// The body of a version that has one. What is stored was written by us: that it cannot be read is a bug (exception).
fhir::Document body_of(const store::Version& version, const Context& context);

base::Result<store::Body> shown(const store::Version& version, const fhir::resource::Trim& trim, const Context& context);

// What the headers of an answer about this version say; content is still empty.
Response about(const store::Version& version);

base::Fault missing(const std::string& type, const std::string& id);
base::Fault gone(const std::string& type, const std::string& id);

}  // namespace interaction
