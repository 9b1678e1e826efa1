// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/summary.h"

#include "fhir/tree/builder.h"

#include <algorithm>

namespace fhir::resource {
namespace {

using schema::Element;

bool always(Name name) { return name == "id"_name || name == "meta"_name || name == "implicitRules"_name; }

// "Patient.name.family" and "name" both ask for "name".
std::string_view top_level(std::string_view element) {
    if (!element.empty() && element.front() >= 'A' && element.front() <= 'Z') {
        const auto dot = element.find('.');
        element = dot == std::string_view::npos ? std::string_view{} : element.substr(dot + 1);
    }
    return element.substr(0, element.find('.'));
}

class Trimmer {
public:
    Trimmer(View resource, const schema::Schema& schema, const Trim& trim)
        : resource_(resource), schema_(schema), trim_(trim), build_(resource.document().names()) {}

    Document run() && {
        const auto type = schema_.find_type(resource_.resource_type());
        build_.resource(resource_.resource_type());
        const bool tagged = static_cast<bool>(resource_.child("meta"_name));
        if (!tagged && !resource_.child("id"_name)) mark({});
        for (View child : resource_.children()) {
            const Element* element = type == schema::no_type ? nullptr : schema_.element(type, child.name());
            if (child.name() == "meta"_name) {
                mark(child);
            } else if (always(child.name()) || kept(child, element)) {
                if (trim_.extent == Trim::Extent::summary && element != nullptr) copy_summary(child, *element);
                else build_.copy(child);
            }
            if (!tagged && child.name() == "id"_name) mark({});
        }
        return std::move(build_).finish();
    }

private:
    bool kept(View child, const Element* element) const {
        const bool mandatory = element != nullptr && element->min > 0;
        switch (trim_.extent) {
            case Trim::Extent::summary: return mandatory || (element != nullptr && element->is(Element::summary));
            case Trim::Extent::text: return mandatory || child.name() == "text"_name;
            case Trim::Extent::data:
                if (child.name() == "text"_name) return false;
                break;
            case Trim::Extent::all: break;
        }
        if (trim_.elements.empty() || mandatory) return true;
        if (element != nullptr && element->is(Element::modifier)) return true;
        const std::string_view name = child.name_text();
        const std::string_view base = element != nullptr ? schema_.names().text(element->base) : name;
        return std::any_of(trim_.elements.begin(), trim_.elements.end(), [&](const std::string& asked) {
            return top_level(asked) == name || top_level(asked) == base;
        });
    }

    // Below the top the flags count again: Attachment.data is no part of a summary though Attachment.url is.
    void copy_summary(View view, const Element& element) {
        if (view.primitive() || element.is(Element::resource_inside)) {
            build_.copy(view);
            return;
        }
        build_.open(view.name(), view.list());
        for (View child : view.children()) {
            const Element* below = schema_.element(element.type, child.name());
            if (below != nullptr && (below->is(Element::summary) || below->min > 0)) copy_summary(child, *below);
        }
        build_.close();
    }

    void mark(View meta) {
        build_.open("meta"_name);
        View last_tag;
        for (View tag : meta.children("tag"_name)) last_tag = tag;
        for (View child : meta.children()) {
            build_.copy(child);
            if (child == last_tag) subsetted();
        }
        if (!last_tag) subsetted();
        build_.close();
    }

    void subsetted() {
        build_.open("tag"_name, true);
        build_.value("system"_name, "http://terminology.hl7.org/CodeSystem/v3-ObservationValue");
        build_.value("code"_name, "SUBSETTED");
        build_.close();
    }

    View resource_;
    const schema::Schema& schema_;
    const Trim& trim_;
    Builder build_;
};

}  // namespace

Document trimmed(View resource, const schema::Schema& schema, const Trim& trim) {
    return Trimmer(resource, schema, trim).run();
}

}  // namespace fhir::resource
