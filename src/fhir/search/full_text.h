// SPDX-License-Identifier: Apache-2.0
#pragma once

// The words that _text and _content look into (FHIR R4 3.1.1.4.2).

#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace fhir::search {

inline constexpr std::size_t most_text_bytes = 65'536;  // of one resource; what stands behind is not found

// XHTML without its tags and comments, entities read; a space where a tag stood. For looking up, not for showing.
std::string text_of_xhtml(std::string_view xhtml);

// The narrative, as words_of() makes it.
std::string words_of_narrative(View resource);

// Everything that a reader may know of it: text, narrative, codes and what they are called, also of contained resources. Not ids,
// addresses, numbers, dates, or data.
std::string words_of_content(View resource, const schema::Schema& schema);

}  // namespace fhir::search
