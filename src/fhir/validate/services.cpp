// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/services.h"

#include "fhir/validate/walk.h"

namespace fhir::validate {

PathServices::PathServices(const Validator& validator, View root)
    : own_(std::make_unique<Walk>(validator.parts(), question_)), walk_(*own_) {
    walk_.stand_at(root);
}
PathServices::PathServices(Walk& walk) : walk_(walk) {}
PathServices::~PathServices() = default;

std::optional<path::Item> PathServices::resolve(const path::Item& reference, const path::Item&) {
    if (!walk_.holder()) return {};
    std::string_view text = reference.text;
    if (reference.is_node()) text = reference.node.primitive() ? reference.node.text() : reference.node.text("reference"_name);
    // A constraint on a Bundle may follow references of its entries: what they mean depends on where they stand.
    const Holder* const from = reference.is_node() ? walk_.holder_of(reference.node) : nullptr;
    const Walk::Target found = walk_.resolve(text, from ? *from : *walk_.holder());
    if (!found.resource) return {};
    return path::Item::of(found.resource, found.type);
}

std::optional<bool> PathServices::member_of(const path::Item& coded, std::string_view value_set) {
    return walk_.member_of(coded.is_node() ? coded.node : View{}, coded.type, coded.text, value_set);
}

std::optional<bool> PathServices::subsumes(const path::Item& a, const path::Item& b) {
    const Codes* codes = walk_.parts().services.codes;
    if (!codes || !a.is_node() || !b.is_node()) return {};
    const auto codings = [](View node) {
        std::vector<View> all;
        if (node.child("coding"_name))
            for (View coding : node.children("coding"_name)) all.push_back(coding);
        else all.push_back(node);
        return all;
    };
    bool unknown = false;
    for (const View general : codings(a.node))
        for (const View specific : codings(b.node)) {
            if (general.text("system"_name) != specific.text("system"_name)) continue;
            const Answer answer = codes->subsumes(general.text("system"_name), general.text("code"_name), specific.text("code"_name));
            if (answer == Answer::yes) return true;
            unknown = unknown || answer == Answer::unknown;
        }
    if (unknown) return {};
    return false;
}

std::optional<bool> PathServices::conforms_to(const path::Item& item, std::string_view profile) {
    if (!item.is_node() || !item.node || !walk_.holder()) return {};
    const profile::Profile* found = walk_.parts().profiles.find(profile);
    if (!found) return {};
    const bool other = !item.node.resource_type().empty() && item.node != walk_.holder()->resource;
    return walk_.conforms(item.node, item.type, item.element(), *found, other ? walk_.enter(item.node) : *walk_.holder());
}

std::optional<path::Item> PathServices::element_definition(const path::Item& item) {
    if (!item.is_node() || item.type == schema::no_type) return {};
    const Validator::Parts& parts = walk_.parts();
    const profile::Profile* profile = parts.profiles.of_type(item.type);
    if (!profile) return {};
    return path::Item::of(profile->root().definition, parts.services.schema.find_type("ElementDefinition"));
}

std::optional<bool> PathServices::in_slice(const path::Item& item, std::string_view profile, std::string_view slice) {
    if (!item.is_node() || !item.node || !walk_.holder()) return {};
    const profile::Profile* found = walk_.parts().profiles.find(profile);
    if (!found) return {};
    return walk_.in_slice(item.node, item.type, *found, slice, *walk_.holder());
}

}  // namespace fhir::validate
