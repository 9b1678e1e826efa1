// SPDX-License-Identifier: Apache-2.0
#pragma once

// A URL's parameters as a Query, for this server. Whatever is wrong in a question is the asker's: every such Fault is
// malformed (400), also where the parameter exists and we do not support it (FHIR R4 3.1.1.6).

#include "access/plan.h"
#include "fhir/search/query.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/url.h"

#include <optional>
#include <vector>

namespace interaction {

// Value sets and codes in it are resolved (resolve_codes.h): the Query is fit to be asked.
base::Result<fhir::search::Query> read_question(const std::string& type, const Pairs& parameters, bool lenient,
                                                const std::string& own_base, const Context& context,
                                                store::Snapshot* snapshot = nullptr, const permission::Plan* plan = nullptr);

// Criteria that choose what a write changes: strict, because an ignored parameter would widen them, and never empty.
// They choose and do nothing else: parameters about an answer (_sort, _count, _include ...) are refused.
base::Result<fhir::search::Query> read_criteria(const std::string& type, const Pairs& parameters,
                                                const std::string& own_base, const Context& context);

// The first `most` that match and that are not closed (verb/sight.h). Fault (too_costly) when very many of them are.
base::Result<std::vector<store::Version>> matches(store::Snapshot& snapshot, const fhir::search::Query& criteria,
                                                  const permission::Plan& plan, std::size_t most, const Context& context);

// The one match, or nothing; Fault (ambiguous) when there are more.
base::Result<std::optional<store::Version>> only_match(store::Snapshot& snapshot, const fhir::search::Query& criteria,
                                                       const permission::Plan& plan, const Context& context);

}  // namespace interaction
