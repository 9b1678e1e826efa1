// SPDX-License-Identifier: Apache-2.0
#pragma once

// The cursors of a connection (FHIR R4 graphql.html "Searching resources"): a text that brings the whole question with it, sealed for who
// asked, so that only his own are taken. What may be seen is not in it: the plan of who sends it decides.

#include "base/result.h"
#include "interaction/call/request.h"
#include "store/repository.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace interaction {

struct GraphqlCursor {
    std::string type{};
    std::vector<std::pair<std::string, std::string>> parameters{};  // of the search
    std::string after{};       // the store's cursor; "" = from the end that the page begins at
    store::Position as_of = 0;
    bool backwards = false;
    std::int64_t offset = 0;   // matches before the page; backwards: before its end
};

std::string seal_graphql_cursor(const GraphqlCursor& cursor, const Request& request, std::string_view key);

// Fault (malformed) when it was not sealed with this key for who asks.
base::Result<GraphqlCursor> open_graphql_cursor(std::string_view token, const Request& request, std::string_view key);

}  // namespace interaction
