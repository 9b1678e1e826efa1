// SPDX-License-Identifier: Apache-2.0
#pragma once

// What was asked, as a value: the URL's parameters after parsing (FHIR R4 3.1.1). All clauses must hold. A clause is a tree:
// tests of one resource's own values at the leaves; all, any and none of several; and steps over references to other
// resources (chains and _has), which are trees of the resource on the other side.

#include "base/clock.h"
#include "fhir/search/parameter.h"
#include "fhir/search/words.h"

#include <optional>
#include <string>
#include <vector>

namespace fhir::search {

enum class Prefix : std::uint8_t { eq, ne, gt, lt, ge, le, sa, eb, ap };
enum class Modifier : std::uint8_t { none, missing, exact, contains, not_, type, text, in, not_in, above, below, identifier, of_type,
                                     // of _filter only (search_filter.html), on folded strings: the whole text, and its end
                                     equals, ends_with };

// A number as asked, and the range that its digits stand for.
struct Measure {
    std::string unit;  // base unit, as ucum::Units::canonical() writes it
    double exact = 0;
    double low = 0;
    double high = 0;
};

// One alternative, already read as its parameter's type demands. What fits is told row by row (index_value.h); "row" below is one
// with the parameter's index and, where nothing else is said, component 0.
//
//   token      (no modifier, :not) has_system: row.system == system. any_code ("system|"): nothing more. Otherwise row.code is one of
//              token_keys(parameter, code) (one key; two for the few parameters whose values are of both kinds), and not "".
//              `code` is as asked: whoever makes a Value by hand writes the plain code.
//     :in :not-in :above :below   the same, with the clause's `resolved` values; see Clause.
//     :text       code = string_key() of what was asked: a facet_text row's code begins with it
//     :of-type    code = of_type_key(): a facet_of_type row's code equals it; has_system: and row.system == system
//   string     code = string_key(), text = as asked
//     (none)      row.code begins with code
//     :contains   row.code contains code
//     :exact      row.text == text (and so row.code == code)
//   uri        row.code == code;  :below, :above: is_below(code, row.code), is_above() of address_order.h, with ranges and keys for SQL
//   reference  (none) row.code == code; system not empty: and row.system == system. system "": code is an id of any type ("23": rows with
//              system not empty) or an address (it has a ':' or '/' in it, no id has).
//     :[type]     the same, system = that type
//     :identifier as token, case kept: a facet_identifier row, row.system == system when has_system, row.code == code unless any_code
//     :below, :above  as uri, of canonical addresses; "url|1.2": is the version 1.2 or 1.2.x (above: 1.2, 1)
//   date       [from, to) covers what the text says; prefix ap: already widened. See date_fits() in match.cpp
//   number     exact; [low, high) is the range of its digits (low == high: that number). Prefix ap: already widened, [low, high] closed
//   quantity   the same with units: `measure` present: rows with component 8 + c, row.code == measure.unit, compared with the numbers of
//              `measure`. Not present: plain rows; has_system: row.system == system, and row.code == code unless code is "";
//              without a system, code not "": row.code == code or row.text == code
//   composite  one of `parts` a component, all within one group
//   near       low, high = latitude, longitude; distance_km() (position.h) to the row is at most `exact`
//   _text, _content   `words` holds for the row's text (words.h)
struct Value {
    Prefix prefix = Prefix::eq;
    std::string system;
    std::string code;
    std::string text;
    bool has_system = false;   // "|code" = has_system with empty system
    bool any_code = false;     // "system|"
    base::Micros from = 0;
    base::Micros to = 0;
    double exact = 0;
    double low = 0;
    double high = 0;
    bool missing = false;      // modifier :missing: true or false
    std::vector<Value> parts{};
    std::optional<Measure> measure{};  // quantity: asked in a UCUM unit
    std::optional<Words> words{};
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
    // store is asked: any_of then holds system (with has_system) and plain code of each; none: nothing is in it. Until then
    // any_of[i].text is what was asked, and the clause does not hold, :not-in neither.
    // not_ and not_in hold for a resource without any value too.
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
