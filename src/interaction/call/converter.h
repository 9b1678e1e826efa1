// SPDX-License-Identifier: Apache-2.0
#pragma once

// The port through which foreign documents are translated without being stored: for $convert.

#include "base/clock.h"
#include "base/result.h"
#include "fhir/tree/document.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace interaction {

struct Converted {
    struct Line {
        std::string element;  // FHIRPath within its resource: "Patient.name[0].family"
        std::string resource; // "Patient/1"
        std::string source;   // file and line of the map
    };
    fhir::Document bundle;             // a transaction
    base::Findings findings;
    std::vector<Line> trace;           // when asked for
    std::vector<std::string> residue;  // places of the source that no line took
    std::size_t atoms = 0, kept = 0, dropped = 0;  // values that were sent; held by an element; left out on purpose
};

class Converter {
public:
    virtual ~Converter() = default;
    // Does anybody translate this? A media type ("x-application/hl7-v2+er7") or a short name ("hl7v2").
    virtual bool knows(std::string_view format) const = 0;
    virtual std::vector<std::string> formats() const = 0;  // for messages to people
    // `base` ("http://host/fhir") begins the entries' URLs. Faults: malformed, invalid or unsupported, with the place in the source.
    virtual base::Result<Converted> convert(std::string_view format, std::string_view bytes, base::Micros now, bool trace,
                                            std::string_view base) const = 0;
};

}  // namespace interaction
