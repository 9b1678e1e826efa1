// SPDX-License-Identifier: Apache-2.0
#pragma once

// The port to wherever resources are: what a selection asks for while it runs. What somebody may not see is not there. Every View
// that is given lives as long as the Source. A Fault ends the whole answer.

#include "base/result.h"
#include "fhir/tree/view.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fhir::graphql {

// A search in GraphQL's words (FHIR R4 graphql.html "Searching resources").
struct Search {
    std::string type;
    // Names as they were written ('_' may stand for '-'); several values are alternatives.
    std::vector<std::pair<std::string, std::vector<std::string>>> parameters{};
    std::string reference{};  // _reference: the parameter that must name `of`; "" at system level
    View of{};                // the resource inside which it stands
    std::string cursor{};     // of an earlier Connection; then there are no parameters
};

struct Connection {
    struct Edge {
        std::string mode;   // "match"
        std::string score;  // a number; "" = not said
        View resource{};
    };
    std::vector<Edge> edges;
    std::optional<std::int64_t> count;  // of all matches
    std::optional<std::int64_t> offset; // of the first edge
    int pagesize = 0;
    std::string first, previous, next, last;  // cursors; "" = there is no such page
};

class Source {
public:
    virtual ~Source() = default;
    virtual base::Result<View> read(std::string_view type, std::string_view id) = 0;  // a false View: not there
    // What a reference outside its own resource says: "Patient/1", "http://server/fhir/Patient/1".
    virtual base::Result<View> resolve(std::string_view reference) = 0;
    // All matches; a Fault when they are too many, unless _count says how many are wanted.
    virtual base::Result<std::vector<View>> list(const Search& search) = 0;
    // `counted`: the number of all matches is wanted.
    virtual base::Result<Connection> connect(const Search& search, bool counted) = 0;
};

}  // namespace fhir::graphql
