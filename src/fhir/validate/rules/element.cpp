// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/element.h"

namespace fhir::validate {

View choice_of(View node, std::string_view stem) {
    for (View child : node.children()) {
        const std::string_view name = child.name_text();
        if (name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] >= 'A' && name[stem.size()] <= 'Z')
            return child;
    }
    return {};
}

std::string_view choice_type(View value, std::string_view stem) {
    return value ? value.name_text().substr(stem.size()) : std::string_view{};
}

View extension_of(View node, std::string_view url) {
    for (View extension : node.children("extension"_name))
        if (extension.text("url"_name) == url) return extension;
    return {};
}

View extension_value(View node, std::string_view url) { return choice_of(extension_of(node, url)); }

View contained_in(View home, std::string_view id) {
    for (View contained : home.children("contained"_name))
        if (contained.text("id"_name) == id) return contained;
    return {};
}

Found find_definition(const Services& services, View home, std::string_view type, std::string_view canonical) {
    if (canonical.starts_with('#')) {
        View contained = contained_in(home, canonical.substr(1));
        return contained.resource_type() == type ? Found{nullptr, contained} : Found{};
    }
    if (auto known = services.library.find(type, canonical)) return {known->document, known->document->root()};
    if (services.fetch)
        if (auto document = services.fetch(canonical); document && document->root().resource_type() == type)
            return {document, document->root()};
    return {};
}

bool has_coding(View concept_, std::string_view system, std::string_view code) {
    for (View coding : concept_.children("coding"_name))
        if (coding.text("system"_name) == system && coding.text("code"_name) == code) return true;
    return false;
}

bool concepts_match(View a, View b) {
    bool codings = false;
    for (View coding : a.children("coding"_name)) {
        codings = true;
        if (has_coding(b, coding.text("system"_name), coding.text("code"_name))) return true;
    }
    return !codings && !b.child("coding"_name) && !a.text("text"_name).empty() &&
           a.text("text"_name) == b.text("text"_name);
}

}  // namespace fhir::validate
