// SPDX-License-Identifier: Apache-2.0
#pragma once

// The shapes of addresses that rules tell apart (FHIR R4 2.24.0.1, 2.3.0.1). Views into the text; nothing is resolved.

#include "fhir/schema/schema.h"

#include <optional>
#include <string_view>

namespace fhir::validate {

// scheme ":" something, without a space. "urn:uuid:...", "http://a", "mailto:x"; not "Patient/1", not "#a".
bool is_absolute(std::string_view address);

// http(s)://host/.../Type/id, maybe with /_history/version, Type being a resource type.
struct RestAddress {
    std::string_view base;  // ends with '/'
    std::string_view type, id, version;
};
std::optional<RestAddress> rest_address(std::string_view address, const schema::Schema& schema);

bool is_lower_uuid(std::string_view text);  // 8-4-4-4-12, lower case
bool is_plain_oid(std::string_view text);   // 1.3.6.1

struct Canonical {
    std::string_view url, version, fragment;
};
Canonical split_canonical(std::string_view text);

}  // namespace fhir::validate
