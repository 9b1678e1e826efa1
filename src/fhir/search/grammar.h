// SPDX-License-Identifier: Apache-2.0
#pragma once

// The criteria of one search URL to clauses: names, chains, _has, _list and _filter, each read by its own file (parse_*.cpp)
// through this class, because they nest in each other. Inside this folder only; parse.h is the way in.
//
// What one URL may cost is counted over all its criteria: clauses built (a chain over many types makes one for each) and values
// read; too much is a Fault of type too-costly. Chains, _has and filters nest at most eight links deep.

#include "base/result.h"
#include "fhir/search/parse.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fhir::search {

// The resource types that a criterion is about. Of several, it must be known for each; nothing = every type (system level).
using Types = std::vector<std::string>;

class Grammar {
public:
    Grammar(const Parameters& its_parameters, const schema::Schema& its_schema, const ParseOptions& its_options)
        : known(its_parameters), schema(its_schema), options(its_options) {}

    const Parameters& known;
    const schema::Schema& schema;
    const ParseOptions& options;

    // One `name=value` of a URL, whatever its form. With an empty value only the name is read, and the clause asks nothing.
    base::Result<Clause> criterion(const Types& at, std::string_view name, std::string_view value, int depth = 0);

    // The parameters that bear this code: one for each of the types, each once. Fault when one of them does not know it.
    base::Result<std::vector<const Parameter*>> find(const Types& at, std::string_view code, std::string_view what = "search parameter") const;

    // Types that a reference may lead to; all of them where the definition does not say.
    std::vector<std::string> targets_of(const Parameter& parameter) const;

    // _filter=value (FHIR R4 search_filter.html): parse_filter.cpp.
    base::Result<Clause> filter(const Types& at, std::string_view value, int depth);

private:
    friend class FilterReader;
    using Inner = std::function<base::Result<Clause>(const Types&)>;

    base::Result<Clause> test(const Types& at, std::string_view code, std::string_view modifier, std::string_view value);
    base::Result<Clause> test(const Parameter& parameter, std::string_view modifier, std::string_view value);
    // `link` ("subject", "subject:Patient") to resources for which `inner` holds; types that do not know `next` are passed over.
    base::Result<Clause> chain(const Types& at, std::string_view link, std::string_view next, int depth, const Inner& inner);
    // `name` begins with "_has:"; `inner` gets the name behind the reference.
    using InnerNamed = std::function<base::Result<Clause>(const Types&, std::string_view rest)>;
    base::Result<Clause> has(const Types& at, std::string_view name, int depth, const InnerNamed& inner);
    base::Result<Clause> list(const Types& at, std::string_view value, int depth);
    base::Result<Clause> functional_list(const Types& at, std::string_view name, int depth);

    bool knows(const std::string& type, std::string_view next) const;
    base::Result<void> spend(std::size_t clauses, std::size_t values, std::string_view where);

    std::size_t clauses_ = 0;
    std::size_t values_ = 0;
};

// Small trees.
Clause every_of(std::vector<Clause> parts);  // Kind::all; one part stands for itself
Clause any_of_parts(std::vector<Clause> parts);  // Kind::any; one part stands for itself
Clause none_of_parts(std::vector<Clause> parts);

}  // namespace fhir::search
