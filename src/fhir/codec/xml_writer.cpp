// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/html_entities.h"
#include "fhir/codec/xml.h"
#include "fhir/codec/xml_scan.h"

#include <algorithm>
#include <array>

namespace fhir::codec {

namespace {

using schema::Element;
using schema::no_type;
using schema::Schema;
using schema::TypeId;

constexpr std::string_view fhir_namespace = "http://hl7.org/fhir";
constexpr std::string_view div_start = "<div xmlns=\"http://www.w3.org/1999/xhtml\"";

constexpr std::array<bool, 256> needs_escape = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
    for (const char c : {'<', '>', '&', '"'}) table[static_cast<unsigned char>(c)] = true;
    table[0xEF] = true;  // U+FFFE and U+FFFF begin with it
    return table;
}();

// As an attribute's value. Line ends are written as references, else a reader makes spaces of them; what XML
// cannot carry at all becomes U+FFFD.
void write_escaped(std::string_view text, std::string& out) {
    std::size_t clean = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (!needs_escape[c]) continue;
        std::size_t length = 1;
        std::string_view instead = "\xEF\xBF\xBD";
        switch (c) {
            case '<': instead = "&lt;"; break;
            case '>': instead = "&gt;"; break;
            case '&': instead = "&amp;"; break;
            case '"': instead = "&quot;"; break;
            case '\t': instead = "&#9;"; break;
            case '\n': instead = "&#10;"; break;
            case '\r': instead = "&#13;"; break;
            case 0xEF:
                if (text.substr(i, 3) != "\xEF\xBF\xBE" && text.substr(i, 3) != "\xEF\xBF\xBF") continue;
                length = 3;
                break;
            default: break;
        }
        out.append(text, clean, i - clean);
        out += instead;
        i += length - 1;
        clean = i + 1;
    }
    out.append(text, clean);
}

class Writer {
public:
    Writer(const Schema& schema, bool pretty, std::string& out) : schema_(schema), pretty_(pretty), out_(out) {}

    void resource(View node, bool root) {
        const std::string_view type = node.resource_type();
        if (!is_xml_name(type)) return;
        open(type);
        if (root) out_.append(" xmlns=\"").append(fhir_namespace).append("\"");
        content(node, schema_.find_type(type), type);
    }

    // What is no resource (a datatype alone) is written under its name.
    void datatype(View node) {
        const std::string_view name = node.name_text().empty() ? "value" : node.name_text();
        open(name);
        out_.append(" xmlns=\"").append(fhir_namespace).append("\"");
        if (node.has_value()) attribute("value", node.text());
        content(node, no_type, name);
    }

private:
    struct Child {
        std::uint32_t place;
        const Element* row;
        View view;
    };

    void line() {
        if (!pretty_) return;
        if (!out_.empty()) out_.push_back('\n');
        out_.append(2 * depth_, ' ');
    }
    void open(std::string_view name) {
        line();
        out_.push_back('<');
        out_ += name;
    }
    void attribute(std::string_view name, std::string_view value) {
        out_.push_back(' ');
        out_ += name;
        out_ += "=\"";
        write_escaped(value, out_);
        out_.push_back('"');
    }

    // Attributes, then the end of the start tag, children and end tag.
    void content(View node, TypeId type, std::string_view name) {
        const std::size_t first = children_.size();
        bool sorted = true;
        for (View child : node.children()) {
            const Element* row = schema_.element(type, child.name());
            if (row != nullptr && row->is(Element::xml_attribute)) {
                attribute(child.name_text(), child.text());
                continue;
            }
            const std::uint32_t place = row == nullptr ? 0x10000U : row->place;
            sorted = sorted && (children_.size() == first || children_.back().place <= place);
            children_.push_back({place, row, child});
        }
        if (!sorted)
            std::stable_sort(children_.begin() + static_cast<std::ptrdiff_t>(first), children_.end(),
                             [](const Child& a, const Child& b) { return a.place < b.place; });
        if (children_.size() == first) {
            out_ += "/>";
            return;
        }
        out_.push_back('>');
        ++depth_;
        for (std::size_t i = first; i < children_.size(); ++i) {
            const Child child = children_[i];
            element(child.view, child.row);
        }
        children_.resize(first);
        --depth_;
        line();
        out_ += "</";
        out_ += name;
        out_.push_back('>');
    }

    void element(View node, const Element* row) {
        const std::string_view name = node.name_text();
        if (row == nullptr && !is_xml_name(name)) return;  // no XML can say this
        if (!node.resource_type().empty()) {
            open(name);
            out_.push_back('>');
            ++depth_;
            resource(node, false);
            --depth_;
            line();
            out_.append("</").append(name).append(">");
            return;
        }
        const TypeId type = row == nullptr ? no_type : row->type;
        if (row != nullptr && schema_.type(type).format == schema::Format::xhtml) return narrative(node.text());
        open(name);
        if (node.has_value()) attribute("value", node.text());
        content(node, type, name);
    }

    void narrative(std::string_view text) {
        line();
        std::string decoded;
        if (text.find('&') != std::string_view::npos) {
            decoded = without_html_entities(text);
            text = decoded;
        }
        constexpr int depth = 320;
        if (text.starts_with("<div") && is_xml_element(text, depth)) {
            const std::string_view tag = text.substr(0, text.find('>'));
            if (tag.find("xmlns") != std::string_view::npos) {
                out_ += text;
            } else {
                out_ += div_start;
                out_ += text.substr(4);
            }
            return;
        }
        // Not XHTML: kept as words, so that it cannot change the document around it.
        out_ += div_start;
        out_.push_back('>');
        write_escaped(text, out_);
        out_ += "</div>";
    }

    const Schema& schema_;
    bool pretty_;
    std::string& out_;
    std::size_t depth_ = 0;
    std::vector<Child> children_;  // of all open elements, one behind the other
};

std::string written(View root, const Schema& schema, bool pretty) {
    std::string out;
    out.reserve(1024);
    Writer writer(schema, pretty, out);
    if (root && !root.resource_type().empty()) {
        writer.resource(root, true);
    } else if (root) {
        writer.datatype(root);
    }
    if (pretty) out.push_back('\n');
    return out;
}

}  // namespace

std::string to_xml(View root, const Schema& schema) { return written(root, schema, false); }
std::string to_pretty_xml(View root, const Schema& schema) { return written(root, schema, true); }

}  // namespace fhir::codec
