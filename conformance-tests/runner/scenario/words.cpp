// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/words.h"

#include "base/id.h"
#include "base/text.h"

namespace runner::scenario {

base::Result<std::string> fill(std::string_view text, const Variables& variables) {
    std::string filled;
    for (std::size_t at = 0;;) {
        const auto open = text.find("${", at);
        const auto close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) return filled.append(text.substr(at));
        filled += text.substr(at, open - at);
        std::string_view name = text.substr(open + 2, close - open - 2);
        const bool escaped = name.ends_with(":url");
        if (escaped) name.remove_suffix(4);
        const auto found = variables.find(std::string(name));
        if (found == variables.end()) return base::Fault{base::Fault::Kind::missing, "there is no variable " + std::string(name)};
        filled += escaped ? base::percent_encode(found->second) : found->second;
        at = close + 1;
    }
}

std::string slug(std::string_view title) {
    std::string made;
    for (const char c : base::lower(title)) {
        const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (kept) made += c;
        else if (!made.empty() && made.back() != '-') made += '-';
        if (made.size() == 100) break;
    }
    while (made.ends_with('-')) made.pop_back();
    return made.empty() ? "test" : made;
}

std::string reference_of(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    url = url.substr(0, url.find("/_history"));
    const auto before_id = url.rfind('/');
    if (before_id == std::string_view::npos) return {};
    const auto id = url.substr(before_id + 1);
    auto type = url.substr(0, before_id);
    type = type.substr(type.rfind('/') + 1);  // npos + 1 is 0
    const bool is_type = !type.empty() && type.front() >= 'A' && type.front() <= 'Z';
    return is_type && base::valid_id(id) ? std::string(type) + '/' + std::string(id) : std::string();
}

std::string shortened(std::string_view text, std::size_t most) {
    std::string line;
    for (const char c : text.substr(0, most)) line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    if (text.size() > most) {
        while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80) line.pop_back();  // no half of a character
        if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xC0) line.pop_back();
        line += "…";
    }
    return line;
}

}  // namespace runner::scenario
