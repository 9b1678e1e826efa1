// SPDX-License-Identifier: Apache-2.0
#pragma once

// Does this one resource satisfy that query? Decided from the resource's index values alone, without SQL.
//
// This is the reference for the meaning of search (FHIR R4 3.1.1): the in-memory store answers with it, the
// relational engine is compared against it, and subscriptions ask it. Linear in index values times asked values.

#include "fhir/search/index_value.h"
#include "fhir/search/query.h"

#include <span>
#include <string>
#include <string_view>

namespace fhir::search {

// True when all clauses of `query` hold. The resource's type is not looked at: the caller has chosen it.
// `index` holds all index values of the resource (extract.h), in any order; _id and _lastUpdated are read from
// the two last arguments.
//
// Clauses of kind forward and backward need other resources: `others` answers for them; without it they do not hold.
class Others {
public:
    virtual ~Others() = default;
    // Does a resource of clause.type, named by one of `references` (values of clause.parameter), satisfy clause.parts?
    virtual bool forward(const Clause& clause, std::span<const IndexValue* const> references) = 0;
    // Does a resource of clause.type refer by clause.parameter to the resource (type, id) at hand and satisfy clause.parts?
    virtual bool backward(const Clause& clause, std::string_view id) = 0;
};

bool matches(const Query& query, std::span<const IndexValue> index, std::string_view id, base::Micros last_updated, Others* others = nullptr);
bool holds(const Clause& clause, std::span<const IndexValue> index, std::string_view id, base::Micros last_updated, Others* others = nullptr);

// What a resource sorts by under one key: its smallest value when ascending, its largest when descending
// (FHIR R4 3.1.1.5.1). Exactly one of text, number and time is meaningful, by the parameter's type. Of its rows with component 0:
//   string, uri, token   code, where it is not ""
//   reference            system + "/" + code where there is a system, else code, where it is not ""
//   number               low ascending, high descending
//   quantity             so too; of the rows in base units (component 8) where the resource has some
//   date                 from ascending, to descending; the other end where that one is open
//   words, position, composites: nothing to sort by
struct SortValue {
    bool present = false;
    std::string text;
    double number = 0;
    base::Micros time = 0;
};

SortValue sort_value(const SortKey& key, std::span<const IndexValue> index, std::string_view id,
                     base::Micros last_updated);

// True when a resource with `a` stands before one with `b`; missing values stand last in both directions.
bool sorts_before(const SortKey& key, const SortValue& a, const SortValue& b);

}  // namespace fhir::search
