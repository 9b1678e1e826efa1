// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which representation a client wants, and which it sent (FHIR R4 3.1.0.1.10-11).

#include "base/result.h"
#include "fhir/patch/patch.h"

#include <string_view>

namespace server::http {

enum class Format : std::uint8_t { json, xml };

struct Presentation {
    Format format = Format::json;
    bool pretty = false;
};

const char* media_type(Format format);  // "application/fhir+json;charset=UTF-8" ...

// From _format and _pretty of the query, else the Accept header; absent: JSON. A malformed Accept counts as */*.
// unsupported (issue type not-supported) when nothing that is accepted can be made: 406.
base::Result<Presentation> wanted(std::string_view query, std::string_view accept);

// Does the query say the format itself?
bool names_format(std::string_view query);

// From Content-Type. unsupported when it is missing, foreign, or not UTF-8: 415.
base::Result<Format> sent(std::string_view content_type);

// The same for PATCH: a FHIRPath Patch comes in a format, the other two are JSON.
struct SentPatch {
    fhir::patch::Format form = fhir::patch::Format::path;
    Format format = Format::json;
};
base::Result<SentPatch> sent_patch(std::string_view content_type);
const char* accept_patch();  // the media types that sent_patch() takes, for Accept-Patch (RFC 5789 3.1)

}  // namespace server::http
