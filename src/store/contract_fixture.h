// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parameters, index values, questions and bodies made by hand, for the tests of the engines.

#include "base/text.h"
#include "fhir/search/match.h"
#include "fhir/search/token.h"
#include "fhir/search/words.h"
#include "store/durable/journal.h"
#include "store/durable/record.h"
#include "store/ledger.h"
#include "store/repository.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

namespace store::contract {

using fhir::search::IndexKind;
using fhir::search::IndexValue;
using fhir::search::Parameter;
using fhir::search::ParameterType;
using fhir::search::Value;

enum Known : std::uint32_t {
    gender, identifier, name, birthdate, subject, probability, value_quantity, url, code_parameter, code_value, id_parameter,
    time_parameter, content_parameter, near_parameter
};

inline const std::vector<std::unique_ptr<Parameter>>& parameters() {
    static const auto all = [] {
        std::vector<std::unique_ptr<Parameter>> made;
        const auto add = [&](const char* code, ParameterType type) {
            auto one = std::make_unique<Parameter>();
            one->index = static_cast<std::uint32_t>(made.size());
            one->code = code;
            one->url = fmt::format("http://example.org/parameter/{}", code);
            one->type = type;
            made.push_back(std::move(one));
        };
        add("gender", ParameterType::token);
        add("identifier", ParameterType::token);
        add("name", ParameterType::string);
        add("birthdate", ParameterType::date);
        add("subject", ParameterType::reference);
        add("probability", ParameterType::number);
        add("value-quantity", ParameterType::quantity);
        add("url", ParameterType::uri);
        add("code", ParameterType::token);
        add("code-value-quantity", ParameterType::composite);
        add("_id", ParameterType::token);
        add("_lastUpdated", ParameterType::date);
        add("_content", ParameterType::special);
        made.back()->url = "http://hl7.org/fhir/SearchParameter/Resource-content";
        add("near", ParameterType::special);
        made.back()->url = "http://hl7.org/fhir/SearchParameter/Location-near";
        // Nobody runs it here; that there is one tells that places are found by it.
        static const int something = 0;
        made.back()->expression = {std::shared_ptr<const int>(), reinterpret_cast<const fhir::path::Program*>(&something)};
        made[code_value]->components = {{made[code_parameter].get(), nullptr}, {made[value_quantity].get(), nullptr}};
        return made;
    }();
    return all;
}

inline const Parameter& parameter(Known which) { return *parameters()[which]; }

inline std::vector<std::string> urls() {
    std::vector<std::string> all;
    for (const auto& one : parameters()) all.push_back(one->url);
    return all;
}

// Index values.

inline IndexValue value_of(Known which, IndexKind kind, int component = 0, std::uint32_t group = 0) {
    IndexValue value;
    value.parameter = which;
    value.kind = kind;
    value.component = static_cast<std::uint8_t>(component);
    value.group = group;
    return value;
}
inline IndexValue token(Known which, const std::string& system, const std::string& code, int = 0, Known whole = gender,
                        int component = 0, std::uint32_t group = 0) {
    IndexValue value = value_of(component ? whole : which, IndexKind::token, component, group);
    value.system = system;
    value.code = code;
    return value;
}
inline IndexValue string(Known which, const std::string& text) {
    IndexValue value = value_of(which, IndexKind::string);
    value.code = base::fold(text);
    value.text = text;
    return value;
}
inline IndexValue date(Known which, base::Micros from, base::Micros to) {
    IndexValue value = value_of(which, IndexKind::date);
    value.from = from;
    value.to = to;
    return value;
}
inline IndexValue number(Known which, double low, std::optional<double> high = {}) {
    IndexValue value = value_of(which, IndexKind::number);
    value.low = low;
    value.high = high.value_or(low);
    return value;
}
inline IndexValue quantity(Known which, const std::string& system, const std::string& unit, double amount, Known whole = gender,
                           int component = 0, std::uint32_t group = 0) {
    IndexValue value = value_of(component ? whole : which, IndexKind::quantity, component, group);
    value.system = system;
    value.code = unit;
    value.low = value.high = amount;
    return value;
}
inline IndexValue reference(Known which, const std::string& type, const std::string& id, const std::string& absolute = "") {
    IndexValue value = value_of(which, IndexKind::reference);
    value.system = absolute.empty() ? type : "";
    value.code = absolute.empty() ? id : absolute;
    return value;
}
inline IndexValue uri(Known which, const std::string& text) {
    IndexValue value = value_of(which, IndexKind::uri);
    value.code = text;
    return value;
}
inline IndexValue words(const std::string& running_text) {
    IndexValue value = value_of(content_parameter, IndexKind::words);
    value.text = fhir::search::words_of(running_text, 1000);
    return value;
}
inline IndexValue position(double latitude, double longitude) {
    IndexValue value = value_of(near_parameter, IndexKind::position);
    value.low = latitude;
    value.high = longitude;
    return value;
}
inline std::vector<IndexValue> values(std::vector<IndexValue> all) { return all; }

// Questions.

inline Value code(const std::string& code) {
    Value value;
    value.code = code;
    return value;
}
inline Value system_code(const std::string& system, const std::string& text) {
    Value value = code(text);
    value.has_system = true;
    value.system = system;
    return value;
}
inline Value any_code(const std::string& system) {
    Value value = system_code(system, "");
    value.any_code = true;
    return value;
}
inline Value text(const std::string& as_asked) {
    Value value = code(base::fold(as_asked));
    value.text = as_asked;
    return value;
}
inline Value refer(const std::string& type, const std::string& id) {
    Value value = code(id);
    value.system = type;
    return value;
}
inline Value span(fhir::search::Prefix prefix, base::Micros from, base::Micros to) {
    Value value;
    value.prefix = prefix;
    value.from = from;
    value.to = to;
    return value;
}
inline Value amount(fhir::search::Prefix prefix, double exact, const std::string& system = "", const std::string& unit = "") {
    Value value;
    value.prefix = prefix;
    value.exact = exact;
    value.low = exact - 0.005;
    value.high = exact + 0.005;
    value.system = system;
    value.has_system = !system.empty();
    value.code = unit;
    return value;
}
inline Value both(const Value& a, const Value& b) {
    Value value;
    value.parts = {a, b};
    return value;
}
inline fhir::search::Clause clause(Known which, std::vector<Value> any_of,
                                   fhir::search::Modifier modifier = fhir::search::Modifier::none) {
    return {&parameter(which), modifier, "", std::move(any_of)};
}
inline fhir::search::Clause missing(Known which, bool yes) {
    Value value;
    value.missing = yes;
    return clause(which, {value}, fhir::search::Modifier::missing);
}
inline fhir::search::Query query(std::vector<fhir::search::Clause> clauses, const std::string& type = "Patient") {
    fhir::search::Query asked;
    asked.type = type;
    asked.clauses = std::move(clauses);
    return asked;
}

// Bodies: small, and different for each number.

inline fhir::codec::Stampable document(int number, const std::string& id, const std::string& type = "Patient") {
    static const fhir::Names names;
    const auto read = fhir::codec::read_json(fmt::format(R"({{"resourceType":"{}","language":"n{}"}})", type, number), names);
    return fhir::codec::Stampable(read->root(), id);
}

// The bodies say nothing of the index values made by hand, so those are kept beside them: for an engine that indexes an earlier version.
struct Indexed {
    std::mutex mutex;
    std::map<std::string, std::vector<IndexValue>> by_body;
};
inline Indexed& indexed() {
    static Indexed all;
    return all;
}
inline std::vector<IndexValue> kept_index(const std::string&, const std::string& body) {
    const std::lock_guard lock(indexed().mutex);
    return indexed().by_body[body];
}

inline base::Result<Written> put(Transaction& transaction, const std::string& type, const std::string& id, int body,
                                 const std::vector<IndexValue>& index = {}) {
    const auto stampable = document(body, id, type);
    TRY(Written written, transaction.put({type, id, &stampable, &index}));
    if (!written.unchanged) {
        const std::lock_guard lock(indexed().mutex);
        indexed().by_body[*written.version.body] = index;
    }
    return written;
}
inline base::Result<Written> put(Repository& repository, const std::string& type, const std::string& id, int body,
                                 const std::vector<IndexValue>& index = {}) {
    Written written;
    const Work work = [&](Transaction& transaction) -> base::Result<void> {
        TRY(written, put(transaction, type, id, body, index));
        return {};
    };
    TRY(repository.write(work));
    return written;
}
inline base::Result<Written> remove(Repository& repository, const std::string& type, const std::string& id) {
    Written written;
    const Work work = [&](Transaction& transaction) -> base::Result<void> {
        TRY(written, transaction.remove(type, id));
        return {};
    };
    TRY(repository.write(work));
    return written;
}

}  // namespace store::contract
