// SPDX-License-Identifier: Apache-2.0
// Questionnaire (FHIR R4 4.18): what enableWhen points to. The rest of its rules are invariants (que-1 to que-13).
#include "fhir/validate/rules/table.h"

#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>
#include <string>
#include <unordered_map>

namespace fhir::validate {

using base::IssueType;

namespace {

class QuestionnaireRules {
public:
    QuestionnaireRules(const Place& place, base::Findings& findings) : self_(place.node), remarks_(place, findings) {}

    void run() {
        number(self_);
        check(self_, "");
    }

private:
    // An item's place in the order of the form, and where its own items end.
    struct Span {
        View item;
        std::size_t first = 0;
        std::size_t last = 0;
    };

    void number(View parent) {
        for (View item : items(parent, "item")) {
            Span span{item, order_++, 0};
            number(item);
            span.last = order_;
            spans_.emplace(text_of(item, "linkId"), span);
        }
    }

    void check(View parent, const std::string& path) {
        std::size_t i = 0;
        for (View item : items(parent, "item")) {
            const std::string below = fmt::format("{}.item[{}]", path, i++);
            std::size_t c = 0;
            for (View condition : items(item, "enableWhen"))
                check_condition(item, condition, fmt::format("{}.enableWhen[{}]", below, c++));
            check(item, below);
        }
    }

    void check_condition(View item, View condition, const std::string& below) {
        const std::string_view question = text_of(condition, "question");
        if (question.empty()) return remarks_.error(IssueType::business_rule, below, "a condition names a question");
        const auto target = spans_.find(question);
        if (target == spans_.end())
            return remarks_.error(IssueType::business_rule, below,
                                  fmt::format("no item has the linkId '{}'", question));
        const auto own = spans_.find(text_of(item, "linkId"));
        if (own == spans_.end()) return;
        if (target->second.item == item)
            return remarks_.error(IssueType::business_rule, below, "an item cannot depend on its own answer");
        if (target->second.first > own->second.first && target->second.first < own->second.last)
            return remarks_.error(IssueType::business_rule, below,
                                  fmt::format("the question '{}' is inside of the item that depends on it", question));
        if (target->second.first > own->second.first)
            remarks_.warning(IssueType::business_rule, below,
                             fmt::format("the question '{}' comes after the item that depends on it", question));
    }

    View self_;
    Remarks remarks_;
    std::size_t order_ = 0;
    std::unordered_map<std::string_view, Span> spans_;  // by linkId
};

}  // namespace

void check_questionnaire(const Place& place, const Services&, const Question&, base::Findings& findings) {
    QuestionnaireRules(place, findings).run();
}

}  // namespace fhir::validate
