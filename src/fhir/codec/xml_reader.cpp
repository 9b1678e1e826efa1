// SPDX-License-Identifier: Apache-2.0
// pugixml's tree, walked along the schema. pugixml is lenient, so scan_xml() goes first; what is left to check
// here is what FHIR asks beyond well-formed XML (FHIR R4 2.6.1).
#include "base/text.h"
#include "fhir/codec/place.h"
#include "fhir/codec/xml.h"
#include "fhir/codec/xml_scan.h"
#include "fhir/schema/written.h"
#include "fhir/tree/builder.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <pugixml.hpp>

namespace fhir::codec {

namespace {

using base::Fault;
using schema::Element;
using schema::Format;
using schema::no_type;
using schema::Schema;
using schema::TypeId;
using schema::TypeKind;

constexpr std::string_view fhir_namespace = "http://hl7.org/fhir";
constexpr std::string_view xhtml_namespace = "http://www.w3.org/1999/xhtml";
constexpr std::string_view xsi_namespace = "http://www.w3.org/2001/XMLSchema-instance";
constexpr int narrative_depth = 256;  // elements open inside of narrative, beyond the resource's own

std::string_view local_name(const char* qualified) {
    const std::string_view name(qualified);
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view prefix_of(const char* qualified) {
    const std::string_view name(qualified);
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}

bool declares_namespace(std::string_view attribute) { return attribute == "xmlns" || attribute.starts_with("xmlns:"); }

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// JSON's grammar of a number (RFC 8259 6): what may stand unquoted when this is written as JSON.
bool is_number(std::string_view text) {
    std::size_t i = 0;
    const auto digits = [&] {
        const std::size_t start = i;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
        return i - start;
    };
    if (text.starts_with('-')) ++i;
    const std::size_t start = i;
    const std::size_t whole = digits();
    if (whole == 0 || (whole > 1 && text[start] == '0')) return false;
    if (i < text.size() && text[i] == '.') {
        ++i;
        if (digits() == 0) return false;
    }
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        ++i;
        if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
        if (digits() == 0) return false;
    }
    return i == text.size();
}

Kind kind_of(Format format, std::string_view text) {
    const Kind kind = schema::written_as(format);
    const bool good = kind == Kind::boolean ? text == "true" || text == "false" : kind == Kind::number ? is_number(text) : true;
    return good ? kind : Kind::string;
}

class Walk {
public:
    Walk(std::string_view bytes, const Schema& schema, const Limits& limits, Order order)
        : bytes_(bytes), schema_(schema), limits_(limits), order_(order), build_(schema.names()) {}

    base::Result<Document> run(pugi::xml_node root) {
        if (!resource(root, no_name, false)) return std::move(*fault_);
        return std::move(build_).finish();
    }

private:
    // An element's attributes; its namespace declarations are in force while this lives.
    class Tag {
    public:
        Tag(Walk& walk, pugi::xml_node node) : walk_(walk), before_(walk.namespaces_.size()) {
            for (pugi::xml_attribute attribute = node.first_attribute(); attribute;
                 attribute = attribute.next_attribute()) {
                const std::string_view name = attribute.name();
                if (name == "value") {
                    value = attribute;
                } else if (name == "url") {
                    url = attribute;
                } else if (name == "id") {
                    id = attribute;
                } else if (declares_namespace(name)) {
                    walk.namespaces_.push_back(
                        {name.size() > 6 ? name.substr(6) : std::string_view{}, attribute.value()});
                } else {
                    others = true;
                }
            }
        }
        Tag(const Tag&) = delete;
        Tag& operator=(const Tag&) = delete;
        ~Tag() { walk_.namespaces_.resize(before_); }

        pugi::xml_attribute id;
        pugi::xml_attribute url;
        pugi::xml_attribute value;
        bool others = false;

    private:
        Walk& walk_;
        std::size_t before_;
    };
    struct Declared {
        std::string_view prefix;
        std::string_view uri;
    };

    bool wrong(pugi::xml_node at, std::string text, base::IssueType type = base::IssueType::structure) {
        if (!fault_) {
            const auto offset = at.offset_debug();
            // pugixml points at the name; the reader of the message looks for the tag.
            fault_ = fault_at(bytes_, offset > 0 ? static_cast<std::size_t>(offset) - 1 : 0, std::move(text), path(at),
                              type);
        }
        return false;
    }

    // "Patient.name[1].given[0]". Walks up, as it is only asked for when something is wrong.
    std::string path(pugi::xml_node node) const {
        std::vector<std::string> steps;
        for (; node && node.type() == pugi::node_element; node = node.parent()) {
            const std::string_view name = local_name(node.name());
            const bool wrapped =
                !name.empty() && name[0] >= 'A' && name[0] <= 'Z' && node.parent().type() == pugi::node_element;
            if (wrapped) continue;  // the resource inside of contained
            std::size_t index = 0;
            for (pugi::xml_node before = node.previous_sibling(node.name()); before;
                 before = before.previous_sibling(node.name()))
                ++index;
            const bool several = index > 0 || node.next_sibling(node.name());
            steps.push_back(several ? fmt::format("{}[{}]", name, index) : std::string(name));
        }
        std::string text;
        for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
            if (!text.empty()) text += '.';
            text += *step;
        }
        return text;
    }

    std::string_view namespace_of(std::string_view prefix) const {
        for (auto declared = namespaces_.rbegin(); declared != namespaces_.rend(); ++declared)
            if (declared->prefix == prefix) return declared->uri;
        return {};
    }

    bool room(pugi::xml_node node) {
        if (static_cast<int>(build_.depth()) >= limits_.depth)
            return wrong(node, "nested too deep");
        if (++nodes_ > limits_.nodes) return wrong(node, "too many elements", base::IssueType::too_long);
        return true;
    }

    // The element's namespace and which attributes it may have.
    bool check_tag(pugi::xml_node node, const Tag& tag, std::string_view wanted_namespace, bool id, bool url,
                   bool value) {
        if (namespace_of(prefix_of(node.name())) != wanted_namespace)
            return wrong(node, fmt::format("this element is not in the namespace {}", wanted_namespace));
        if ((tag.id && !id) || (tag.url && !url) || (tag.value && !value) ||
            (tag.others && !only_schema_instance(node)))
            return wrong(node, "an attribute that does not belong here");
        if (empty(tag.id) || empty(tag.url) || empty(tag.value))
            return wrong(node, "an empty attribute is not a value; leave it out", base::IssueType::value);
        return true;
    }
    static bool empty(pugi::xml_attribute attribute) { return attribute && *attribute.value() == '\0'; }

    // xsi:schemaLocation and its like may stand anywhere: they are never fetched and say nothing.
    bool only_schema_instance(pugi::xml_node node) const {
        for (const pugi::xml_attribute attribute : node.attributes()) {
            const std::string_view name = attribute.name();
            if (name == "id" || name == "url" || name == "value" || declares_namespace(name)) continue;
            const std::string_view prefix = prefix_of(attribute.name());
            if (prefix.empty() || namespace_of(prefix) != xsi_namespace) return false;
        }
        return true;
    }

    bool resource(pugi::xml_node node, Name name, bool list) {
        const Tag tag(*this, node);
        if (!room(node) || !check_tag(node, tag, fhir_namespace, false, false, false)) return false;
        const std::string_view type = local_name(node.name());
        if (!schema_.is_resource(type)) return wrong(node, "no such resource type", base::IssueType::not_supported);
        build_.resource(name, type, list);
        if (!children(node, schema_.find_type(type))) return false;
        build_.close();
        return true;
    }

    // Child elements in the order that the definitions give, and nothing else.
    bool children(pugi::xml_node node, TypeId type) {
        const Element* last = nullptr;
        for (const pugi::xml_node child : node.children()) {
            if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
                if (!blank(child.value()) || child.type() == pugi::node_cdata)
                    return wrong(node, "text stands among the elements");
                continue;
            }
            if (child.type() != pugi::node_element) continue;
            const Element* row = schema_.element(type, schema_.names().find(local_name(child.name())));
            if (row == nullptr || row->is(Element::xml_attribute)) return wrong(child, "no such element here");
            if (order_ == Order::as_defined && last != nullptr && row->place < last->place)
                return wrong(child, "this element stands too late: the order of elements is fixed");
            if (row == last && !row->repeats()) return wrong(child, "this element may not repeat");
            if (last != nullptr && row != last && row->place == last->place)
                return wrong(child, "only one of this element's types may stand here");
            last = row;
            if (!element(child, *row)) return false;
        }
        return true;
    }

    bool element(pugi::xml_node node, const Element& row) {
        const Tag tag(*this, node);
        if (row.is(Element::resource_inside)) return wrapped(node, tag, row);
        const schema::Type& type = schema_.type(row.type);
        if (type.format == Format::xhtml) return narrative(node, row);
        if (!room(node)) return false;
        const bool primitive = type.kind == TypeKind::primitive;
        const bool is_extension = row.name == "extension"_name || row.name == "modifierExtension"_name;
        if (!check_tag(node, tag, fhir_namespace, true, is_extension, primitive)) return false;
        if (!tag.value && !tag.url && !tag.id && !has_elements(node))
            return has_text(node) ? wrong(node, "text stands among the elements")
                                  : wrong(node, "an empty element is not a value; leave it out", base::IssueType::value);

        if (primitive) {
            const char* text = tag.value.value();
            build_.open_value(row.name, text, tag.value ? kind_of(type.format, text) : Kind::absent, row.repeats());
        } else {
            build_.open(row.name, row.repeats());
        }
        if (tag.id) build_.value("id"_name, tag.id.value());
        if (tag.url) build_.value("url"_name, tag.url.value());
        if (node.first_child() && !children(node, row.type)) return false;
        build_.close();
        return true;
    }

    static bool has_text(pugi::xml_node node) {
        const auto children = node.children();
        return std::any_of(children.begin(), children.end(), [](pugi::xml_node child) {
            return child.type() == pugi::node_cdata || (child.type() == pugi::node_pcdata && !blank(child.value()));
        });
    }
    static bool has_elements(pugi::xml_node node) {
        for (const pugi::xml_node child : node.children())
            if (child.type() == pugi::node_element) return true;
        return false;
    }

    // <contained><Patient>...</Patient></contained>
    bool wrapped(pugi::xml_node node, const Tag& tag, const Element& row) {
        if (!check_tag(node, tag, fhir_namespace, false, false, false)) return false;
        pugi::xml_node inside;
        for (const pugi::xml_node child : node.children()) {
            if (child.type() == pugi::node_pcdata && !blank(child.value()))
                return wrong(node, "text stands among the elements");
            if (child.type() != pugi::node_element) continue;
            if (inside) return wrong(child, "exactly one resource stands here");
            inside = child;
        }
        if (!inside) return wrong(node, "exactly one resource stands here");
        return resource(inside, row.name, row.repeats());
    }

    // The div and all in it, as it was sent: JSON carries the same text.
    bool narrative(pugi::xml_node node, const Element& row) {
        if (!room(node)) return false;
        if (namespace_of(prefix_of(node.name())) != xhtml_namespace)
            return wrong(node, "narrative is in the namespace http://www.w3.org/1999/xhtml");
        const std::string_view source = source_of(node);
        if (prefix_of(node.name()).empty() && node.attribute("xmlns") && local_name(node.name()) == "div") {
            build_.value(row.name, source, Kind::string, row.repeats());
            return true;
        }
        pugi::xml_document again;  // with the white space between its tags
        again.load_buffer(source.data(), source.size(), pugi::parse_default | pugi::parse_ws_pcdata,
                          pugi::encoding_utf8);
        std::string text;
        if (!write_unprefixed(again.document_element(), true, text))
            return wrong(node, "narrative holds an element of another namespace");
        build_.value(row.name, text, Kind::string, row.repeats());
        return true;
    }

    // From its < to its last >, in the text that scan_xml() found well formed.
    std::string_view source_of(pugi::xml_node node) const {
        const auto start = static_cast<std::size_t>(node.offset_debug()) - 1;
        const std::string_view name(node.name());
        std::size_t at = start;
        int open = 0;
        while (at < bytes_.size()) {
            at = bytes_.find('<', at);
            if (at == std::string_view::npos) break;
            const std::string_view rest = bytes_.substr(at);
            if (rest.starts_with("<!--")) {
                at = bytes_.find("-->", at + 4) + 3;
            } else if (rest.starts_with("<![CDATA[")) {
                at = bytes_.find("]]>", at) + 3;
            } else {
                const std::size_t end = tag_end(at);
                if (rest.starts_with("</")) {
                    --open;
                } else if (bytes_[end - 2] != '/') {
                    ++open;
                }
                at = end;
                if (open == 0) break;
            }
        }
        return bytes_.substr(start, at - start);
    }
    // Behind the > that ends the tag; a > may stand inside of quotes.
    std::size_t tag_end(std::size_t at) const {
        char quote = '\0';
        for (; at < bytes_.size(); ++at) {
            const char c = bytes_[at];
            if (quote != '\0') {
                if (c == quote) quote = '\0';
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                return at + 1;
            }
        }
        return at;
    }

    // Narrative written with a prefix (<h:div>) or under an inherited declaration; JSON's form has neither.
    bool write_unprefixed(pugi::xml_node node, bool outermost, std::string& out) {
        const Tag tag(*this, node);
        if (namespace_of(prefix_of(node.name())) != xhtml_namespace) return false;
        const std::string name(local_name(node.name()));
        out += "<" + name;
        if (outermost) out += fmt::format(" xmlns=\"{}\"", xhtml_namespace);
        for (const pugi::xml_attribute attribute : node.attributes())
            if (!declares_namespace(attribute.name()))
                out += fmt::format(" {}=\"{}\"", attribute.name(), base::xml_escape(attribute.value()));
        if (!node.first_child()) {
            out += "/>";
            return true;
        }
        out += '>';
        for (const pugi::xml_node child : node.children()) {
            if (child.type() == pugi::node_element) {
                if (!write_unprefixed(child, false, out)) return false;
            } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
                out += base::xml_escape(child.value());
            }
        }
        out += "</" + name + ">";
        return true;
    }

    std::string_view bytes_;
    const Schema& schema_;
    const Limits& limits_;
    Order order_;
    Builder build_;
    std::vector<Declared> namespaces_;
    std::size_t nodes_ = 0;
    std::optional<Fault> fault_;
};

bool copy_plain(pugi::xml_node element, Builder& build, int depth) {
    if (depth <= 0) return false;
    if (const pugi::xml_attribute id = element.attribute("id")) build.value("id"_name, id.value());
    if (const pugi::xml_attribute url = element.attribute("url")) build.value("url"_name, url.value());
    for (const pugi::xml_node child : element.children()) {
        if (child.type() != pugi::node_element) continue;
        const Name name = build.name(child.name());
        if (const pugi::xml_attribute value = child.attribute("value")) {
            build.open_value(name, value.value());
        } else {
            build.open(name);
        }
        if (!copy_plain(child, build, depth - 1)) return false;
        build.close();
    }
    return true;
}

// All text nodes are kept: narrative is copied from the source, and elsewhere only white space may stand.
constexpr unsigned flags = pugi::parse_default | pugi::parse_ws_pcdata_single;

}  // namespace

base::Result<Document> read_xml(std::string_view bytes, const Schema& schema, const Limits& limits, Order order) {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    const auto refuse = [&](std::size_t at, const char* what) {
        return fault_at(bytes, at, what, {}, base::IssueType::structure);
    };
    if (!base::valid_utf8(bytes)) return refuse(0, "the text is not UTF-8");
    if (bytes.size() > 0xF000'0000U) return Fault{Fault::Kind::too_large, "a document holds less than 4 GB"};
    if (const XmlProblem problem = scan_xml(bytes, limits.depth + narrative_depth); problem.what != nullptr)
        return refuse(problem.offset, problem.what);
    pugi::xml_document source;
    if (const pugi::xml_parse_result parsed =
            source.load_buffer(bytes.data(), bytes.size(), flags, pugi::encoding_utf8);
        !parsed)
        return refuse(static_cast<std::size_t>(parsed.offset), parsed.description());
    Walk walk(bytes, schema, limits, order);
    return walk.run(source.document_element());
}

base::Result<Document> read_plain_xml(std::string_view bytes, const Names& names) {
    pugi::xml_document source;
    const Fault malformed{Fault::Kind::malformed, "this is not well-formed XML"};
    if (!source.load_buffer(bytes.data(), bytes.size())) return malformed;
    Builder build(names);
    build.resource(source.document_element().name());
    if (!copy_plain(source.document_element(), build, 64)) return malformed;
    return std::move(build).finish();
}

}  // namespace fhir::codec
