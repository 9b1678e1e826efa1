// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/parameters.h"

#include "fhir/codec/json.h"

#include <algorithm>

namespace interaction {

using namespace fhir::literals;

namespace {

constexpr std::string_view envelope = "Parameters";

}  // namespace

Parameters::Parameters(const Request& request) : request_(request) {
    if (request.body) body_ = request.body->root();
    envelope_ = body_.resource_type() == envelope;
}

fhir::View Parameters::find(std::string_view name) const {
    if (!envelope_) return {};
    for (const fhir::View one : body_.children("parameter"_name))
        if (one.text("name"_name) == name) return one;
    return {};
}

std::vector<fhir::View> Parameters::all(std::string_view name) const {
    std::vector<fhir::View> found;
    if (!envelope_) return found;
    for (const fhir::View one : body_.children("parameter"_name))
        if (one.text("name"_name) == name) found.push_back(one);
    return found;
}

std::vector<std::string> Parameters::texts(std::string_view name) const {
    std::vector<std::string> found;
    for (const auto& [key, value] : request_.parameters)
        if (key == name) found.push_back(value);
    for (const fhir::View one : all(name)) {
        const fhir::View value = value_of(one);
        if (value.has_value()) found.emplace_back(value.text());
    }
    return found;
}

std::string Parameters::text(std::string_view name) const {
    auto found = texts(name);
    return found.empty() ? std::string() : std::move(found.front());
}

base::Result<void> Parameters::check(std::initializer_list<std::string_view> known, bool lenient) const {
    const auto strange = [&](std::string_view name) { return std::find(known.begin(), known.end(), name) == known.end(); };
    const auto refusal = [&](std::string_view name) {
        return base::Fault{base::Fault::Kind::malformed, "The operation $" + request_.operation + " has no parameter '" + std::string(name) + "' here.",
                           "", base::IssueType::not_supported};
    };
    if (lenient) return {};
    for (const auto& [name, value] : request_.parameters)
        if (strange(name)) return refusal(name);
    TRY(check_envelope());
    for (const fhir::View one : body_.children("parameter"_name))
        if (strange(one.text("name"_name))) return refusal(one.text("name"_name));
    return {};
}

base::Result<void> Parameters::check_envelope() const {
    if (body_ && !envelope_)
        return base::Fault{base::Fault::Kind::malformed, "The body of $" + request_.operation + " must be a Parameters resource.", "",
                           base::IssueType::structure};
    return {};
}

bool Parameters::wraps(std::string_view name) const { return find(name).child("resource"_name).operator bool(); }

fhir::View Parameters::resource(std::string_view name) const { return wraps(name) ? find(name).child("resource"_name) : body_; }

std::string Parameters::place(std::string_view name) const {
    if (!wraps(name)) return std::string(body_.resource_type());
    std::size_t number = 0;
    for (const fhir::View one : body_.children("parameter"_name)) {
        if (one == find(name)) break;
        ++number;
    }
    return std::string(envelope) + ".parameter[" + std::to_string(number) + "].resource";
}

fhir::View value_of(fhir::View parameter) {
    for (const fhir::View child : parameter.children()) {
        const std::string_view name = child.name_text();
        if (name.starts_with("value") && name.size() > 5) return child;
    }
    return {};
}

ParametersText::ParametersText(const fhir::Names& names, std::string_view id) : build_(names) {
    build_.resource(envelope);
    if (!id.empty()) build_.value("id"_name, id);
}

void ParametersText::open(std::string_view name) {
    build_.open(build_.depth() == 1 ? "parameter"_name : "part"_name, true);
    build_.value("name"_name, name);
}

void ParametersText::close() { build_.close(); }

void ParametersText::text(std::string_view name, std::string_view value) {
    open(name);
    if (!value.empty()) build_.value("valueString"_name, value);
    close();
}

std::string ParametersText::finish() && { return fhir::codec::to_json(std::move(build_).finish().root()); }

}  // namespace interaction
