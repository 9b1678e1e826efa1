// SPDX-License-Identifier: Apache-2.0
#pragma once

// Builds a Document from the top down, append only.
//
//     Builder build(names);
//     build.resource("Patient");                 // the root
//     build.value("id"_name, "p1");
//     build.open("name"_name, true);             // an item of a list
//       build.value("family"_name, "Ng");
//     build.close();
//     Document patient = std::move(build).finish();
//
// Items of one list may be added at any time; they are put together.
// Whether an element is an item of a list (a JSON array) is the caller's to say: the schema knows
// (fhir/schema: Element::repeats()). Text is copied, a long one of another document shared. Nodes that are still open are closed by finish().

#include "fhir/tree/view.h"

#include <vector>

namespace fhir {

class Builder {
public:
    explicit Builder(const Names& names);

    // The root, when it is a resource; or, inside open elements, a contained resource under `name`.
    void resource(std::string_view type);
    void resource(Name name, std::string_view type, bool list = false);

    void open(Name name, bool list = false);  // a complex element
    void close();

    void value(Name name, std::string_view text, Kind kind = Kind::string, bool list = false);
    void value(Name name, LongText text, Kind kind = Kind::string, bool list = false);  // shared, however long it is
    void flag(Name name, bool value, bool list = false);
    void number(Name name, std::int64_t value, bool list = false);
    // A primitive that gets children (id, extension); close() ends it.
    void open_value(Name name, std::string_view text, Kind kind = Kind::string, bool list = false);

    // A copy of `source` with its children, under another name or its own.
    void copy(View source, Name name, bool list);
    void copy(View source);           // own name and list mark
    void copy_children(View source);  // only what is below it

    Name name(std::string_view text) { return growth_.name(text); }
    std::size_t depth() const { return open_.size(); }
    Document finish() &&;

private:
    struct Open {
        Document::Index node;
        Document::Index last;  // last child so far; 0 = none
    };
    Document::Index last_named(const Open& parent, Name name) const;
    Name own_name(View source);
    Document::Index lay(View source, Name name, bool list);  // a copy without children, below nobody
    Document::Index join_last(Document::Index index);
    Document::Index join(Document::Index index);
    Document::Index append(Name name, Kind kind, bool list, std::string_view text);

    Growth growth_;
    std::vector<Open> open_;
};

}  // namespace fhir
