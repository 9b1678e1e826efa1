// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which of a concept's names somebody wants to read: a list of languages as in Accept-Language (RFC 9110 12.5.4), best
// first: "de, en;q=0.8, *;q=0". A language also stands for its regional forms.

#include "terminology/value_set.h"

#include <string>
#include <string_view>
#include <vector>

namespace terminology {

class LanguageChoice {
public:
    LanguageChoice() = default;
    explicit LanguageChoice(std::string_view header);

    bool any() const { return wanted_.empty(); }  // nothing was asked for
    // 0 = not wanted; else the higher the better. `language` "" = not said.
    int rank(std::string_view language) const;
    bool others() const { return others_; }  // a name in another language is better than none

    // The best name of a concept; `id` may be no_concept, `entry` null. `set_language`: of the value set whose entry it is.
    std::string_view display(const CodeSystem* table, ConceptId id, const CodeList::Entry* entry, std::string_view set_language) const;

private:
    struct Wanted {
        std::string language;
        double weight;
    };
    std::vector<Wanted> wanted_;  // best first
    bool others_ = true;
};

}  // namespace terminology
