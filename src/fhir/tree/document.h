// SPDX-License-Identifier: Apache-2.0
#pragma once

// One resource (or one datatype) as a tree in one arena.
//
// A Document owns its text and its nodes; a View (view.h) walks it. It is built once by a reader or a Builder
// and never changed: an edit makes a new Document. It costs about twice the bytes of the JSON it came from.
//
// Shape. A node is an element: its name, its kind, its primitive value as text, and its children in order.
//  - A repeating element is a run of neighbours with one name; `list` marks them as items of a JSON array.
//  - A primitive's value is text as it was sent, unescaped ("1.00" stays "1.00"); its id and extensions are
//    its children (JSON's _birthDate, XML's child elements: FHIR R4 2.6.2, 2.6.1).
//  - A complex node that is a resource has its type as text ("Patient"); resourceType is not a child.
//  - XHTML narrative is a string: the text of the <div> element with its tags.
// A text of long_text bytes and more (a scanned letter) is shared by the documents that are copied from one another.
// Children may be linked in another order than they lie in memory; only the links count.

#include "fhir/tree/names.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fhir {

enum class Kind : std::uint8_t {
    complex,  // has children; text = resource type when it is a resource
    string,   // JSON string
    number,   // JSON number, text as sent
    boolean,  // "true" or "false"
    absent    // a primitive without value that has an id or extensions only
};

class View;

using LongText = std::shared_ptr<const std::string>;
inline constexpr std::size_t long_text = std::size_t{256} << 10;

class Document {
public:
    using Index = std::uint32_t;
    static constexpr std::uint32_t shared_base = 0xC000'0000;

    struct Node {
        Name name = no_name;
        Kind kind = Kind::complex;
        bool list = false;         // an item of an array
        std::uint32_t text = 0;    // offset into the document's bytes; from shared_base on the number of a shared text
        std::uint32_t length = 0;
        Index first = 0;           // first child; 0 = none (the root is nobody's child)
        Index next = 0;            // next sibling; 0 = none
    };

    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;
    Document(Document&&) = default;
    Document& operator=(Document&&) = default;

    View root() const;

    const Node& node(Index index) const { return nodes_[index]; }
    std::string_view text(const Node& node) const {
        if (node.text >= shared_base) [[unlikely]] return *shared_[node.text - shared_base];
        return {bytes_->data() + node.text, node.length};
    }
    // The text where it is shared, else null.
    LongText shared(const Node& node) const { return node.text >= shared_base ? shared_[node.text - shared_base] : nullptr; }
    std::string_view name_text(Name name) const;
    std::size_t node_count() const { return nodes_.size(); }
    const Names& names() const { return *names_; }

    // The number of `text` in this document: shared when the definitions know it, local when only this document
    // does, no_name when it does not occur.
    Name find(std::string_view text) const;

private:
    friend class Growth;
    explicit Document(const Names& names) : names_(&names), bytes_(std::make_unique<std::string>()) {}

    const Names* names_;                    // outlives every document
    std::unique_ptr<std::string> bytes_;    // text of all nodes; its address survives a move
    std::vector<Node> nodes_;
    std::vector<std::string> local_names_;  // local_base + i
    std::vector<LongText> shared_;          // shared_base + i
};

// How readers and the Builder make a Document: raw appending, no rules. Offsets are into bytes().
class Growth {
public:
    explicit Growth(const Names& names) : document_(names) { document_.nodes_.reserve(64); }
    explicit Growth(Document document);  // goes on with one that is given up for it

    std::string& bytes() { return *document_.bytes_; }
    std::vector<Document::Node>& nodes() { return document_.nodes_; }
    const std::string& bytes() const { return *document_.bytes_; }
    Document::Node& node(Document::Index index) { return document_.nodes_[index]; }
    const Document::Node& node(Document::Index index) const { return document_.nodes_[index]; }
    Document::Index append(Document::Node node);
    // A node with this text: copied, or shared when it is long.
    Document::Index append(Name name, Kind kind, bool list, std::string_view text);
    Document::Index append(Name name, Kind kind, bool list, LongText text);
    Name name(std::string_view text);  // interns locally when the definitions do not know it
    std::string_view name_text(Name name) const { return document_.name_text(name); }
    // No number is left for names that the definitions do not know; those that come now share one.
    bool full() const { return document_.local_names_.size() >= local_base - 1U; }
    const Document& document() const { return document_; }
    Document finish() && { return std::move(document_); }

private:
    Document document_;
    std::unordered_map<std::string, Name> locals_;
};

}  // namespace fhir
