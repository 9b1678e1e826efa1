// SPDX-License-Identifier: Apache-2.0
#pragma once

// The elements of a snapshot or a differential as a tree. ElementDefinitions come as a flat list whose order and paths
// tell the tree (FHIR R4 5.1.0.5, 5.1.0.14); here a slice is a sibling that follows what it slices.
//
// A node borrows the properties of its ElementDefinition from the Document that it was read from.

#include "base/finding.h"
#include "fhir/tree/view.h"

#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace fhir::definition {

struct ElementNode {
    std::string tail;   // "name", "value[x]"; of the root the type: "Patient"
    std::string slice;  // sliceName; empty for the element itself
    std::string min, max;
    std::vector<View> properties;  // all but id, path, sliceName, min and max
    std::list<ElementNode> children;
    int position = -1;       // place in the list that it was read from; -1: implied by its children
    std::string path{};      // as written; for remarks

    View first(std::string_view property) const;                       // no View when it is not there
    std::vector<View> all(std::string_view property) const;
    bool has(std::string_view property) const { return static_cast<bool>(first(property)); }
    void drop(std::string_view property);
    // All properties of that name give way to this one.
    void replace(View property);
};

// `list`: the snapshot or differential element. Elements whose parents are not listed get implied parents. Remarks on
// elements that have no place in any tree; they are left out.
ElementNode read_elements(View list, base::Findings& findings);

// "Patient.name.given" -> "Patient.name", "given"
std::pair<std::string_view, std::string_view> cut_last(std::string_view path);

}  // namespace fhir::definition
