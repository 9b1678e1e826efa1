// SPDX-License-Identifier: Apache-2.0
#pragma once

// This server's interface as an OpenAPI 3.0 document, for tools that do not read a CapabilityStatement: written from the same tables,
// so that the two cannot disagree. Resources are described as JSON objects; what is in them, FHIR's own definitions say.

#include "interaction/call/context.h"

#include <string>

namespace server::http {

// About a megabyte of JSON in some milliseconds; the caller keeps it.
std::string openapi(const std::string& base, const interaction::Context& context);

}  // namespace server::http
