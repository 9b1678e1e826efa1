// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/xhtml.h"

#include <algorithm>

namespace fhir::validate {

namespace {
constexpr std::string_view blanks = " \t\r\n";
}

std::optional<std::string_view> XhtmlTag::attribute(std::string_view key) const {
    for (const auto& [known, value] : attributes)
        if (known == key) return value;
    return std::nullopt;
}

std::optional<XhtmlTag> XhtmlTags::next() {
    const auto skip_to = [&](std::string_view end, std::size_t from) {
        const std::size_t found = text_.find(end, from);
        at_ = found == std::string_view::npos ? text_.size() : found + end.size();
    };
    for (;;) {
        at_ = std::min(text_.find('<', at_), text_.size());
        const std::string_view rest = text_.substr(at_);
        if (rest.empty()) return std::nullopt;
        if (rest.starts_with("<!--")) {
            skip_to("-->", at_ + 4);
        } else if (rest.starts_with("<![CDATA[")) {
            skip_to("]]>", at_ + 9);
        } else if (rest.starts_with("<!") || rest.starts_with("<?")) {
            skip_to(">", at_ + 2);
        } else {
            break;
        }
    }
    XhtmlTag tag;
    ++at_;
    if (at_ < text_.size() && text_[at_] == '/') {
        tag.closes = true;
        ++at_;
    }
    const auto take = [&](std::string_view ends) {
        const std::size_t end = std::min(text_.find_first_of(ends, at_), text_.size());
        const std::string_view taken = text_.substr(at_, end - at_);
        at_ = end;
        return taken;
    };
    const auto skip_blanks = [&] { at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size()); };
    tag.name = take(" \t\r\n/>");
    for (skip_blanks(); at_ < text_.size() && text_[at_] != '>'; skip_blanks()) {
        if (text_[at_] == '/') {
            tag.empty = true;
            ++at_;
            continue;
        }
        const std::string_view key = take(" \t\r\n/>=");
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != '=') {
            if (key.empty()) return std::nullopt;
            continue;
        }
        ++at_;
        skip_blanks();
        if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return std::nullopt;
        const std::size_t end = text_.find(text_[at_], at_ + 1);
        if (end == std::string_view::npos) return std::nullopt;
        tag.attributes.emplace_back(key, text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
    }
    if (at_ < text_.size()) ++at_;
    return tag;
}

std::size_t count_xhtml_ids(std::string_view div, std::string_view id) {
    std::size_t count = 0;
    XhtmlTags tags(div);
    while (const auto tag = tags.next())
        if (tag->attribute("id") == id) ++count;
    return count;
}

std::string_view foreign_entity(std::string_view div) {
    constexpr std::string_view known[] = {"lt", "gt", "amp", "quot", "apos"};
    for (std::size_t at = div.find('&'); at != std::string_view::npos; at = div.find('&', at + 1)) {
        const std::string_view rest = div.substr(at);
        const std::size_t end = rest.find(';');
        if (end == std::string_view::npos || end > 40 || rest.starts_with("&#")) continue;
        const std::string_view name = rest.substr(1, end - 1);
        if (std::find(std::begin(known), std::end(known), name) == std::end(known)) return name;
    }
    return {};
}

}  // namespace fhir::validate
