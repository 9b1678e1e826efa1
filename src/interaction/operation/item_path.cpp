// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/item_path.h"

#include <algorithm>

namespace interaction {

using fhir::Document;
using fhir::View;

ItemPaths::ItemPaths(const Document& document, const fhir::schema::Schema& schema)
    : document_(document), schema_(schema), parents_(document.node_count(), 0) {
    for (Document::Index index = 0; index < document.node_count(); ++index)
        for (const View child : View(document, index).children()) parents_[child.index()] = index;
}

std::string ItemPaths::of(View view) const {
    if (!view || &view.document() != &document_) return {};
    std::vector<Document::Index> chain{view.index()};
    while (chain.back() != 0) chain.push_back(parents_[chain.back()]);
    std::reverse(chain.begin(), chain.end());

    const View root = document_.root();
    std::string path(root.resource_type());
    auto type = schema_.find_type(root.resource_type());
    for (std::size_t i = 1; i < chain.size(); ++i) {
        const View here(document_, chain[i]);
        const auto* element = type == fhir::schema::no_type ? nullptr : schema_.element(type, here.name());
        path += '.';
        path += element != nullptr ? document_.name_text(element->base) : here.name_text();
        if (here.list()) {
            std::size_t number = 0;
            for (const View one : View(document_, chain[i - 1]).children(here.name())) {
                if (one == here) break;
                ++number;
            }
            path += '[' + std::to_string(number) + ']';
        }
        const auto inner = schema_.find_type(here.resource_type());
        type = inner != fhir::schema::no_type ? inner : element != nullptr ? element->type : fhir::schema::no_type;
    }
    return path;
}

}  // namespace interaction
