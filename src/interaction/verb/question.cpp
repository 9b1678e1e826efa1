// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/question.h"

#include "fhir/search/parse.h"
#include "fhir/search/parse_result.h"
#include "interaction/verb/resolve_codes.h"
#include "interaction/verb/sight.h"

#include <algorithm>

namespace interaction {

using base::Fault;
using fhir::search::Query;

namespace {

constexpr int at_once = 100;  // matches, where some are closed

}  // namespace

base::Result<Query> read_question(const std::string& type, const Pairs& parameters, bool lenient,
                                  const std::string& own_base, const Context& context, store::Snapshot* snapshot,
                                  const permission::Plan* plan) {
    fhir::search::ParseOptions options;
    options.lenient = lenient;
    options.default_count = context.rules.default_count;
    options.most_count = context.rules.most_count;
    options.now = context.clock.now();
    options.queries = &context.rules.queries;
    options.own_bases = context.rules.own_bases;
    options.units = context.units;
    if (!own_base.empty()) options.own_bases.push_back(own_base);
    auto query = fhir::search::parse(type, parameters, context.parameters, context.schema, options);
    if (query) {
        TRY(resolve_codes(*query, context, snapshot, plan));
        return query;
    }
    Fault fault = std::move(query).fault();
    if (fault.kind == Fault::Kind::invalid || fault.kind == Fault::Kind::unsupported) fault.kind = Fault::Kind::malformed;
    return fault;
}

base::Result<Query> read_criteria(const std::string& type, const Pairs& parameters, const std::string& own_base,
                                  const Context& context) {
    for (const auto& [name, value] : parameters)
        if (fhir::search::is_result_parameter(name))
            return Fault{Fault::Kind::malformed, "The criteria of a conditional interaction choose resources; " + name.substr(0, 80) +
                         " is about a list of them.", name.substr(0, 80), base::IssueType::value};
    TRY(auto query, read_question(type, parameters, false, own_base, context));
    if (query.clauses.empty() || !query.findings.empty())
        return Fault{Fault::Kind::malformed,
                     "A conditional interaction needs search criteria with values, for example identifier=system|value.", "",
                     base::IssueType::required};
    query.sort.clear();  // of a named query
    query.includes.clear();
    query.total = fhir::search::Total::none;
    query.summary = fhir::search::Summary::no;
    return query;
}

base::Result<std::vector<store::Version>> matches(store::Snapshot& snapshot, const Query& criteria, const permission::Plan& plan,
                                                  std::size_t most, const Context& context) {
    constexpr int most_pages = 100;
    std::vector<store::Version> found;
    store::Window window;
    window.count = static_cast<int>(most);
    for (int pages = 0; pages < most_pages; ++pages) {
        TRY(store::Page page, snapshot.search(criteria, plan.search, window));
        TRY(drop_unseen(page.entries, plan, snapshot, context));
        for (store::Version& version : page.entries)
            if (found.size() < most) found.push_back(std::move(version));
        if (found.size() == most || page.next.empty()) return found;
        window.after = page.next;
        window.as_of = page.as_of;
        window.count = std::max(window.count, at_once);
    }
    return Fault{Fault::Kind::too_costly, "The criteria match too much; narrow them."};
}

base::Result<std::optional<store::Version>> only_match(store::Snapshot& snapshot, const Query& criteria, const permission::Plan& plan,
                                                       const Context& context) {
    TRY(auto found, matches(snapshot, criteria, plan, 2, context));
    if (found.size() > 1)
        return Fault{Fault::Kind::ambiguous, "The criteria match more than one " + criteria.type + "; one at most is expected."};
    if (found.empty()) return std::optional<store::Version>{};
    return std::optional<store::Version>{std::move(found.front())};
}

}  // namespace interaction
