// SPDX-License-Identifier: Apache-2.0
#include "fhir/graphql/document.h"

#include <algorithm>

namespace fhir::graphql {

namespace {

template <class T>
const T* named(const std::vector<T>& all, std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.name == name; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

base::Fault fault_at(Place place, base::Fault::Kind kind, std::string text) {
    base::Fault fault{kind, std::move(text)};
    if (place.line != 0) fault.where = "line " + std::to_string(place.line) + ", column " + std::to_string(place.column);
    fault.findings.push_back({base::Severity::error, fault.type, fault.where, fault.text, static_cast<int>(place.line),
                              static_cast<int>(place.column)});
    return fault;
}

const Value* Value::member(std::string_view name) const {
    const auto found = std::find_if(parts.begin(), parts.end(), [&](const Value& one) { return one.key == name; });
    return kind != Kind::object || found == parts.end() ? nullptr : &*found;
}

const Argument* Directive::argument(std::string_view asked) const { return named(arguments, asked); }
const Directive* Selection::directive(std::string_view asked) const { return named(directives, asked); }
const Argument* Selection::argument(std::string_view asked) const { return named(arguments, asked); }

const Fragment* Document::fragment(std::string_view name) const {
    const auto found = std::lower_bound(fragments.begin(), fragments.end(), name,
                                        [](const Fragment& one, std::string_view asked) { return one.name < asked; });
    return found == fragments.end() || found->name != name ? nullptr : &*found;
}

}  // namespace fhir::graphql
