// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/xml_scan.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace fhir::codec {

namespace {

constexpr bool name_start(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || c >= 0x80;
}

constexpr bool name_part(unsigned char c) { return name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

constexpr bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Characters at which plain text must be looked at: markup, references, what XML forbids.
constexpr std::array<bool, 256> notable = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = c != '\t' && c != '\n' && c != '\r';
    for (const char c : {'<', '&', '>', '"', '\''}) table[static_cast<unsigned char>(c)] = true;
    table[0xEF] = true;  // U+FFFE and U+FFFF begin with it
    return table;
}();

bool allowed_character(std::uint32_t c) {
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
           (c >= 0x10000 && c <= 0x10FFFF);
}

class Scanner {
public:
    Scanner(std::string_view bytes, int depth) : bytes_(bytes), depth_(static_cast<std::size_t>(std::max(depth, 1))) {}

    XmlProblem run() {
        if (declaration() && all()) return {};
        return {what_, std::min(offset_, bytes_.size())};
    }

private:
    bool wrong(const char* what) {
        what_ = what;
        return false;
    }
    bool at(std::string_view text) const { return bytes_.substr(offset_, text.size()) == text; }
    bool ended() const { return offset_ >= bytes_.size(); }
    void spaces() {
        while (!ended() && space(bytes_[offset_])) ++offset_;
    }

    bool declaration() {
        if (!at("<?xml") || offset_ + 5 >= bytes_.size() || !space(bytes_[offset_ + 5])) return true;
        offset_ += 5;
        std::size_t count = 0;
        for (;; ++count) {
            const std::size_t before = offset_;
            spaces();
            if (at("?>")) break;
            if (before == offset_) return wrong("the XML declaration is malformed");
            std::string_view name;
            std::string_view value;
            if (!attribute(name, value)) return false;
            constexpr std::string_view order[] = {"version", "encoding", "standalone"};
            while (count < 3 && name != order[count]) ++count;
            if (count >= 3) return wrong("the XML declaration is malformed");
            if (name == "version" && value != "1.0" && value != "1.1") return wrong("this is not XML 1.0");
            if (name == "encoding" && !base::equal_ignoring_case(value, "utf-8") &&
                !base::equal_ignoring_case(value, "us-ascii"))
                return wrong("the encoding is declared as something else than UTF-8");
        }
        if (count == 0) return wrong("the XML declaration is malformed");
        offset_ += 2;
        return true;
    }

    bool all() {
        while (!ended()) {
            if (bytes_[offset_] == '<') {
                if (!markup()) return false;
            } else if (!open_.empty()) {
                if (!text()) return false;
            } else {
                const std::size_t before = offset_;
                spaces();
                if (before == offset_) return wrong("text stands outside of the root element");
            }
        }
        if (!open_.empty()) return wrong("the text ends before its elements do");
        if (!rooted_) return wrong("there is no element");
        return true;
    }

    bool markup() {
        const char kind = offset_ + 1 < bytes_.size() ? bytes_[offset_ + 1] : '\0';
        if (kind != '!' && kind != '?' && kind != '/') return start_tag();
        if (at("<!--")) return comment();
        if (at("<![CDATA[")) return cdata();
        if (at("<!")) return wrong("a document type declaration is refused");
        if (at("<?")) return instruction();
        return end_tag();
    }

    bool comment() {
        const std::size_t end = bytes_.find("--", offset_ + 4);
        if (end == std::string_view::npos || bytes_.substr(end, 3) != "-->") return wrong("a comment does not end");
        const std::size_t start = offset_;
        offset_ = end + 3;
        return clean(start, end);
    }
    bool cdata() {
        if (narrative_ == 0) return wrong("a CDATA section stands outside of narrative");
        const std::size_t end = bytes_.find("]]>", offset_);
        if (end == std::string_view::npos) return wrong("a CDATA section does not end");
        const std::size_t start = offset_;
        offset_ = end + 3;
        return clean(start, end);
    }
    bool instruction() {
        if (!open_.empty()) return wrong("a processing instruction stands inside of the resource");
        const std::size_t start = offset_ + 2;
        const std::size_t end = bytes_.find("?>", start);
        std::size_t name_end = start;
        while (name_end < bytes_.size() && name_part(static_cast<unsigned char>(bytes_[name_end]))) ++name_end;
        const std::string_view target = bytes_.substr(start, name_end - start);
        if (end == std::string_view::npos || !is_xml_name(target))
            return wrong("a processing instruction is malformed");
        if (base::equal_ignoring_case(target, "xml"))
            return wrong("the XML declaration does not stand at the beginning");
        offset_ = end + 2;
        return clean(start, end);
    }
    // Content that is skipped still holds no forbidden character.
    bool clean(std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i)
            if (notable[static_cast<unsigned char>(bytes_[i])] && !allowed_at(i)) return false;
        return true;
    }
    bool allowed_at(std::size_t i) {
        const auto c = static_cast<unsigned char>(bytes_[i]);
        const bool control = c < 0x20;
        const bool outside = c == 0xEF && bytes_.substr(i + 1, 1) == "\xBF" && i + 2 < bytes_.size() &&
                             static_cast<unsigned char>(bytes_[i + 2]) >= 0xBE;
        if (!control && !outside) return true;
        offset_ = i;
        return wrong("a character that XML does not allow");
    }

    bool text() {
        for (; !ended() && bytes_[offset_] != '<'; ++offset_) {
            std::size_t plain = offset_;
            while (plain < bytes_.size() && !notable[static_cast<unsigned char>(bytes_[plain])]) ++plain;
            offset_ = plain;
            if (ended() || bytes_[offset_] == '<') break;
            const char c = bytes_[offset_];
            if (c == '&') {
                if (!reference()) return false;
                --offset_;
            } else if (c == '>' && offset_ >= 2 && bytes_.substr(offset_ - 2, 2) == "]]") {
                return wrong("]]> stands in text");
            } else if (!allowed_at(offset_)) {
                return false;
            }
        }
        return true;
    }

    // Leaves the offset behind the semicolon.
    bool reference() {
        const std::size_t end = bytes_.substr(offset_, 16).find(';');
        if (end == std::string_view::npos) return wrong("an & is not written as &amp;");
        std::string_view body = bytes_.substr(offset_ + 1, end - 1);
        if (body.starts_with('#')) {
            const bool hex = body.substr(1).starts_with('x');
            body.remove_prefix(hex ? 2 : 1);
            std::uint32_t code = 0;
            for (const char c : body) {
                const int digit = c >= '0' && c <= '9'   ? c - '0'
                                  : !hex                 ? -1
                                  : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                         : -1;
                if (digit < 0 || code > 0x10FFFF) return wrong("a character reference is malformed");
                code = code * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit);
            }
            if (body.empty()) return wrong("a character reference is malformed");
            if (!allowed_character(code)) return wrong("a reference to a character that XML does not allow");
        } else if (body != "amp" && body != "lt" && body != "gt" && body != "quot" && body != "apos") {
            return wrong("an entity that XML does not define");
        }
        offset_ += end + 1;
        return true;
    }

    std::string_view name() {
        const std::size_t start = offset_;
        if (!ended() && name_start(static_cast<unsigned char>(bytes_[offset_])))
            while (!ended() && name_part(static_cast<unsigned char>(bytes_[offset_]))) ++offset_;
        return bytes_.substr(start, offset_ - start);
    }

    bool attribute(std::string_view& key, std::string_view& value) {
        key = name();
        if (key.empty()) return wrong("an attribute has no name");
        spaces();
        if (!at("=")) return wrong("an attribute has no value");
        ++offset_;
        spaces();
        if (ended() || (bytes_[offset_] != '"' && bytes_[offset_] != '\''))
            return wrong("an attribute's value is not in quotes");
        const char quote = bytes_[offset_++];
        const std::size_t start = offset_;
        for (; !ended() && bytes_[offset_] != quote; ++offset_) {
            std::size_t plain = offset_;  // quotes are notable too
            while (plain < bytes_.size() && !notable[static_cast<unsigned char>(bytes_[plain])]) ++plain;
            offset_ = plain;
            if (ended() || bytes_[offset_] == quote) break;
            const char c = bytes_[offset_];
            if (c == '<') return wrong("an attribute's value holds <");
            if (c == '&') {
                if (!reference()) return false;
                --offset_;
            } else if (!allowed_at(offset_)) {
                return false;
            }
        }
        if (ended()) return wrong("an attribute's value does not end");
        value = bytes_.substr(start, offset_++ - start);
        return true;
    }

    bool attributes_are_unique() {
        if (attributes_.size() < 2) return true;
        if (attributes_.size() > 8) {
            std::sort(attributes_.begin(), attributes_.end());
            return std::adjacent_find(attributes_.begin(), attributes_.end()) == attributes_.end();
        }
        for (auto a = attributes_.begin(); a != attributes_.end(); ++a)
            if (std::find(a + 1, attributes_.end(), *a) != attributes_.end()) return false;
        return true;
    }

    bool start_tag() {
        const std::size_t start = offset_++;
        if (open_.empty() && rooted_) return wrong("a second root element");
        if (open_.size() >= depth_) return wrong("nested too deep");
        const std::string_view tag = name();
        if (tag.empty()) return wrong("a < is not written as &lt;");
        rooted_ = true;
        attributes_.clear();
        for (;;) {
            const std::size_t before = offset_;
            spaces();
            if (ended()) return wrong("a tag does not end");
            if (at("/>")) {
                offset_ += 2;
                break;
            }
            if (bytes_[offset_] == '>') {
                ++offset_;
                open_.push_back(tag);
                if (is_div(tag)) ++narrative_;
                break;
            }
            if (before == offset_) return wrong("a space is missing before an attribute");
            std::string_view key;
            std::string_view value;
            if (!attribute(key, value)) return false;
            attributes_.push_back(key);
        }
        if (attributes_are_unique()) return true;
        offset_ = start;
        return wrong("an attribute stands twice");
    }

    bool end_tag() {
        const std::size_t start = offset_;
        offset_ += 2;
        const std::string_view tag = name();
        spaces();
        if (open_.empty() || tag != open_.back() || !at(">")) {
            offset_ = start;
            return wrong("an end tag does not match its element");
        }
        ++offset_;
        if (is_div(tag)) --narrative_;
        open_.pop_back();
        return true;
    }

    static bool is_div(std::string_view tag) { return tag == "div" || tag.ends_with(":div"); }

    std::string_view bytes_;
    std::size_t depth_;
    std::size_t offset_ = 0;
    const char* what_ = nullptr;
    std::vector<std::string_view> open_;
    std::vector<std::string_view> attributes_;
    int narrative_ = 0;  // open div elements
    bool rooted_ = false;
};

}  // namespace

XmlProblem scan_xml(std::string_view bytes, int depth) { return Scanner(bytes, depth).run(); }

bool is_xml_name(std::string_view name) {
    return !name.empty() && name_start(static_cast<unsigned char>(name[0])) &&
           std::all_of(name.begin(), name.end(), [](char c) { return name_part(static_cast<unsigned char>(c)); });
}

bool is_xml_element(std::string_view bytes, int depth) {
    return bytes.size() > 1 && bytes[0] == '<' && name_start(static_cast<unsigned char>(bytes[1])) &&
           bytes.back() == '>' && scan_xml(bytes, depth).what == nullptr;
}

}  // namespace fhir::codec
