// SPDX-License-Identifier: Apache-2.0
#pragma once

// A cheap handle (16 bytes, passed by value) to one element of a Document, which must outlive it.
// What is absent reads as a false View with empty text: absence is ordinary in FHIR.

#include "fhir/tree/document.h"

#include <cstddef>
#include <iterator>

namespace fhir {

class View {
public:
    View() = default;
    View(const Document& document, Document::Index index) : document_(&document), index_(index) {}

    explicit operator bool() const { return document_ != nullptr; }
    bool operator==(const View& other) const = default;

    Name name() const { return document_ ? node().name : no_name; }
    std::string_view name_text() const { return document_ ? document_->name_text(node().name) : std::string_view{}; }
    Kind kind() const { return document_ ? node().kind : Kind::absent; }
    bool list() const { return document_ && node().list; }
    bool primitive() const { return kind() != Kind::complex; }
    bool has_value() const { return document_ && node().kind != Kind::complex && node().kind != Kind::absent; }

    // A primitive's value; empty for complex elements and for what is absent.
    std::string_view text() const { return has_value() ? document_->text(node()) : std::string_view{}; }
    // The value where documents share it because it is long, else null.
    LongText shared() const { return has_value() ? document_->shared(node()) : nullptr; }
    // "Patient" when this element is a resource, else empty.
    std::string_view resource_type() const {
        return document_ && node().kind == Kind::complex ? document_->text(node()) : std::string_view{};
    }

    View first_child() const { return at(document_ ? node().first : 0); }
    View next() const { return at(document_ ? node().next : 0); }          // next sibling
    View next_same() const;                                                // next sibling of the same name
    View child(Name name) const;                                           // the first of that name
    View child(std::string_view name) const;
    std::string_view text(Name name) const { return child(name).text(); }  // text of the first child so named
    std::size_t count() const;  // of children
    std::size_t count(Name name) const;

    class Iterator;
    struct Range;
    Range children() const;
    Range children(Name name) const;  // all of that name, in order

    const Document& document() const { return *document_; }
    Document::Index index() const { return index_; }

private:
    const Document::Node& node() const { return document_->node(index_); }
    View at(Document::Index index) const { return index == 0 ? View{} : View{*document_, index}; }

    const Document* document_ = nullptr;
    Document::Index index_ = 0;
};

class View::Iterator {
public:
    using value_type = View;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(View at, bool same) : at_(at), same_(same) {}
    View operator*() const { return at_; }
    Iterator& operator++() {
        at_ = same_ ? at_.next_same() : at_.next();
        return *this;
    }
    Iterator operator++(int) {
        Iterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

private:
    View at_;
    bool same_ = false;
};

struct View::Range {
    Iterator first;
    Iterator begin() const { return first; }
    Iterator end() const { return {}; }
};

inline View::Range View::children() const { return {{first_child(), false}}; }
inline View::Range View::children(Name name) const { return {{child(name), true}}; }

// True when both elements have the same values, names, kinds, number text and order of repeated items; the order of
// differently named siblings does not count (JSON objects are unordered). The elements' own names do not count.
bool equal(View a, View b);

}  // namespace fhir
