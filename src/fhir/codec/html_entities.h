// SPDX-License-Identifier: Apache-2.0
#pragma once

// Narrative in JSON may use HTML's named entities (&nbsp;), which XML without a DOCTYPE does not know.

#include <string>
#include <string_view>

namespace fhir::codec {

// `text` with each named HTML entity replaced by its character; XML's own five and numeric references stay.
std::string without_html_entities(std::string_view text);

}  // namespace fhir::codec
