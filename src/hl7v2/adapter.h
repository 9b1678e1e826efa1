// SPDX-License-Identifier: Apache-2.0
#pragma once

// A message as FHIR: parse, arrange and this are all that an interface needs before it commits. Pure; no clock, no
// store. The translation's findings hold the tree's as well. Which maps run is said by profiles/maps/hl7v2/message.

#include "base/clock.h"
#include "base/result.h"
#include "hl7v2/grammar.h"
#include "hl7v2/message.h"
#include "mapping/library.h"
#include "mapping/translation.h"

#include <string>
#include <vector>

namespace hl7v2 {

struct TranslateOptions {
    base::Micros received = 0;            // when the message came: Provenance.recorded
    std::string zone = "Z";               // of times without a zone, when MSH-7 has none either
    std::string space{};                  // the tenant: ids are made within it
    std::vector<std::string> settings{};  // for `if setting NAME` in maps
    bool keep_message = true;             // the bytes become a Binary that Provenance points to
    bool trace = false;
    bool keep_residue = false;            // the MessageHeader carries what no row took (mapping::residue_extension)
};

// Fault not_supported when no message map has the structure's name.
base::Result<mapping::Translation> translate(const Message& message, const Structure& structure,
                                             const mapping::Library& library, const TranslateOptions& options);

}  // namespace hl7v2
