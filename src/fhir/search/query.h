// SPDX-License-Identifier: Apache-2.0
#pragma once

// What was asked, as a value: the URL's parameters after parsing (FHIR R4 3.1.1). All clauses must hold; of a clause's
// values any one.

#include "base/clock.h"
#include "fhir/search/parameter.h"

#include <optional>
#include <string>
#include <vector>

namespace fhir::search {

enum class Prefix : std::uint8_t { eq, ne, gt, lt, ge, le, sa, eb, ap };
enum class Modifier : std::uint8_t { none, missing, exact, contains, not_, type };

// One alternative, already read as its parameter's type demands.
struct Value {
    Prefix prefix = Prefix::eq;
    // token: `system` counts only when has_system ("|code" = has_system with empty system; "system|" = any_code)
    // string: code = folded, text = as asked; uri: code
    // reference: system = resource type or "", code = id; text = absolute url when asked so
    // quantity: as token for system and unit code; low..high the implicit range of the number, number itself in `exact`
    std::string system;
    std::string code;
    std::string text;
    bool has_system = false;
    bool any_code = false;
    base::Micros from = 0;  // date: the interval [from, to) that the text covers
    base::Micros to = 0;
    double exact = 0;       // number, quantity
    double low = 0;
    double high = 0;
    bool missing = false;   // modifier :missing: true or false
    std::vector<Value> parts;  // composite: one a component
};

struct Clause {
    // _id and _lastUpdated are clauses too, with their published parameters.
    const Parameter* parameter = nullptr;
    Modifier modifier = Modifier::none;
    std::string type;  // for Modifier::type: "Patient" of subject:Patient=1
    std::vector<Value> any_of;
};

struct SortKey {
    const Parameter* parameter = nullptr;  // _id and _lastUpdated included
    bool descending = false;
};

enum class Total : std::uint8_t { none, estimate, accurate };
enum class Summary : std::uint8_t { no, yes, text, data, count };

struct Query {
    std::string type;            // resource type; empty = all types (system level)
    std::vector<Clause> clauses;
    std::vector<SortKey> sort;
    int count = 50;              // entries a page, 0 = only the total
    Total total = Total::none;
    Summary summary = Summary::no;
    std::vector<std::string> elements;  // _elements

    // The parameters in use, as they go into the self link, in order, still encoded for a URL.
    std::vector<std::pair<std::string, std::string>> used;
    base::Findings findings;     // what was ignored under lenient handling
};

}  // namespace fhir::search
