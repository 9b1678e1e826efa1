// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/narrative.h"

#include "base/text.h"
#include "fhir/codec/html_entities.h"
#include "fhir/codec/xml_scan.h"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace fhir::resource {

namespace {

using base::IssueType;

constexpr int depth = 320;

// txt-1, and from the chapters of HTML 4.0 that its text names: address, bdo, kbd, font, s, strike, u, center.
constexpr std::string_view elements[] = {
    "a",      "abbr",   "acronym", "address", "b",        "bdo",   "big",   "blockquote", "br",    "caption",
    "center", "cite",   "code",    "col",     "colgroup", "dd",    "dfn",   "div",        "dl",    "dt",
    "em",     "font",   "h1",      "h2",      "h3",       "h4",    "h5",    "h6",         "hr",    "i",
    "img",    "kbd",    "li",      "ol",      "p",        "pre",   "q",     "s",          "samp",  "small",
    "span",   "strike", "strong",  "sub",     "sup",      "table", "tbody", "td",         "tfoot", "th",
    "thead",  "tr",     "tt",      "u",       "ul",       "var"};

constexpr std::string_view attributes[] = {
    "abbr",        "accesskey",  "align",    "alt",     "axis",     "bgcolor", "border",  "cellhalign", "cellpadding",
    "cellspacing", "cellvalign", "char",     "charoff", "charset",  "cite",    "class",   "clear",      "color",
    "colspan",     "compact",    "coords",   "dir",     "face",     "frame",   "headers", "height",     "href",
    "hreflang",    "hspace",     "id",       "lang",    "longdesc", "name",    "noshade", "nowrap",     "rel",
    "rev",         "rowspan",    "rules",    "scope",   "shape",    "size",    "span",    "src",        "start",
    "style",       "summary",    "tabindex", "title",   "type",     "valign",  "value",   "vspace",     "width",
    "xml:lang",    "xml:space",  "xmlns"};

// Elements that load, run or ask for something.
constexpr std::string_view dangerous[] = {"applet", "audio",    "base",     "body",   "button", "embed",  "form",
                                          "frame",  "frameset", "head",     "html",   "iframe", "input",  "isindex",
                                          "link",   "math",     "meta",     "object", "option", "script", "select",
                                          "style",  "svg",      "textarea", "video"};

static_assert(std::is_sorted(std::begin(elements), std::end(elements)));
static_assert(std::is_sorted(std::begin(attributes), std::end(attributes)));
static_assert(std::is_sorted(std::begin(dangerous), std::end(dangerous)));

template <std::size_t N>
bool among(const std::string_view (&list)[N], std::string_view name) {
    return std::binary_search(std::begin(list), std::end(list), name);
}

// Numeric and XML's own references replaced; the text is known to be well formed.
std::string decoded(std::string_view value) {
    std::string out;
    while (!value.empty()) {
        const std::size_t start = value.find('&');
        out.append(value.substr(0, start));
        if (start == std::string_view::npos) break;
        const std::size_t end = value.find(';', start);
        const std::string_view name = value.substr(start + 1, end - start - 1);
        if (name.starts_with('#')) {
            const bool hex = name.starts_with("#x");
            std::uint32_t code = 0;
            for (const char c : name.substr(hex ? 2 : 1))
                code = code * (hex ? 16 : 10) + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
            base::append_utf8(out, code);
        } else {
            out += name == "lt" ? '<' : name == "gt" ? '>' : name == "quot" ? '"' : name == "apos" ? '\'' : '&';
        }
        value.remove_prefix(end + 1);
    }
    return out;
}

// Browsers drop control characters and spaces in and before a scheme; so does this. Lower case. At most `most`
// characters: a picture inside of an address is long, and its beginning says all.
std::string squeezed(std::string_view value, std::size_t most) {
    std::string plain;
    if (value.find('&') != std::string_view::npos) {
        plain = decoded(value);
        value = plain;
    }
    std::string out;
    for (const char c : value) {
        if (static_cast<unsigned char>(c) > 0x20) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
        if (out.size() >= most) break;
    }
    return out;
}

// A picture in the text itself cannot act; SVG can.
bool is_picture(std::string_view address) {
    constexpr std::string_view pictures[] = {"data:image/png;base64,", "data:image/jpeg;base64,",
                                             "data:image/gif;base64,"};
    return std::any_of(std::begin(pictures), std::end(pictures),
                       [&](std::string_view start) { return address.starts_with(start); });
}

// "" for a relative address. `address` is squeezed.
std::string_view scheme_of(std::string_view address) {
    const std::size_t end = address.find_first_of(":/?#");
    return end == std::string_view::npos || address[end] != ':' ? std::string_view{} : address.substr(0, end);
}

bool safe_address(std::string_view value, bool image) {
    const std::string address = squeezed(value, 64);
    if (image && is_picture(address)) return true;
    constexpr std::string_view refused[] = {"about", "blob",       "data",  "file",     "filesystem",
                                            "jar",   "javascript", "mhtml", "vbscript", "view-source"};
    return std::find(std::begin(refused), std::end(refused), scheme_of(address)) == std::end(refused);
}

// A style may name a picture in the text or beside it (R4's own narratives do), but load nothing from elsewhere.
bool safe_style(std::string_view value) {
    const std::string squeezed_style = squeezed(value, value.size() + 1);
    std::string_view style = squeezed_style;
    for (const char* part :
         {"expression", "@import", "javascript:", "vbscript:", "behavior:", "-moz-binding", "image-set(", "\\", "/*"})
        if (style.find(part) != std::string_view::npos) return false;
    for (std::size_t at = style.find("url("); at != std::string_view::npos; at = style.find("url(")) {
        style.remove_prefix(at + 4);
        if (style.starts_with('"') || style.starts_with('\'')) style.remove_prefix(1);
        if (is_picture(style)) continue;
        if (!scheme_of(style).empty() || style.starts_with("//")) return false;
    }
    return true;
}

// Walks the tags of a text that scan_xml() found well formed.
class Walk {
public:
    explicit Walk(std::string_view text) : text_(text) {}

    std::optional<NarrativeProblem> run() {
        while (at_ < text_.size()) {
            if (text_[at_] != '<') {
                const std::size_t end = std::min(text_.find('<', at_), text_.size());
                note_words(text_.substr(at_, end - at_));
                at_ = end;
            } else if (text_.substr(at_).starts_with("<!--")) {
                at_ = text_.find("-->", at_ + 4) + 3;
            } else if (text_.substr(at_).starts_with("<![CDATA[")) {
                const std::size_t end = text_.find("]]>", at_);
                note_words(text_.substr(at_ + 9, end - at_ - 9));
                at_ = end + 3;
            } else if (text_.substr(at_).starts_with("</")) {
                at_ = text_.find('>', at_) + 1;
            } else if (auto problem = tag()) {
                return problem;
            }
        }
        if (!content_)
            return NarrativeProblem{IssueType::invariant, "narrative says nothing (txt-2)", base::Severity::warning};
        return std::nullopt;
    }

private:
    void note_words(std::string_view words) {
        content_ = content_ || words.find_first_not_of(" \t\r\n") != std::string_view::npos;
    }
    std::string_view name() {
        const std::size_t start = at_;
        at_ = text_.find_first_of(" \t\r\n/>=", at_);
        return text_.substr(start, at_ - start);
    }
    void spaces() { at_ = text_.find_first_not_of(" \t\r\n", at_); }

    std::optional<NarrativeProblem> tag() {
        ++at_;
        const std::string_view element = name();
        if (!among(elements, element)) {
            const std::size_t colon = element.find(':');
            const std::string local =
                base::lower(colon == std::string_view::npos ? element : element.substr(colon + 1));
            return NarrativeProblem{among(dangerous, local) ? IssueType::security : IssueType::invariant,
                                    fmt::format("narrative may not hold the element <{}> (txt-1)", shortened(element))};
        }
        if (std::exchange(first_, false) && element != "div")
            return NarrativeProblem{IssueType::structure, "narrative is one <div>"};
        bool namespaced = depth_ > 0;
        bool has_source = false;
        for (spaces(); text_[at_] != '>' && text_[at_] != '/'; spaces()) {
            const std::string_view key = name();
            spaces();
            ++at_;  // =
            spaces();
            const std::size_t end = text_.find(text_[at_], at_ + 1);
            const std::string_view value = text_.substr(at_ + 1, end - at_ - 1);
            at_ = end + 1;
            if (auto problem = attribute(element, key, value)) return problem;
            namespaced = namespaced || key == "xmlns";
            has_source = has_source || key == "src";
        }
        content_ = content_ || (element == "img" && has_source);
        depth_ = 1;
        at_ = text_.find('>', at_) + 1;
        if (!namespaced)
            return NarrativeProblem{IssueType::structure,
                                    "the <div> of narrative says xmlns=\"http://www.w3.org/1999/xhtml\""};
        return std::nullopt;
    }

    static std::optional<NarrativeProblem> attribute(std::string_view element, std::string_view key,
                                                     std::string_view value) {
        if (!among(attributes, key)) {
            const std::string small = base::lower(key);
            const bool acts = small.starts_with("on") || small.ends_with(":href") || small == "srcdoc" ||
                              small == "srcset" || small == "action" || small == "formaction" ||
                              small == "background" || small.starts_with("xmlns:");
            return NarrativeProblem{acts ? IssueType::security : IssueType::invariant,
                                    fmt::format("narrative may not hold the attribute {} (txt-1)", shortened(key))};
        }
        const bool address = key == "href" || key == "src" || key == "cite" || key == "longdesc";
        if (address && !safe_address(value, element == "img" && key == "src"))
            return NarrativeProblem{IssueType::security,
                                    fmt::format("narrative holds an address that may not stand in {}", key)};
        if (key == "style" && !safe_style(value))
            return NarrativeProblem{IssueType::security, "narrative holds a style that loads or runs something"};
        if (key == "xmlns" && value != "http://www.w3.org/1999/xhtml")
            return NarrativeProblem{IssueType::security, "narrative holds an element of another namespace"};
        return std::nullopt;
    }

    static std::string_view shortened(std::string_view name) { return name.substr(0, 40); }

    std::string_view text_;
    std::size_t at_ = 0;
    bool content_ = false;
    bool first_ = true;
    int depth_ = 0;
};

}  // namespace

std::optional<NarrativeProblem> check_narrative(std::string_view div) {
    std::string replaced;
    if (div.find('&') != std::string_view::npos) {
        replaced = codec::without_html_entities(div);
        div = replaced;
    }
    const std::size_t start = div.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return NarrativeProblem{IssueType::structure, "narrative is one <div>"};
    div = div.substr(start, div.find_last_not_of(" \t\r\n") + 1 - start);
    if (!codec::is_xml_element(div, depth))
        return NarrativeProblem{IssueType::structure, "narrative is not a well-formed XHTML <div>"};
    return Walk(div).run();
}

}  // namespace fhir::resource
