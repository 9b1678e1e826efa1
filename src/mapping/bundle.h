// SPDX-License-Identifier: Apache-2.0
#pragma once

// A translation as a FHIR transaction (FHIR R4 3.1.0.11): one PUT an entry, to the id that its identity gave it.

#include "base/result.h"
#include "fhir/tree/document.h"
#include "mapping/translation.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace mapping {

struct Stored {
    fhir::Document document;
    std::int64_t version = 0;
};

// What is stored under an entry's type and id; nothing when it never was there or is deleted.
using Existing = std::function<base::Result<std::optional<Stored>>(const Entry& entry)>;

// Entries of mode merge are laid over what `existing` answers (merge.h) and are put only if that version is still the
// current one (If-Match), or if there is still none (If-None-Match: *); one that says nothing new is left out. Without
// `existing` entries are written as they are. The only faults are those of `existing`. With `base` ("http://host/fhir") each entry says under
// which URL it will stand, so that the references in it lead somewhere before it is stored.
base::Result<fhir::Document> transaction(const Translation& translation, const fhir::Names& names, const Existing& existing = {},
                                         std::string_view base = {});

}  // namespace mapping
