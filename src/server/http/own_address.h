// SPDX-License-Identifier: Apache-2.0
#pragma once

// Addresses below the base that are this server's own and no interaction of FHIR: [base]/_async/NAME, where an asynchronous request is
// asked after, and [base]/openapi.json. What FhirSite answers there is in own_address.cpp.

#include "interaction/call/request.h"

#include <optional>
#include <string>
#include <string_view>

namespace server::http {

// Of [base]/_async/NAME.
std::optional<std::string> job_name(std::string_view path, std::string_view root);

// Which requests may be asked asynchronously: what can take long. For the others the preference is not honoured (RFC 7240 2).
bool may_wait(interaction::Verb verb);

}  // namespace server::http
