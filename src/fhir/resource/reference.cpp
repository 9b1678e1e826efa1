// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/reference.h"

#include "base/id.h"

#include <algorithm>

namespace fhir::resource {

namespace {

// Takes the last segment off `rest`.
std::string_view last_segment(std::string_view& rest) {
    const std::size_t slash = rest.rfind('/');
    const std::string_view segment = slash == std::string_view::npos ? rest : rest.substr(slash + 1);
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(0, slash);
    return segment;
}

bool has_scheme(std::string_view text) {
    const std::size_t colon = text.find(':');
    return colon != std::string_view::npos && colon > 0 && text.find('/') > colon;
}

}  // namespace

bool looks_like_type(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    return !text.empty() && text.size() <= 64 && text.front() >= 'A' && text.front() <= 'Z' &&
           std::all_of(text.begin(), text.end(), letter);
}

ReferenceText read_reference(std::string_view text) {
    using Kind = ReferenceText::Kind;
    if (text.empty()) return {};
    if (text.front() == '#') return {Kind::contained, {}, {}, text.substr(1), {}};
    ReferenceText result;
    result.kind = Kind::other;
    std::string_view rest = text;
    std::string_view id = last_segment(rest);
    std::string_view type = last_segment(rest);
    if (type == "_history") {
        if (!base::valid_id(id)) return {Kind::other, {}, {}, {}, {}};
        result.version = id;
        id = last_segment(rest);
        type = last_segment(rest);
    }
    if (!looks_like_type(type) || !base::valid_id(id)) return {Kind::other, {}, {}, {}, {}};
    result.type = type;
    result.id = id;
    if (rest.empty() && text.substr(0, type.size()) == type) {
        result.kind = Kind::relative;
    } else if (has_scheme(rest)) {
        result.kind = Kind::absolute;
        result.base = rest;
    } else {
        return {Kind::other, {}, {}, {}, {}};
    }
    return result;
}

}  // namespace fhir::resource
