// SPDX-License-Identifier: Apache-2.0
// Any text as the cursor of a connection: refused unless we sealed it; and what is sealed opens as it was. Its lines also as a period of care.
#include "interaction/operation/graphql_cursor.h"

#include "base/text.h"
#include "interaction/operation/care_dates.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace interaction;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto [name, value] = base::cut(text, '\n');
    (void)read_period(name, value);
    Request asker;
    asker.plan = permission::unlimited();
    if (open_graphql_cursor(text, asker, "key")) std::abort();  // to be met once in 2^128
    if (size > 10'000 || !base::valid_utf8(text) || text.find('\0') != std::string_view::npos) return 0;
    const GraphqlCursor cursor{"Patient", {{std::string(name), std::string(value)}}, std::string(value), 7, size % 2 == 0, 3};
    const auto opened = open_graphql_cursor(seal_graphql_cursor(cursor, asker, "key"), asker, "key");
    if (!opened || opened->type != cursor.type || opened->parameters != cursor.parameters || opened->after != cursor.after ||
        opened->backwards != cursor.backwards || opened->offset != cursor.offset)
        std::abort();
    return 0;
}
