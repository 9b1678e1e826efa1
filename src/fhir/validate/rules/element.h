// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small readings of elements that several rules share.

#include "fhir/tree/view.h"
#include "fhir/validate/validator.h"

#include <memory>
#include <string>
#include <string_view>

namespace fhir::validate {

// Children by a name that has no constant.
inline View::Range items(View node, std::string_view name) {
    return node ? node.children(node.document().find(name)) : View::Range{};
}
inline std::string_view text_of(View node, std::string_view name) { return node.child(name).text(); }
inline bool is_true(View node, std::string_view name) { return text_of(node, name) == "true"; }

// The one child called value[x]; its type as it stands behind "value": "Coding", "String".
View choice_of(View node, std::string_view stem = "value");
std::string_view choice_type(View value, std::string_view stem = "value");

View extension_of(View node, std::string_view url);     // the first with that url
View extension_value(View node, std::string_view url);  // its value[x]

// A resource with an owner, or one that lies in another.
struct Found {
    std::shared_ptr<const Document> owner{};
    View resource{};
    explicit operator bool() const { return static_cast<bool>(resource); }
};

// The resource of that type with that canonical: contained in `home` ("#id"), from the library or from Services::fetch.
Found find_definition(const Services& services, View home, std::string_view type, std::string_view canonical);

View contained_in(View home, std::string_view id);

// Does the concept have this coding, and do two concepts share one?
bool has_coding(View concept_, std::string_view system, std::string_view code);
bool concepts_match(View a, View b);

}  // namespace fhir::validate
