// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/address.h"

#include "fhir/primitive.h"
#include "fhir/resource/reference.h"

#include <algorithm>
#include <string>

namespace fhir::validate {

bool is_absolute(std::string_view address) {
    const std::size_t colon = address.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == address.size()) return false;
    const std::string_view scheme = address.substr(0, colon);
    const bool token = scheme[0] >= 'a' && scheme[0] <= 'z' && std::all_of(scheme.begin(), scheme.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
                       });
    return token && address.find(' ') == std::string_view::npos;
}

std::optional<RestAddress> rest_address(std::string_view address, const schema::Schema& schema) {
    if (!address.starts_with("http://") && !address.starts_with("https://")) return std::nullopt;
    const resource::ReferenceText parts = resource::read_reference(address);
    if (parts.kind != resource::ReferenceText::Kind::absolute || !schema.is_resource(parts.type)) return std::nullopt;
    const auto base_end = static_cast<std::size_t>(parts.type.data() - address.data());
    return RestAddress{address.substr(0, base_end), parts.type, parts.id, parts.version};
}

bool is_lower_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

bool is_plain_oid(std::string_view text) { return primitive::is_oid(std::string("urn:oid:").append(text)); }

Canonical split_canonical(std::string_view text) {
    Canonical parts{text, {}, {}};
    if (const std::size_t hash = parts.url.find('#'); hash != std::string_view::npos && hash > 0) {
        parts.fragment = parts.url.substr(hash + 1);
        parts.url = parts.url.substr(0, hash);
    }
    if (const std::size_t bar = parts.url.find('|'); bar != std::string_view::npos) {
        parts.version = parts.url.substr(bar + 1);
        parts.url = parts.url.substr(0, bar);
    }
    return parts;
}

}  // namespace fhir::validate
