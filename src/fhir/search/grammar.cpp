// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/grammar.h"

#include "base/text.h"
#include "fhir/search/modifier_of.h"
#include "fhir/search/read_value.h"
#include "fhir/search/refusal.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace fhir::search {

namespace {

using base::Fault;

constexpr std::size_t most_values = 5'000;          // of one criterion
constexpr std::size_t most_values_together = 200'000;
constexpr std::size_t most_clauses_together = 4'000;

// Letters that must change to make one word of the other; for words of ordinary length.
std::size_t distance(std::string_view a, std::string_view b) {
    std::array<std::size_t, 65> row{};
    if (a.size() > 64 || b.size() > 64) return 64;
    for (std::size_t i = 0; i <= b.size(); ++i) row[i] = i;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t corner = row[0];
        row[0] = i;
        for (std::size_t k = 1; k <= b.size(); ++k) {
            const std::size_t above = row[k];
            row[k] = std::min({row[k] + 1, row[k - 1] + 1, corner + (a[i - 1] == b[k - 1] ? 0U : 1U)});
            corner = above;
        }
    }
    return row[b.size()];
}

// Names may be as long as the URL; an answer repeats the beginning.
std::string_view shortened(std::string_view text) { return text.substr(0, 80); }

Fault unknown(const Parameters& known, const std::string& type, std::string_view code, std::string_view what) {
    std::string text = fmt::format("The {} {} is not known for {}.", what, shortened(code), type.empty() ? "all resources" : type);
    std::string_view nearest;
    std::size_t best = std::max<std::size_t>(code.size() / 2, 2);
    for (const Parameter* parameter : known.of(type)) {
        const std::size_t far = distance(code, parameter->code);
        if (far >= best) continue;
        best = far;
        nearest = parameter->code;
    }
    if (!nearest.empty()) text += fmt::format(" Did you mean {}?", nearest);
    return not_supported(Fault::Kind::invalid, std::move(text), shortened(code));
}

// The same test for several parameters of one code, of which a resource has values of one at most. What asks for absence must
// hold for all of them, what asks for presence for one.
Clause together(std::vector<Clause> tests) {
    if (tests.size() == 1) return std::move(tests.front());
    const Modifier modifier = tests.front().modifier;
    if (modifier == Modifier::missing) {
        std::vector<Clause> ways;
        for (const Value& asked : tests.front().any_of) {
            std::vector<Clause> each = tests;
            for (Clause& one : each) one.any_of = {asked};
            ways.push_back(asked.missing ? every_of(std::move(each)) : any_of_parts(std::move(each)));
        }
        return any_of_parts(std::move(ways));
    }
    const bool absence = modifier == Modifier::not_ || modifier == Modifier::not_in;
    return absence ? every_of(std::move(tests)) : any_of_parts(std::move(tests));
}

}  // namespace

Clause every_of(std::vector<Clause> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    Clause clause;
    clause.kind = Clause::Kind::all;
    clause.parts = std::move(parts);
    return clause;
}

Clause any_of_parts(std::vector<Clause> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    Clause clause;
    clause.kind = Clause::Kind::any;
    clause.parts = std::move(parts);
    return clause;
}

Clause none_of_parts(std::vector<Clause> parts) {
    Clause clause;
    clause.kind = Clause::Kind::none;
    clause.parts = std::move(parts);
    return clause;
}

base::Result<void> Grammar::spend(std::size_t clauses, std::size_t values, std::string_view where) {
    clauses_ += clauses;
    values_ += values;
    if (clauses_ > most_clauses_together)
        return too_much("The search reaches over too many resource types; name them in its chains, as in subject:Patient.name.", shortened(where));
    if (values_ > most_values_together) return too_much("The search has too many values.", shortened(where));
    return {};
}

base::Result<std::vector<const Parameter*>> Grammar::find(const Types& at, std::string_view code, std::string_view what) const {
    std::vector<const Parameter*> found;
    const auto look = [&](const std::string& type) -> base::Result<void> {
        const Parameter* parameter = known.find(type, code);
        if (parameter == nullptr) return unknown(known, type, code, what);
        if (std::find(found.begin(), found.end(), parameter) == found.end()) found.push_back(parameter);
        return {};
    };
    if (at.empty()) TRY(look(""));
    for (const std::string& type : at) TRY(look(type));
    for (const Parameter* parameter : found)
        if (parameter->type != found.front()->type)
            return wrong(fmt::format("The {} {} is of type {} for some of the asked resource types and {} for others.", what, code,
                                     spelling(found.front()->type), spelling(parameter->type)), code);
    return found;
}

base::Result<Clause> Grammar::test(const Types& at, std::string_view code, std::string_view modifier, std::string_view value) {
    TRY(const auto parameters, find(at, code));
    std::vector<Clause> tests;
    for (const Parameter* parameter : parameters) {
        TRY(Clause clause, test(*parameter, modifier, value));
        tests.push_back(std::move(clause));
    }
    return together(std::move(tests));
}

base::Result<Clause> Grammar::test(const Parameter& parameter, std::string_view modifier, std::string_view value) {
    Clause clause;
    clause.parameter = &parameter;
    TRY(clause.modifier, modifier_of(parameter, modifier, clause.type, schema));
    if (!is_supported(parameter))
        return not_supported(Fault::Kind::unsupported, fmt::format("The search parameter {} is not supported.", parameter.code), parameter.code);
    TRY(spend(1, 0, parameter.code));
    if (value.empty()) return clause;
    for (const std::string_view one : split_escaped(value, ',')) {
        if (clause.any_of.size() == most_values) return too_much(fmt::format("At most {} values for {}.", most_values, parameter.code), parameter.code);
        TRY(spend(0, 1, parameter.code));
        TRY(Value read, read_value(parameter, clause, one, schema, options));
        clause.any_of.push_back(std::move(read));
    }
    return clause;
}

}  // namespace fhir::search
