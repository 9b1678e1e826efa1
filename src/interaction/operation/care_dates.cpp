// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/care_dates.h"

#include "fhir/path/temporal.h"

#include <algorithm>
#include <array>

namespace interaction {
namespace {

using fhir::search::Clause;
using fhir::search::Modifier;
using fhir::search::Prefix;
using fhir::search::Value;

// Codes of search parameters that say when care happened, was asked for or is planned; birth dates, expiry dates and when a
// record was made (unless nothing better is there) are none.
constexpr auto of_care = std::to_array<std::string_view>({
    "abatement-date", "authored", "authored-on", "authoredon", "collected", "created", "date", "datetime", "datewritten",
    "effective", "effective-time", "event-date", "identified", "issued", "last-date", "occurrence", "onset", "onset-date",
    "period", "received", "sent", "start-date", "started", "when", "whenhandedover", "whenprepared"});

base::Result<std::optional<Value>> bound(std::string_view text, Prefix prefix, const char* name) {
    if (text.empty()) return std::optional<Value>();
    const auto moment = fhir::path::Temporal::date_time(text);
    if (!moment || text.find(' ') != std::string_view::npos)
        return base::Fault{base::Fault::Kind::malformed, std::string(name) + " must be a date such as 2024-05-01.", name, base::IssueType::value};
    Value value;
    value.prefix = prefix;
    value.from = moment->first();
    value.to = moment->end();
    return std::optional(std::move(value));
}

Clause test(const fhir::search::Parameter& parameter, Value value, Modifier modifier = Modifier::none) {
    Clause clause;
    clause.parameter = &parameter;
    clause.modifier = modifier;
    clause.any_of.push_back(std::move(value));
    return clause;
}

}  // namespace

base::Result<Period> read_period(std::string_view start, std::string_view end) {
    Period period;
    TRY(period.start, bound(start, Prefix::ge, "start"));
    TRY(period.end, bound(end, Prefix::le, "end"));
    return period;
}

std::optional<Clause> cared_for(std::string_view type, const Period& period, const fhir::search::Parameters& parameters) {
    if (!period.any()) return {};
    Clause any;
    any.kind = Clause::Kind::any;
    Clause undated;
    undated.kind = Clause::Kind::all;
    for (const fhir::search::Parameter* parameter : parameters.of(type)) {
        if (parameter->type != fhir::search::ParameterType::date || !fhir::search::is_supported(*parameter) ||
            std::find(of_care.begin(), of_care.end(), parameter->code) == of_care.end())
            continue;
        Clause within;
        within.kind = Clause::Kind::all;
        if (period.start) within.parts.push_back(test(*parameter, *period.start));
        if (period.end) within.parts.push_back(test(*parameter, *period.end));
        any.parts.push_back(std::move(within));
        Value missing;
        missing.missing = true;
        undated.parts.push_back(test(*parameter, std::move(missing), Modifier::missing));
    }
    if (any.parts.empty()) return {};
    any.parts.push_back(std::move(undated));
    return any;
}

}  // namespace interaction
