// SPDX-License-Identifier: Apache-2.0
#pragma once

// The _page parameter: where the next page begins, sealed with a keyed digest so that only our own links work. The
// digest also covers what was asked (`binding`): a link does not serve another question.

#include "base/result.h"
#include "interaction/call/request.h"
#include "store/repository.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace interaction {

struct Cursor {
    std::string after;
    store::Position as_of = 0;
    bool backwards = false;              // the page that ends before `after`; with an empty one the last page
    std::optional<std::int64_t> total{}; // as it was counted for the first page: the same on all of them
};

// To whom and for what a page link is good: the plan's who, and the question without the base, as a server may be known by several
// names. Neither can be read as part of the other.
std::string binding_of(const Request& request, std::string_view question);

// The link to a page of `first`, the question's own URL.
std::string page_url(const std::string& first, const std::string& token);

std::string seal(const Cursor& cursor, std::string_view binding, std::string_view key);

// Fault (malformed) when it was not sealed with this key for this binding.
base::Result<Cursor> open_cursor(std::string_view token, std::string_view binding, std::string_view key);

}  // namespace interaction
