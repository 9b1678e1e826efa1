// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/full_text.h"

#include "base/text.h"
#include "fhir/codec/html_entities.h"
#include "fhir/search/words.h"

#include <algorithm>

namespace fhir::search {

namespace {

constexpr std::size_t most_read = 4 * most_text_bytes;  // raw: letters of other scripts and tags take more room than they leave

// "&amp;", "&#233;", "&#xE9;" at the beginning of `rest`: read and taken away. False when it is none.
bool take_entity(std::string_view& rest, std::string& out) {
    const std::size_t end = rest.substr(0, 12).find(';');
    if (end == std::string_view::npos || end < 2) return false;
    const std::string_view name = rest.substr(1, end - 1);
    if (name.starts_with('#')) {
        const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
        char32_t c = 0;
        for (const char digit : name.substr(hex ? 2 : 1)) {
            const char low = digit >= 'A' && digit <= 'F' ? static_cast<char>(digit + 32) : digit;
            const int value = low >= '0' && low <= '9' ? low - '0' : hex && low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
            if (value < 0) return false;
            c = c * (hex ? 16U : 10U) + static_cast<char32_t>(value);
            if (c > 0x10FFFF) return false;
        }
        if (c >= 0xD800 && c <= 0xDFFF) return false;
        if (c >= 0x20) base::append_utf8(out, c);
        else out += ' ';
    } else if (name == "amp") out += '&';
    else if (name == "lt") out += '<';
    else if (name == "gt") out += '>';
    else if (name == "quot") out += '"';
    else if (name == "apos") out += '\'';
    else return false;
    rest.remove_prefix(end + 1);
    return true;
}

class Reader {
public:
    explicit Reader(const schema::Schema& schema)
        : schema_(schema), coding_(schema.find_type("Coding")), reference_(schema.find_type("Reference")) {}

    void read(View node, schema::TypeId type) {
        using schema::Format;
        for (View child : node.children()) {
            if (text_.size() > most_read) return;
            const schema::Element* const element = schema_.element(type, child.name());
            if (!element) continue;
            if (element->is(schema::Element::resource_inside)) {
                read(child, schema_.find_type(child.resource_type()));
                continue;
            }
            if (type == reference_ && child.name() == "reference"_name) continue;  // an address or an id, though of type string
            const schema::Type& of = schema_.type(element->type);
            if (of.kind != schema::TypeKind::primitive) {
                read(child, element->type);
                continue;
            }
            if (of.format == Format::xhtml) add(text_of_xhtml(child.text().substr(0, most_read)));
            else if (of.format == Format::string || of.format == Format::markdown || (of.format == Format::code && type == coding_)) add(child.text());
        }
    }

    const std::string& text() const { return text_; }

private:
    void add(std::string_view text) {
        if (text.empty()) return;
        text_ += text;
        text_ += '\n';
    }

    const schema::Schema& schema_;
    schema::TypeId coding_;
    schema::TypeId reference_;
    std::string text_;
};

}  // namespace

std::string text_of_xhtml(std::string_view xhtml) {
    const std::string plain = codec::without_html_entities(xhtml);
    std::string out;
    out.reserve(plain.size() / 2);
    for (std::string_view rest = plain; !rest.empty();) {
        if (rest.front() == '<') {
            const bool comment = rest.starts_with("<!--");
            const std::size_t end = comment ? rest.find("-->", 4) : rest.find('>');
            if (end == std::string_view::npos) break;
            rest.remove_prefix(end + (comment ? 3 : 1));
            out += ' ';
        } else if (rest.front() != '&' || !take_entity(rest, out)) {
            const std::size_t end = std::min(rest.find_first_of("<&", 1), rest.size());
            out += rest.substr(0, end);
            rest.remove_prefix(end);
        }
    }
    return out;
}

std::string words_of_narrative(View resource) {
    const std::string_view div = resource.child("text"_name).text("div"_name);
    if (div.empty()) return {};
    return words_of(text_of_xhtml(div.substr(0, most_read)), most_text_bytes);
}

std::string words_of_content(View resource, const schema::Schema& schema) {
    Reader reader(schema);
    reader.read(resource, schema.find_type(resource.resource_type()));
    return words_of(reader.text(), most_text_bytes);
}

}  // namespace fhir::search
