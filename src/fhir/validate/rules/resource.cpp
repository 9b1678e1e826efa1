// SPDX-License-Identifier: Apache-2.0
// What holds for every resource: ids of elements are their own, and a canonical url is absolute.
#include "fhir/validate/rules/table.h"

#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>
#include <set>

namespace fhir::validate {

using base::IssueType;

namespace {

// Element.id is unique in its resource (FHIR R4 2.24.0.1.1); resources inside count for themselves.
class Ids {
public:
    Ids(const schema::Schema& schema, Remarks& remarks)
        : schema_(schema), remarks_(remarks), definition_(schema.find_type("ElementDefinition")) {}

    void walk(View node, schema::TypeId type, std::string& below) {
        Name name = no_name;
        std::size_t index = 0;
        for (View child : node.children()) {
            index = child.name() == name ? index + 1 : 0;
            name = child.name();
            if (!child.first_child() || !child.resource_type().empty()) continue;
            const schema::Element* row = schema_.element(type, name);
            if (row == nullptr) continue;
            const std::size_t length = below.size();
            below += '.';
            below += schema_.names().text(row->base);
            if (row->repeats()) below += fmt::format("[{}]", index);
            // The ids of a snapshot repeat those of the differential.
            if (const std::string_view id = child.text("id"_name);
                !id.empty() && row->type != definition_ && !seen_.insert(id).second)
                remarks_.error(IssueType::duplicate, below,
                               fmt::format("another element of this resource has the id '{}' too", id));
            walk(child, row->type, below);
            below.resize(length);
        }
    }

    // Most resources have no ids in them; finding that out builds no text.
    static bool any(View node) {
        for (View child : node.children())
            if (child.first_child() && child.resource_type().empty() && (child.child("id"_name) || any(child)))
                return true;
        return false;
    }

private:
    const schema::Schema& schema_;
    Remarks& remarks_;
    schema::TypeId definition_;
    std::set<std::string_view> seen_;
};

// A type that is found by its url has a publisher too.
bool has_canonical(const schema::Schema& schema, schema::TypeId type) {
    return schema.element(type, "publisher"_name) != nullptr && schema.element(type, "url"_name) != nullptr;
}

}  // namespace

void check_resource(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    Remarks remarks(place, findings);
    if (Ids::any(place.node)) {
        std::string below;
        Ids(services.schema, remarks).walk(place.node, place.type, below);
    }
    const View url = place.node.child("url"_name);
    if (url.has_value() && has_canonical(services.schema, place.type) && !is_absolute(url.text()))
        remarks.error(IssueType::value, ".url", "a canonical url is absolute");
}

}  // namespace fhir::validate
