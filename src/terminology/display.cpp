// SPDX-License-Identifier: Apache-2.0
#include "terminology/display.h"

#include "base/text.h"

#include <fmt/format.h>

namespace terminology {

namespace {

constexpr bool space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// The next character that counts: runs of white space are one blank; 0 at the end.
char next(std::string_view text, std::size_t& at) {
    if (at >= text.size()) return 0;
    if (!space(text[at])) return lower(text[at++]);
    while (at < text.size() && space(text[at])) ++at;
    return at < text.size() ? ' ' : '\0';
}

bool ascii(std::string_view text) {
    for (const char c : text)
        if ((c & 0x80) != 0) return false;
    return true;
}

}  // namespace

bool same_display(std::string_view a, std::string_view b) {
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && space(a[i])) ++i;
    while (j < b.size() && space(b[j])) ++j;
    for (;;) {
        const char left = next(a, i);
        const char right = next(b, j);
        if (left != right) break;
        if (left == 0) return true;
    }
    return !ascii(a) && !ascii(b) && base::fold(a) == base::fold(b);
}

Answer display_fits(std::string_view sent, const CodeSystem* table, ConceptId id, const CodeList::Entry* entry) {
    if (sent.empty()) return Answer::yes;
    if (entry) {
        if (!entry->display.empty() && same_display(sent, entry->display)) return Answer::yes;
        for (const auto& each : entry->designations)
            if (same_display(sent, each.value)) return Answer::yes;
    }
    if (!table || id == no_concept) return Answer::unknown;
    bool any = false;
    if (const std::string_view display = table->display(id); !display.empty()) {
        if (same_display(sent, display)) return Answer::yes;
        any = true;
    }
    for (const auto& each : table->designations(id)) {
        if (same_display(sent, table->text(each.value))) return Answer::yes;
        any = true;
    }
    return any ? Answer::no : Answer::unknown;
}

std::string valid_displays(const CodeSystem* table, ConceptId id, const CodeList::Entry* entry, std::size_t most) {
    std::string all;
    std::size_t count = 0;
    const auto add = [&](std::string_view display, std::string_view language) {
        if (display.empty()) return;
        if (++count > most) return;
        if (!all.empty()) all += ", ";
        all += fmt::format("'{}'", display);
        if (!language.empty()) all += fmt::format(" ({})", language);
    };
    if (table && id != no_concept) {
        add(table->display(id), table->language());
        for (const auto& each : table->designations(id)) add(table->text(each.value), table->text(each.language));
    }
    if (entry) {
        add(entry->display, {});
        for (const auto& each : entry->designations) add(each.value, each.language);
    }
    if (count > most) all += fmt::format(" and {} more", count - most);
    return all;
}

}  // namespace terminology
