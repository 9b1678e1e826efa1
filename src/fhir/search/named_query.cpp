// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/named_query.h"

#include "base/text.h"
#include "fhir/search/refusal.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::search {

namespace {

using base::Fault;

constexpr std::size_t most_bytes = 1'048'576;

// `text` with every {word} replaced by what `value_of` says; nothing of what it says is looked at again.
template <class ValueOf>
base::Result<std::string> filled(std::string_view text, const ValueOf& value_of) {
    std::string result;
    while (true) {
        const std::size_t open = text.find('{');
        result += text.substr(0, open);
        if (open == std::string_view::npos) return result;
        const std::size_t close = text.find('}', open);
        if (close == std::string_view::npos || close == open + 1) return wrong("In a named query a { stands without its word and }.", "_query");
        TRY(const std::string value, value_of(text.substr(open + 1, close - open - 1)));
        result += value;
        if (result.size() > most_bytes) return too_much("The values of a named query are too long.", "_query");
        text.remove_prefix(close + 1);
    }
}

}  // namespace

base::Result<std::optional<FilledQuery>> fill_named_query(std::string_view type, const UrlParameters& parameters, const ParseOptions& options) {
    const auto value_of = [&](std::string_view name) {
        return std::find_if(parameters.begin(), parameters.end(), [&](const auto& one) { return one.first == name; });
    };
    const auto asked = value_of("_query");
    if (asked == parameters.end()) return std::optional<FilledQuery>{};
    if (std::count_if(parameters.begin(), parameters.end(), [](const auto& one) { return one.first == "_query"; }) > 1)
        return wrong("_query can be given once.", "_query");
    const NamedQuery* query = nullptr;
    if (options.queries != nullptr)
        for (const NamedQuery& one : *options.queries)
            if (one.name == asked->second && one.type == type) query = &one;
    if (query == nullptr)
        return not_supported(Fault::Kind::invalid, fmt::format("There is no query named {} for {}.", asked->second.substr(0, 80),
                                                               type.empty() ? "all resources" : type), "_query");
    FilledQuery result;
    for (const std::string_view pair : base::split(query->criteria, '&')) {
        if (pair.empty()) continue;
        const auto [name, text] = base::cut(pair, '=');
        TRY(std::string value, filled(text, [&](std::string_view word) -> base::Result<std::string> {
            const auto given = value_of(word);
            if (given == parameters.end() || given->second.empty())
                return wrong(fmt::format("The query {} needs the parameter {}.", query->name, word), word);
            result.taken.emplace(word);
            return given->second;
        }));
        result.criteria.emplace_back(name, std::move(value));
    }
    return std::optional(std::move(result));
}

base::Result<void> check_named_query(const NamedQuery& query) {
    if (query.name.empty() || query.criteria.empty()) return wrong("A named query has a name and criteria.", "_query");
    for (const std::string_view pair : base::split(query.criteria, '&'))
        TRY(filled(base::cut(pair, '=').second, [](std::string_view) { return base::Result<std::string>(std::string()); }));
    return {};
}

}  // namespace fhir::search
