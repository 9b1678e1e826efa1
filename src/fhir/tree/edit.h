// SPDX-License-Identifier: Apache-2.0
#pragma once

// A Document that is being changed, in place: it is taken, changed through its links, and given back. What is removed
// stays in the arena, unlinked. Each change costs its siblings; opening costs one walk over the document.
//
// Indexes of nodes stay valid through all changes; Views are valid until the next insert (text may move).

#include "fhir/tree/view.h"

#include <vector>

namespace fhir {

class Edit {
public:
    using Index = Document::Index;

    explicit Edit(Document document);

    const Document& document() const { return growth_.document(); }
    View view(Index index) const { return {document(), index}; }
    View root() const { return document().root(); }
    Index parent(Index index) const { return parents_[index]; }  // of the root: 0

    // A copy of `source`, which must be of another document, below no parent yet.
    Index copy(View source, Name name, bool list);
    Index make(Name name, bool list);                           // an empty complex element
    Name name(std::string_view text) { return growth_.name(text); }

    void append(Index parent, Index child);        // behind the last of its name, else behind all
    void insert_before(Index sibling, Index child);
    void insert_after(Index sibling, Index child);
    void replace(Index old, Index fresh);          // in its place
    void remove(Index index);                      // nothing happens to the root and to what is removed already

    Document finish() && { return std::move(growth_).finish(); }

private:
    Index* link_to(Index index);  // the parent's first or the previous sibling's next; null when it is not linked
    Index lay(View source, Name name, bool list);

    Growth growth_;
    std::vector<Index> parents_;
};

}  // namespace fhir
