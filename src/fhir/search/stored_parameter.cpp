// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/stored_parameter.h"

#include "fhir/definition/model.h"

#include <algorithm>

namespace fhir::search {

namespace {

// Components are lines.
std::string in_one_line(std::string_view text) {
    std::string line(text);
    std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return line;
}

}  // namespace

StoredParameter StoredParameter::read(View definition, std::string id, std::int64_t change) {
    StoredParameter one;
    one.id = std::move(id);
    one.change = change;
    one.status = definition.text("status"_name);
    one.version = definition.text("version"_name);
    one.url = definition.text("url"_name);
    one.code = definition.text("code"_name);
    one.type = definition.text("type"_name);
    one.bases = definition::joined(definition, "base"_name);
    one.expression = definition.text("expression"_name);
    one.targets = definition::joined(definition, "target"_name);
    for (View component : definition.children("component"_name)) {
        if (!one.components.empty()) one.components += '\n';
        one.components.append(definition::without_version(component.text("definition"_name))).append(" ");
        one.components += in_one_line(component.text("expression"_name));
    }
    return one;
}

schema::SearchParameterRow StoredParameter::row() const { return {url, code, type, bases, expression, targets, components}; }

bool StoredParameter::same_search(const StoredParameter& other) const {
    return id == other.id && url == other.url && code == other.code && type == other.type && bases == other.bases && expression == other.expression &&
           targets == other.targets && components == other.components;
}

}  // namespace fhir::search
