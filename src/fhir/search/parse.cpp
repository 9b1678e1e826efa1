// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/parse.h"

#include "base/text.h"
#include "fhir/search/grammar.h"
#include "fhir/search/named_query.h"
#include "fhir/search/parse_result.h"
#include "fhir/search/refusal.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace fhir::search {

namespace {

using base::Fault;

constexpr std::size_t most_clauses = 64;
constexpr std::size_t most_parameters = 256;        // of all kinds, known or not
constexpr std::size_t most_bytes = 1'048'576;       // in one parameter

class Reader {
public:
    Reader(std::string_view type, const Parameters& known, const schema::Schema& schema, const ParseOptions& options)
        : grammar_(known, schema, options), options_(options) {
        query_.type = type;
        query_.count = options.default_count;
        if (!type.empty()) types_.emplace_back(type);
    }

    base::Result<void> read(const std::string& name, const std::string& value) {
        if (named_.contains(name)) {
            use(name, value);
            return {};
        }
        if (name == "_query") return {};  // not known, and said so
        const auto result = read_one(name, value);
        if (result) return {};
        // Lenient handling forgives what we do not know, never what is wrong in itself (R4 3.1.1.6).
        const Fault& fault = result.fault();
        if (!options_.lenient || fault.type != base::IssueType::not_supported) return fault;
        query_.findings.push_back({base::Severity::warning, fault.type, fault.where, fault.text + " It was ignored."});
        return {};
    }

    // _type, before anything else: what the other parameters mean depends on it.
    base::Result<void> read_types(const UrlParameters& parameters) {
        bool any = false;
        for (const auto& [name, value] : parameters) {
            if (name != "_type") continue;
            TRY(check_text(name, value));
            if (value.empty()) continue;
            Types asked;
            for (const std::string_view type : base::split(value, ',')) {
                if (!grammar_.schema.is_resource(type)) return wrong(fmt::format("In _type, {} is no resource type.", type.substr(0, 80)), "_type");
                if (std::find(asked.begin(), asked.end(), type) == asked.end()) asked.emplace_back(type);
            }
            if (!query_.type.empty()) {
                if (asked != Types{query_.type}) return wrong("_type is for searches over all resource types; here the type stands in the address.", "_type");
                continue;
            }
            // Repeated, both must hold.
            if (any) std::erase_if(asked, [&](const std::string& type) { return std::find(types_.begin(), types_.end(), type) == types_.end(); });
            if (asked.empty()) return wrong("No resource is of two types: _type is given twice, without a type in common.", "_type");
            types_ = std::move(asked);
            any = true;
        }
        if (query_.type.empty()) query_.types = types_;
        return {};
    }

    // _query: the criteria of a template; the URL's own parameters that went into them are criteria no more.
    base::Result<void> read_named(const UrlParameters& parameters) {
        auto filled = fill_named_query(query_.type, parameters, options_);
        if (!filled) {
            const Fault& fault = filled.fault();
            if (!options_.lenient || fault.type != base::IssueType::not_supported) return fault;
            query_.findings.push_back({base::Severity::warning, fault.type, fault.where, fault.text + " It was ignored."});
            return {};
        }
        if (!*filled) return {};
        named_ = std::move((*filled)->taken);
        named_.insert("_query");
        for (const auto& [name, value] : (*filled)->criteria) TRY(read_one(name, value));
        query_.used.clear();  // what was asked is shown, not what it stands for
        return {};
    }

    Query finish() && { return std::move(query_); }

private:
    void use(std::string_view name, std::string_view value) {
        query_.used.emplace_back(base::percent_encode(name), base::percent_encode(value));
    }

    static base::Result<void> check_text(const std::string& name, const std::string& value) {
        if (name.size() + value.size() > most_bytes) return too_much("A search parameter is too long.", {});
        if (name.find('\0') != std::string::npos || !base::valid_utf8(name)) return wrong("A parameter's name is no text.", {});
        return {};
    }

    base::Result<void> read_one(const std::string& name, const std::string& value) {
        TRY(check_text(name, value));
        if (name == "_format" || name == "_pretty") return {};  // about the answer's form; the door has read them
        if (name == "_type") {
            if (!value.empty()) use(name, value);
            return {};
        }
        if (is_result_parameter(name)) {
            std::string shown = value;
            TRY(read_result_parameter(grammar_, types_, name, value, query_, shown));
            use(name, shown);
            return {};
        }
        if (!asked_.emplace(name, value).second) return {};  // it says nothing more, and would cost once more
        if (query_.clauses.size() == most_clauses) return too_much(fmt::format("At most {} search parameters.", most_clauses), name.substr(0, 80));
        TRY(Clause clause, grammar_.criterion(types_, name, value));
        // An empty parameter asks for nothing; that it was left out shows in the self link and in the findings.
        if (value.empty()) {
            const std::string where = name.substr(0, std::min(name.find(':'), std::size_t{80}));
            query_.findings.push_back({base::Severity::information, base::IssueType::informational, where,
                                       fmt::format("The search parameter {} has no value and was ignored.", where)});
            return {};
        }
        query_.clauses.push_back(std::move(clause));
        use(name, value);
        return {};
    }

    Grammar grammar_;
    const ParseOptions& options_;
    Query query_;
    std::set<std::pair<std::string, std::string>> asked_;  // criteria so far
    Types types_;
    std::set<std::string> named_;  // parameters that a named query has taken
};

}  // namespace

base::Result<Query> parse(std::string_view resource_type, const UrlParameters& parameters, const Parameters& known,
                          const schema::Schema& schema, const ParseOptions& options) {
    if (parameters.size() > most_parameters) return too_much(fmt::format("At most {} parameters.", most_parameters), {});
    Reader reader(resource_type, known, schema, options);
    TRY(reader.read_types(parameters));
    TRY(reader.read_named(parameters));
    for (const auto& [name, value] : parameters) TRY(reader.read(name, value));
    Query query = std::move(reader).finish();
    if (query.summary == Summary::text && !query.includes.empty())  // R4 3.1.1.5.8
        return wrong("_summary=text cannot be mixed with _include and _revinclude.", "_summary");
    return query;
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
