// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Prefer field (RFC 7240) with the preferences that FHIR R4 knows (3.1.0.1.4, 3.1.1.3.1, 3.1.6). Of two that are said twice the
// first counts (RFC 7240 2); what is not known is passed over.

#include "interaction/call/request.h"

#include <string_view>

namespace server::http {

struct Preferences {
    interaction::Request::Return wanted = interaction::Request::Return::unsaid;
    bool lenient = false;
    bool respond_async = false;
};

Preferences read_preferences(std::string_view prefer);

}  // namespace server::http
