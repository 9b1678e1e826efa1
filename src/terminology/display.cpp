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

namespace {

// Every name of a concept with its language, the owner's own first; `visit` says whether to go on.
template <class Visit>
void each_name(const CodeSystem* table, ConceptId id, const CodeList::Entry* entry, const Visit& visit) {
    if (table && id != no_concept) {
        if (!table->display(id).empty() && !visit(table->display(id), std::string_view(table->language()), true)) return;
        for (const auto& each : table->designations(id))
            if (!visit(table->text(each.value), table->text(each.language), true)) return;
    }
    if (!entry) return;
    if (!entry->display.empty() && !visit(entry->display, std::string_view{}, false)) return;
    for (const auto& each : entry->designations)
        if (!visit(each.value, std::string_view(each.language), false)) return;
}

// A name without a language is taken for English.
bool wanted(const LanguageChoice& languages, std::string_view language) {
    return languages.any() || languages.rank(language.empty() ? "en" : language) > 0;
}

}  // namespace

Answer display_fits(std::string_view sent, const CodeSystem* table, ConceptId id, const CodeList::Entry* entry,
                    const LanguageChoice& languages) {
    if (sent.empty()) return Answer::yes;
    bool fits = false;      // in a language that is wanted
    bool elsewhere = false; // in another one
    bool any = false;       // the owner of the code names it in such a language
    bool other = false;
    each_name(table, id, entry, [&](std::string_view name, std::string_view language, bool owner) {
        const bool same = same_display(sent, name);
        if (wanted(languages, language)) {
            fits = fits || same;
            any = any || owner;
        } else {
            elsewhere = elsewhere || same;
            other = other || owner;
        }
        return !fits;
    });
    if (fits || (!any && elsewhere)) return Answer::yes;
    return any || other ? Answer::no : Answer::unknown;
}

std::string valid_displays(const CodeSystem* table, ConceptId id, const CodeList::Entry* entry, const LanguageChoice& languages,
                           std::size_t most) {
    std::string all;
    std::size_t count = 0;
    each_name(table, id, entry, [&](std::string_view name, std::string_view language, bool) {
        if (!wanted(languages, language) || ++count > most) return true;
        if (!all.empty()) all += ", ";
        all += fmt::format("'{}'", name);
        if (!language.empty()) all += fmt::format(" ({})", language);
        return true;
    });
    if (count > most) all += fmt::format(" and {} more", count - most);
    if (count == 0) all = "one in another language only";
    return all;
}

}  // namespace terminology
