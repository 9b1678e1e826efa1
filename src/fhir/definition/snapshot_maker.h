// SPDX-License-Identifier: Apache-2.0
#pragma once

// The walk of differential and base; used by snapshot.cpp only.

#include "fhir/definition/element_tree.h"
#include "fhir/definition/snapshot.h"

#include <map>
#include <string>
#include <vector>

namespace fhir::definition {

class SnapshotMaker {
public:
    SnapshotMaker(const schema::Schema& schema, const StructureLookup& lookup, base::Findings& findings)
        : schema_(schema), lookup_(lookup), findings_(findings) {}

    base::Result<ElementNode> make(View definition);

    std::shared_ptr<const Document> structure(std::string_view canonical);
    const ElementNode* tree(std::string_view canonical);  // null when unknown
    const schema::Schema& schema() const { return schema_; }
    View keep(Document document);  // one property of an element, below a root of its own
    void remark(const ElementNode& at, std::string text, base::Severity severity = base::Severity::error);

private:
    using Group = std::vector<const ElementNode*>;
    using Place = std::list<ElementNode>::iterator;

    // Lays one element of the differential over one of the base, with all that is below.
    void lay(ElementNode& base, const ElementNode& changes);
    void lay_profile(ElementNode& base, const ElementNode& changes);
    void lay_children(ElementNode& parent, const ElementNode& changes);
    void lay_group(ElementNode& parent, Place element, const Group& group);
    void lay_slice(ElementNode& parent, Place element, const ElementNode& pristine, const ElementNode& slice);
    void add_new(ElementNode& parent, const ElementNode& element);
    ElementNode normal(const ElementNode& parent, const ElementNode& child) const;
    void add_slicing(ElementNode& element, std::string_view type, std::string_view path, bool closed);
    bool unfold(ElementNode& parent, const ElementNode& changes);
    bool unfold_reference(ElementNode& parent, std::string_view reference);
    void narrow_choice(ElementNode& element, const ElementNode& slice, bool close);
    void lay_form(ElementNode& element, const ElementNode& form);

    const schema::Schema& schema_;
    const StructureLookup& lookup_;
    base::Findings& findings_;
    std::map<std::string, std::shared_ptr<const Document>, std::less<>> structures_;
    std::map<std::string, ElementNode, std::less<>> trees_;
    std::vector<std::shared_ptr<const Document>> kept_;
    ElementNode pristine_;            // the base as it was, for content references
    int within_ = 0;                  // slices and unfolded types around the element at hand
    bool specializes_ = false;
    std::size_t elements_ = 0;        // made so far; a differential must not ask for all memory
};

// snapshot_element.cpp: one element's own properties laid over its base's.
void lay_properties(ElementNode& base, const ElementNode& changes, SnapshotMaker& maker);

}  // namespace fhir::definition
