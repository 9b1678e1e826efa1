// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/graphql_cursor.h"

#include "base/text.h"
#include "interaction/call/url.h"
#include "interaction/verb/cursor.h"

namespace interaction {

// "<seal>.<type>?<query>#<direction><offset>", the part behind the point percent-encoded: it is what the seal covers.
std::string seal_graphql_cursor(const GraphqlCursor& cursor, const Request& request, std::string_view key) {
    const std::string plain = "graphql:" + cursor.type + "?" + write_query(cursor.parameters) + "#" + (cursor.backwards ? "b" : "f") +
                              std::to_string(cursor.offset);
    return seal({cursor.after, cursor.as_of}, binding_of(request, plain), key) + "." + base::percent_encode(plain.substr(8));
}

base::Result<GraphqlCursor> open_graphql_cursor(std::string_view token, const Request& request, std::string_view key) {
    const auto [sealed, encoded] = base::cut(token, '.');
    const std::string plain = base::percent_decode(encoded, false).value_or("");
    TRY(const Cursor inside, open_cursor(sealed, binding_of(request, "graphql:" + plain), key));
    const auto [question, page] = base::cut(plain, '#');
    const auto [type, query] = base::cut(question, '?');
    GraphqlCursor cursor;
    cursor.type = type;
    TRY(cursor.parameters, read_query(query));
    cursor.after = inside.after;
    cursor.as_of = inside.as_of;
    cursor.backwards = page.starts_with('b');
    cursor.offset = base::to_integer(page.substr(page.empty() ? 0 : 1)).value_or(0);
    return cursor;
}

}  // namespace interaction
