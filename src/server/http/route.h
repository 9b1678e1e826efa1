// SPDX-License-Identifier: Apache-2.0
#pragma once

// FHIR's URL grammar (FHIR R4 3.1.0): method and target -> which verb, on what. Pure; bytes are decoded and checked here
// and nowhere else. What a path means does not depend on which resource types exist: dispatch knows those.

#include "base/result.h"
#include "interaction/call/request.h"
#include "server/http/codec.h"

#include <string_view>

namespace server::http {

// `target` is the raw origin form ("/fhir/Patient?name=x"), `root` the path of the FHIR base ("/fhir").
// The request's body, headers and links stay empty. `form` is the body of a POST _search, else empty.
// missing: not below root, or no such path; unsupported: the method does not go with the path (its `where` then lists the
// methods that do, for Allow); malformed: bad percent-encoding or characters.
base::Result<interaction::Request> route(Method method, std::string_view target, std::string_view root,
                                         std::string_view form);

// The commonest request of all without a temporary: true when this is GET or HEAD of root/Type/id, written plainly; then
// `request` has its verb, type and id, the same as route() gives. False says nothing: ask route().
bool is_plain_read(Method method, std::string_view target, std::string_view root, interaction::Request& request);

// True when the target is a search by POST, whose body is a form.
bool is_form(Method method, std::string_view target);

}  // namespace server::http
