// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/parse_result.h"

#include "base/text.h"
#include "fhir/search/grammar.h"
#include "fhir/search/includes.h"
#include "fhir/search/refusal.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::search {

namespace {

using base::Fault;

constexpr std::size_t most_sort_keys = 10;
constexpr std::size_t most_includes = 32;

struct Place {
    const Grammar& grammar;
    const Types& types;
    std::string_view name;
    std::string_view value;
    Query& query;
    std::string& shown;
};

base::Result<void> count(const Place& at) {
    const bool digits = !at.value.empty() && std::all_of(at.value.begin(), at.value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || at.value.size() > 32) return wrong("_count needs a number from 0.", at.name);
    const auto number = base::to_integer(at.value);
    const int most = at.grammar.options.most_count;
    at.query.count = !number || *number > most ? most : static_cast<int>(*number);
    at.shown = std::to_string(at.query.count);
    return {};
}

base::Result<void> sort(const Place& at) {
    for (std::string_view key : base::split(at.value, ',')) {
        const bool descending = key.starts_with('-');
        if (descending) key.remove_prefix(1);
        TRY(const auto parameters, at.grammar.find(at.types, key, "sort key"));
        const Parameter& parameter = *parameters.front();
        if (parameters.size() > 1)
            return not_supported(Fault::Kind::unsupported, fmt::format("Sorting by {} over several resource types is not supported.", key), key);
        if (parameter.type == ParameterType::composite || parameter.type == ParameterType::special ||
            (!parameter.expression && key != "_id" && key != "_lastUpdated"))
            return not_supported(Fault::Kind::unsupported, fmt::format("Sorting by {} is not supported.", key), key);
        if (at.query.sort.size() == most_sort_keys) return wrong(fmt::format("At most {} sort keys.", most_sort_keys), at.name);
        at.query.sort.push_back({&parameter, descending});
    }
    return {};
}

base::Result<void> total(const Place& at) {
    if (at.value == "none") at.query.total = Total::none;
    else if (at.value == "estimate") at.query.total = Total::estimate;
    else if (at.value == "accurate") at.query.total = Total::accurate;
    else return wrong("_total is none, estimate or accurate.", at.name);
    return {};
}

base::Result<void> summary(const Place& at) {
    if (at.value == "true") at.query.summary = Summary::yes;
    else if (at.value == "false") at.query.summary = Summary::no;
    else if (at.value == "text") at.query.summary = Summary::text;
    else if (at.value == "data") at.query.summary = Summary::data;
    else if (at.value == "count") at.query.summary = Summary::count;
    else return wrong("_summary is true, false, text, data or count.", at.name);
    return {};
}

base::Result<void> elements(const Place& at) {
    for (const std::string_view element : base::split(at.value, ',')) {
        const std::string_view wanted = base::trim(element);
        const bool word = !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
        });
        if (!word) return wrong("_elements needs names of elements, separated by commas.", at.name);
        at.query.elements.emplace_back(wanted);
    }
    return {};
}

base::Result<void> include(const Place& at) {
    const auto [name, modifier] = base::cut(at.name, ':');
    // :recurse is what :iterate was called before R4.
    const bool iterate = modifier == "iterate" || modifier == "recurse";
    if (!iterate && name.size() != at.name.size())
        return not_supported(Fault::Kind::invalid, fmt::format("{} takes the modifier :iterate only.", name), name);
    for (const std::string_view one : base::split(at.value, ',')) {
        if (at.query.includes.size() == most_includes) return too_much(fmt::format("At most {} includes.", most_includes), name);
        TRY(Include read, read_include(one, name == "_revinclude", iterate, at.grammar.known, at.grammar.schema));
        at.query.includes.push_back(std::move(read));
    }
    return {};
}

base::Result<void> contained(const Place& at) {
    if (at.value == "false") at.query.contained = Contained::no;
    else if (at.value == "true") at.query.contained = Contained::only;
    else if (at.value == "both") at.query.contained = Contained::both;
    else return wrong("_contained is true, false or both.", at.name);
    return {};
}

base::Result<void> contained_type(const Place& at) {
    if (at.value == "container") at.query.containers = true;
    else if (at.value == "contained") at.query.containers = false;
    else return wrong("_containedType is container or contained.", at.name);
    return {};
}

base::Result<void> explain(const Place& at) {
    if (at.value != "true" && at.value != "false") return wrong("_explain is true or false.", at.name);
    at.query.explain = at.value == "true";
    return {};
}

struct Row {
    std::string_view name;
    base::Result<void> (*read)(const Place&);
};
constexpr Row rows[] = {{"_count", count},       {"_sort", sort},           {"_total", total},         {"_summary", summary},
                        {"_elements", elements}, {"_include", include},     {"_revinclude", include},  {"_contained", contained},
                        {"_containedType", contained_type}, {"_explain", explain}};

const Row* find_row(std::string_view name) {
    const auto found = std::find_if(std::begin(rows), std::end(rows), [&](const Row& row) { return row.name == name; });
    return found == std::end(rows) ? nullptr : &*found;
}

}  // namespace

bool is_result_parameter(std::string_view name) { return find_row(name.substr(0, name.find(':'))) != nullptr; }

base::Result<void> read_result_parameter(const Grammar& grammar, const Types& types, std::string_view name, std::string_view value,
                                         Query& query, std::string& shown) {
    const Row& row = *find_row(name.substr(0, name.find(':')));
    if (row.name != name && row.read != include)
        return not_supported(Fault::Kind::invalid, fmt::format("{} takes no modifier.", row.name), row.name);
    return row.read({grammar, types, name, value, query, shown});
}

}  // namespace fhir::search
