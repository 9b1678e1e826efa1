// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/parse.h"

#include "base/text.h"
#include "fhir/search/read_value.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace fhir::search {

namespace {

using base::Fault;

constexpr std::size_t most_clauses = 64;
constexpr std::size_t most_values = 5'000;
constexpr std::size_t most_sort_keys = 10;
constexpr std::size_t most_parameters = 256;        // of all kinds, known or not
constexpr std::size_t most_bytes = 1'048'576;       // in one parameter

// Defined by R4 and not done here yet: an answer that ignored them would be wrong.
constexpr std::string_view unsupported_names[] = {"_include",   "_revinclude", "_has",  "_filter", "_list",  "_contained",
                                                  "_containedType", "_type", "_query"};
constexpr std::string_view unsupported_modifiers[] = {"iterate", "recurse"};

template <class List>
bool among(const List& list, std::string_view text) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

Fault not_supported(Fault::Kind kind, std::string text, std::string_view where) {
    return {kind, std::move(text), std::string(where), base::IssueType::not_supported, {}};
}
Fault invalid(std::string text, std::string_view where) {
    return {Fault::Kind::invalid, std::move(text), std::string(where), base::IssueType::value, {}};
}

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

class Reader {
public:
    Reader(std::string_view type, const Parameters& known, const schema::Schema& schema, const ParseOptions& options)
        : known_(known), schema_(schema), options_(options) {
        query_.type = type;
        query_.count = options.default_count;
    }

    base::Result<void> read(const std::string& name, const std::string& value) {
        const auto result = read_one(name, value);
        if (result) return {};
        // Lenient handling forgives what we do not know, never what is wrong in itself (R4 3.1.1.6).
        const Fault& fault = result.fault();
        if (!options_.lenient || fault.type != base::IssueType::not_supported) return fault;
        query_.findings.push_back({base::Severity::warning, fault.type, fault.where, fault.text + " It was ignored."});
        return {};
    }

    Query finish() && { return std::move(query_); }

private:
    void use(const std::string& name, const std::string& value) {
        query_.used.emplace_back(base::percent_encode(name), base::percent_encode(value));
    }

    base::Result<void> read_one(const std::string& name, const std::string& value) {
        if (name.size() + value.size() > most_bytes)
            return Fault{Fault::Kind::too_large, "A search parameter is too long.", {}, base::IssueType::too_costly, {}};
        if (name.find('\0') != std::string::npos || !base::valid_utf8(name)) return invalid("A parameter's name is no text.", {});
        const auto [code, modifier] = base::cut(name, ':');
        if (among(unsupported_names, code))
            return not_supported(Fault::Kind::unsupported, fmt::format("The search parameter {} is not supported.", code), code);
        if (name.find('.') != std::string::npos)
            return not_supported(Fault::Kind::unsupported, fmt::format("Chained parameters are not supported ({}).", name), code);
        if (code == "_format" || code == "_pretty") return {};  // about the answer's form; the door has read them
        if (code == "_count") return count(name, value);
        if (code == "_sort") return sort(name, value);
        if (code == "_total") return total(name, value);
        if (code == "_summary") return summary(name, value);
        if (code == "_elements") return elements(name, value);
        return clause(name, code, modifier, value);
    }

    base::Result<void> count(const std::string& name, const std::string& value) {
        const bool digits = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!digits || value.size() > 32) return invalid("_count needs a number from 0.", name);
        const auto number = base::to_integer(value);
        query_.count = !number || *number > options_.most_count ? options_.most_count : static_cast<int>(*number);
        use(name, std::to_string(query_.count));
        return {};
    }

    base::Result<void> sort(const std::string& name, const std::string& value) {
        for (std::string_view key : base::split(value, ',')) {
            const bool descending = key.starts_with('-');
            if (descending) key.remove_prefix(1);
            const Parameter* parameter = known_.find(query_.type, key);
            if (!parameter) return unknown(key, "sort key");
            if (parameter->type == ParameterType::composite || parameter->type == ParameterType::special ||
                (!parameter->expression && key != "_id" && key != "_lastUpdated"))
                return not_supported(Fault::Kind::unsupported, fmt::format("Sorting by {} is not supported.", key), key);
            if (query_.sort.size() == most_sort_keys)
                return invalid(fmt::format("At most {} sort keys.", most_sort_keys), name);
            query_.sort.push_back({parameter, descending});
        }
        use(name, value);
        return {};
    }

    base::Result<void> total(const std::string& name, const std::string& value) {
        if (value == "none") query_.total = Total::none;
        else if (value == "estimate") query_.total = Total::estimate;
        else if (value == "accurate") query_.total = Total::accurate;
        else return invalid("_total is none, estimate or accurate.", name);
        use(name, value);
        return {};
    }

    base::Result<void> summary(const std::string& name, const std::string& value) {
        if (value == "true") query_.summary = Summary::yes;
        else if (value == "false") query_.summary = Summary::no;
        else if (value == "text") query_.summary = Summary::text;
        else if (value == "data") query_.summary = Summary::data;
        else if (value == "count") query_.summary = Summary::count;
        else return invalid("_summary is true, false, text, data or count.", name);
        use(name, value);
        return {};
    }

    base::Result<void> elements(const std::string& name, const std::string& value) {
        for (const std::string_view element : base::split(value, ',')) {
            const std::string_view wanted = base::trim(element);
            const bool word = !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
            });
            if (!word) return invalid("_elements needs names of elements, separated by commas.", name);
            query_.elements.emplace_back(wanted);
        }
        use(name, value);
        return {};
    }

    Fault unknown(std::string_view code, std::string_view what) const {
        const std::string for_type = query_.type.empty() ? "all resources" : query_.type;
        std::string text = fmt::format("The {} {} is not known for {}.", what, code, for_type);
        std::string_view nearest;
        std::size_t best = std::max<std::size_t>(code.size() / 2, 2);
        for (const Parameter* parameter : known_.of(query_.type)) {
            const std::size_t far = distance(code, parameter->code);
            if (far >= best) continue;
            best = far;
            nearest = parameter->code;
        }
        if (!nearest.empty()) text += fmt::format(" Did you mean {}?", nearest);
        return not_supported(Fault::Kind::invalid, std::move(text), code);
    }

    base::Result<Modifier> modifier_of(const Parameter& parameter, std::string_view text, std::string& type) const {
        const auto only = [&](Modifier modifier, bool fits) -> base::Result<Modifier> {
            if (fits) return modifier;
            return invalid(fmt::format("The modifier :{} does not fit {}, which is of type {}.", text, parameter.code,
                                       spelling(parameter.type)), parameter.code);
        };
        if (text.empty()) return Modifier::none;
        if (text == "missing") return only(Modifier::missing, true);
        const bool string = parameter.type == ParameterType::string && !is_words(parameter);
        const bool token = parameter.type == ParameterType::token;
        const bool coded = token && parameter.expression;  // not _id
        const bool reference = parameter.type == ParameterType::reference;
        if (text == "exact") return only(Modifier::exact, string);
        if (text == "contains") return only(Modifier::contains, string);
        if (text == "not") return only(Modifier::not_, token);
        if (text == "text") return only(Modifier::text, coded);
        if (text == "in") return only(Modifier::in, coded);
        if (text == "not-in") return only(Modifier::not_in, coded);
        if (text == "of-type" || text == "ofType") return only(Modifier::of_type, coded);
        if (text == "above") return only(Modifier::above, coded || reference || parameter.type == ParameterType::uri);
        if (text == "below") return only(Modifier::below, coded || reference || parameter.type == ParameterType::uri);
        if (text == "identifier") return only(Modifier::identifier, reference);
        if (schema_.is_resource(text)) {
            const bool allowed = parameter.targets.empty() || among(parameter.targets, text) || among(parameter.targets, "Resource");
            TRY(const Modifier modifier, only(Modifier::type, parameter.type == ParameterType::reference && allowed));
            type = text;
            return modifier;
        }
        if (among(unsupported_modifiers, text))
            return Fault{Fault::Kind::unsupported, fmt::format("The modifier :{} is not supported.", text), parameter.code,
                         base::IssueType::not_supported, {}};
        return Fault{Fault::Kind::invalid, fmt::format("The modifier :{} does not exist.", text), parameter.code,
                     base::IssueType::not_supported, {}};
    }

    base::Result<void> clause(const std::string& name, std::string_view code, std::string_view modifier, const std::string& value) {
        const Parameter* parameter = known_.find(query_.type, code);
        if (!parameter) return unknown(code, "search parameter");
        Clause clause;
        clause.parameter = parameter;
        TRY(clause.modifier, modifier_of(*parameter, modifier, clause.type));
        if (!is_supported(*parameter))
            return not_supported(Fault::Kind::unsupported, fmt::format("The search parameter {} is not supported.", code), code);
        if (query_.clauses.size() == most_clauses)
            return Fault{Fault::Kind::too_large, fmt::format("At most {} search parameters.", most_clauses), std::string(code),
                         base::IssueType::too_costly, {}};
        // An empty parameter asks for nothing; that it was left out shows in the self link and in the findings.
        if (value.empty()) {
            query_.findings.push_back({base::Severity::information, base::IssueType::informational, std::string(code),
                                       fmt::format("The search parameter {} has no value and was ignored.", code)});
            return {};
        }
        for (const std::string_view one : split_escaped(value, ',')) {
            if (clause.any_of.size() == most_values)
                return Fault{Fault::Kind::too_large, fmt::format("At most {} values for {}.", most_values, code), std::string(code),
                             base::IssueType::too_costly, {}};
            TRY(Value read, read_value(*parameter, clause, one, schema_, options_));
            clause.any_of.push_back(std::move(read));
        }
        query_.clauses.push_back(std::move(clause));
        use(name, value);
        return {};
    }

    const Parameters& known_;
    const schema::Schema& schema_;
    const ParseOptions& options_;
    Query query_;
};

}  // namespace

base::Result<Query> parse(std::string_view resource_type, const UrlParameters& parameters, const Parameters& known,
                          const schema::Schema& schema, const ParseOptions& options) {
    if (parameters.size() > most_parameters)
        return Fault{Fault::Kind::too_large, fmt::format("At most {} parameters.", most_parameters), {}, base::IssueType::too_costly, {}};
    Reader reader(resource_type, known, schema, options);
    for (const auto& [name, value] : parameters) TRY(reader.read(name, value));
    return std::move(reader).finish();
}

base::Result<UrlParameters> read_query_string(std::string_view text) {
    UrlParameters result;
    for (const std::string_view pair : base::split(text, '&')) {
        if (pair.empty()) continue;
        const auto [name, value] = base::cut(pair, '=');
        auto plain_name = base::percent_decode(name, true);
        auto plain_value = base::percent_decode(value, true);
        if (!plain_name || !plain_value)
            return Fault{Fault::Kind::malformed, "A parameter of the address is not encoded properly."};
        result.emplace_back(*std::move(plain_name), *std::move(plain_value));
    }
    return result;
}

}  // namespace fhir::search
