// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/cursor.h"

#include "base/crypto.h"
#include "base/text.h"

#include <algorithm>

namespace interaction {
namespace {

constexpr std::size_t seal_size = 16;

// base64url without padding (RFC 4648 5): needs no escape in a URL.
std::string url_safe(std::string_view bytes) {
    std::string text = base::base64_encode(bytes);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    while (text.ends_with('=')) text.pop_back();
    return text;
}

std::string digest(std::string_view payload, std::string_view binding, std::string_view key) {
    std::string sealed = std::to_string(payload.size()) + ":";
    sealed += payload;
    sealed += binding;
    return std::string(base::view(base::hmac_sha256(key, sealed)).substr(0, seal_size));
}

}  // namespace

std::string binding_of(const Request& request, std::string_view question) {
    std::string binding = request.plan->who;
    binding += '\0';
    binding += question;
    return binding;
}

std::string page_url(const std::string& first, const std::string& token) {
    return first + (first.find('?') == std::string::npos ? "?" : "&") + "_page=" + token;
}

std::string seal(const Cursor& cursor, std::string_view binding, std::string_view key) {
    const std::string payload = std::to_string(cursor.as_of) + ":" + (cursor.backwards ? "b" : "f") + ":" +
                                (cursor.total ? std::to_string(*cursor.total) : std::string()) + ":" + cursor.after;
    return url_safe(digest(payload, binding, key) + payload);
}

base::Result<Cursor> open_cursor(std::string_view token, std::string_view binding, std::string_view key) {
    const base::Fault refused{base::Fault::Kind::malformed,
                              "This page link is not one of this server for this question; begin again at the first page.",
                              "", base::IssueType::value};
    if (token.size() > 16'384) return refused;
    std::string text(token);
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    while (text.size() % 4 != 0) text += '=';
    const auto bytes = base::base64_decode(text);
    if (!bytes || bytes->size() <= seal_size || url_safe(*bytes) != token) return refused;
    const std::string_view payload = std::string_view(*bytes).substr(seal_size);
    if (!base::equal_in_constant_time(std::string_view(*bytes).substr(0, seal_size), digest(payload, binding, key)))
        return refused;
    const auto [as_of, behind] = base::cut(payload, ':');
    const auto [direction, further] = base::cut(behind, ':');
    const auto [total, after] = base::cut(further, ':');
    const auto position = base::to_integer(as_of);
    if (!position) return refused;
    return Cursor{std::string(after), *position, direction == "b", base::to_integer(total)};
}

}  // namespace interaction
