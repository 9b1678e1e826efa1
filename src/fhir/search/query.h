// SPDX-License-Identifier: Apache-2.0
#pragma once

// What was asked, as a value: the URL's parameters after parsing (FHIR R4 3.1.1). All clauses must hold. A clause is a tree:
// tests of one resource's own values at the leaves; all, any and none of several; and steps over references to other
// resources (chains and _has), which are trees of the resource on the other side.

#include "base/clock.h"
#include "fhir/search/parameter.h"

#include <optional>
#include <string>
#include <vector>

namespace fhir::search {

enum class Prefix : std::uint8_t { eq, ne, gt, lt, ge, le, sa, eb, ap };
enum class Modifier : std::uint8_t { none, missing, exact, contains, not_, type, text, in, not_in, above, below, identifier, of_type,
                                     // of _filter only (search_filter.html), on folded strings: the whole text, and its end
                                     equals, ends_with };

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
    enum class Kind : std::uint8_t {
        test,     // one of any_of fits a value of `parameter` under `modifier`
        all,      // every one of `parts` holds; no parts: true
        any,      // at least one of `parts` holds; no parts: false
        none,     // no one of `parts` holds
        forward,  // chain: `parameter` of this resource refers to a resource of type `type` for which all `parts` hold
        backward  // _has: `parameter` of a resource of type `type` refers to this one, and for that resource all `parts` hold
    };
    // test: _id and _lastUpdated are parameters too, the published ones. forward, backward: of type reference.
    const Parameter* parameter = nullptr;
    Modifier modifier = Modifier::none;
    std::string type{};  // for Modifier::type: "Patient" of subject:Patient=1; forward, backward: the other resource's
    std::vector<Value> any_of{};
    Kind kind = Kind::test;
    std::vector<Clause> parts{};
    // in, not_in, above, below of tokens: what the asked value sets and codes stand for, found out by who knows codes before a
    // store is asked (system and code of a Value count). Until then any_of holds what was asked, as text.
    bool resolved = false;
};

struct SortKey {
    const Parameter* parameter = nullptr;  // _id and _lastUpdated included
    bool descending = false;
};

enum class Total : std::uint8_t { none, estimate, accurate };
enum class Summary : std::uint8_t { no, yes, text, data, count };
// _contained (FHIR R4 3.1.1.5.6): whether resources inside others are searched. The verb's business, not a store's.
enum class Contained : std::uint8_t { no, only, both };

// _include and _revinclude (FHIR R4 3.1.1.5.4): further resources that a page brings along.
struct Include {
    std::string source;   // type of the resource that holds the reference; "*" = every type
    std::vector<const Parameter*> parameters;  // of type reference; "*" stands for all that the source has
    std::string target;   // only resources of this type; empty = any
    bool reverse = false;  // _revinclude
    bool iterate = false;  // :iterate (or :recurse): also from what was included
};

struct Query {
    std::string type;            // resource type; empty = all types (system level)
    std::vector<std::string> types{};  // at system level: only these (_type); empty = all
    std::vector<Clause> clauses;
    std::vector<Include> includes{};
    std::vector<SortKey> sort;
    int count = 50;              // entries a page, 0 = only the total
    Total total = Total::none;
    Summary summary = Summary::no;
    std::vector<std::string> elements;  // _elements
    bool explain = false;               // _explain (our own): the plan instead of an answer
    Contained contained = Contained::no;
    bool containers = true;             // _containedType: the resource around a contained one answers for it

    // The parameters in use, as they go into the self link, in order, still encoded for a URL.
    std::vector<std::pair<std::string, std::string>> used;
    base::Findings findings;     // what was ignored under lenient handling
};

}  // namespace fhir::search
