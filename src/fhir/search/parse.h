// SPDX-License-Identifier: Apache-2.0
#pragma once

// The parameters of a search URL to a Query (FHIR R4 3.1.1): names, modifiers, chains, prefixes, escapes, implicit precision.
//
// Nothing is dropped silently: what is not known or not supported is a Fault, or under lenient handling a Finding in
// Query::findings, and then it is missing in Query::used as well. Linear in the input; no more than 64 criteria, 5,000
// values each, 10 sort keys and 32 includes; chains, _has and filters nest at most 8 links deep.

#include "base/result.h"
#include "fhir/search/query.h"
#include "fhir/ucum/units.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fhir::search {

// A search that an administrator has given a name (FHIR R4 3.1.1.5.8, _query). Its criteria are a query string in which {word} stands
// for the value of the parameter `word` beside _query: "code=http://loinc.org|{code}&date=ge{since}".
struct NamedQuery {
    std::string name;
    std::string type;      // on which it can be asked
    std::string criteria;  // as in a URL, but not percent-encoded
};

struct ParseOptions {
    bool lenient = false;     // Prefer: handling=lenient: what is unknown or unsupported is ignored with a Finding
    int default_count = 50;
    int most_count = 1000;    // a larger _count becomes this
    base::Micros now = 0;     // for the prefix "ap" of dates
    std::vector<std::string> own_bases{};  // our addresses without a slash at the end: absolute references to us become relative
    const std::vector<NamedQuery>* queries = nullptr;
    const ucum::Units* units = nullptr;  // null: quantities fit in the unit they are asked in only; as in ExtractOptions
};

using UrlParameters = std::vector<std::pair<std::string, std::string>>;

// `parameters` are decoded (percent-encoding is gone), in the order of the URL. An empty type searches all types, or those of _type.
base::Result<Query> parse(std::string_view resource_type, const UrlParameters& parameters, const Parameters& known,
                          const schema::Schema& schema, const ParseOptions& options = {});

// "a=1&b=x%20y" to pairs; nothing where the encoding is broken.
base::Result<UrlParameters> read_query_string(std::string_view text);

}  // namespace fhir::search
