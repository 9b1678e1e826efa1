// SPDX-License-Identifier: Apache-2.0
#include "terminology/language_choice.h"

#include "base/text.h"

#include <algorithm>

namespace terminology {

LanguageChoice::LanguageChoice(std::string_view header) {
    for (const std::string_view part : base::split(header, ',')) {
        const auto [tag, parameters] = base::cut(part, ';');
        const std::string language = base::lower(base::trim(tag));
        if (language.empty() || wanted_.size() >= 20) continue;
        double weight = 1;
        const auto [name, value] = base::cut(base::trim(parameters), '=');
        if (base::trim(name) == "q") weight = base::to_double(base::trim(value)).value_or(1);
        if (language == "*") {
            others_ = weight > 0;
        } else if (weight > 0) {
            wanted_.push_back({language, weight});
        }
    }
    std::stable_sort(wanted_.begin(), wanted_.end(), [](const Wanted& a, const Wanted& b) { return a.weight > b.weight; });
}

int LanguageChoice::rank(std::string_view language) const {
    if (language.empty()) return 0;
    const std::string lowered = base::lower(language);
    int best = static_cast<int>(wanted_.size());
    for (const Wanted& each : wanted_) {
        const auto covers = [](std::string_view wide, std::string_view narrow) {
            return narrow.starts_with(wide) && (narrow.size() == wide.size() || narrow[wide.size()] == '-');
        };
        if (covers(each.language, lowered) || covers(lowered, each.language)) return best;
        --best;
    }
    return 0;
}

std::string_view LanguageChoice::display(const CodeSystem* table, ConceptId id, const CodeList::Entry* entry,
                                         std::string_view set_language) const {
    const std::string_view own = table && id != no_concept ? table->display(id) : std::string_view{};
    const std::string_view listed = entry ? std::string_view(entry->display) : std::string_view{};
    if (any()) return listed.empty() ? own : listed;
    int best = 0;
    std::string_view name;
    const auto consider = [&](std::string_view text, std::string_view language) {
        if (const int found = rank(language); !text.empty() && found > best) {
            best = found;
            name = text;
        }
    };
    consider(listed, set_language);
    if (entry)
        for (const auto& each : entry->designations) consider(each.value, each.language);
    if (table && id != no_concept) {
        consider(own, table->language());
        for (const auto& each : table->designations(id)) consider(table->text(each.value), table->text(each.language));
    }
    if (best > 0 || !others_) return name;
    return listed.empty() ? own : listed;
}

}  // namespace terminology
