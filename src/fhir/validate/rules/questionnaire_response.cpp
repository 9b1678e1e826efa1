// SPDX-License-Identifier: Apache-2.0
// QuestionnaireResponse (FHIR R4 4.19) against its Questionnaire: places and order of items, what is required and what
// is enabled, and the answers (answer.cpp).
#include "fhir/validate/rules/table.h"

#include "base/text.h"
#include "fhir/path/program.h"
#include "fhir/validate/rules/answer.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/enable_when.h"

#include <fmt/format.h>
#include <algorithm>
#include <unordered_map>

namespace fhir::validate {

using base::IssueType;

namespace {

constexpr std::string_view core = "http://hl7.org/fhir/StructureDefinition/";

class ResponseRules {
public:
    ResponseRules(View response, View questionnaire, const Services& services, const Question& question,
                  Remarks& remarks)
        : response_(response),
          questionnaire_(questionnaire),
          services_(services),
          question_(question),
          remarks_(remarks),
          lenient_(response.text("status"_name) == "in-progress") {
        number(questionnaire_);
    }

    void run() {
        around_.push_back(response_);
        level(response_, questionnaire_, "");
    }

private:
    void number(View parent) {
        for (View item : items(parent, "item")) {
            by_link_.emplace(text_of(item, "linkId"), item);
            number(item);
        }
    }

    struct Given {
        View item;
        std::string below;
    };

    // The items that stand in `holder` against those that stand in `definition`.
    void level(View holder, View definition, const std::string& path) {
        std::vector<View> asked;
        std::unordered_map<std::string_view, std::size_t> place;
        for (View item : items(definition, "item")) {
            place.emplace(text_of(item, "linkId"), asked.size());
            asked.push_back(item);
        }
        std::vector<std::vector<Given>> given(asked.size());
        std::size_t last = 0, i = 0;
        for (View item : items(holder, "item")) {
            const std::string below = fmt::format("{}.item[{}]", path, i++);
            const std::string_view link = text_of(item, "linkId");
            if (link.empty()) continue;  // required by its definition
            const auto found = place.find(link);
            if (found == place.end()) {
                misplaced(item, link, below);
                continue;
            }
            if (found->second < last)
                remarks_.error(
                    IssueType::structure, below,
                    fmt::format("the item '{}' stands behind items that follow it in the questionnaire", link));
            last = std::max(last, found->second);
            given[found->second].push_back({item, below});
        }
        for (std::size_t a = 0; a < asked.size(); ++a) check(asked[a], given[a], path);
    }

    void misplaced(View item, std::string_view link, const std::string& below) {
        const auto elsewhere = by_link_.find(link);
        if (elsewhere == by_link_.end())
            return remarks_.error(IssueType::not_found, below,
                                  fmt::format("the questionnaire has no item with the linkId '{}'", link));
        remarks_.error(IssueType::structure, below,
                       fmt::format("the item '{}' stands somewhere else in the questionnaire", link));
        answered(elsewhere->second, item, below);
    }

    // What was given for one item of the questionnaire; one without answers and items counts as not given.
    void check(View definition, const std::vector<Given>& given, const std::string& path) {
        const std::string_view link = text_of(definition, "linkId");
        std::size_t filled = 0;
        for (const Given& one : given) filled += one.item.child("answer") || one.item.child("item");
        const Enabled state = enabled(definition, around_, services_, question_);
        if (filled == 0) {
            if (state == Enabled::yes && is_true(definition, "required"))
                missing(given.empty() ? path : given.front().below,
                        fmt::format("the questionnaire requires the item '{}'", link));
            for (const Given& one : given) text_fits(definition, one);
            return;
        }
        if (state == Enabled::no)
            for (const Given& one : given)
                remarks_.error(IssueType::business_rule, one.below,
                               fmt::format("the item '{}' is not enabled by the other answers, so it has none", link));
        if (filled > 1 && !is_true(definition, "repeats"))
            remarks_.error(IssueType::structure, given[1].below, fmt::format("the item '{}' does not repeat", link));
        const bool group = definition.text("type"_name) == "group";
        if (group) occurrences(definition, filled, given.front().below, state);
        for (const Given& one : given) {
            text_fits(definition, one);
            if (!one.item.child("answer") && !one.item.child("item")) continue;
            if (!group && state == Enabled::yes && is_true(definition, "required") && !one.item.child("answer"))
                missing(one.below, fmt::format("the questionnaire requires an answer to '{}'", link));
            answered(definition, one.item, one.below);
        }
    }

    void missing(const std::string& below, std::string text) {
        if (lenient_) {
            remarks_.warning(IssueType::required, below, std::move(text));
        } else {
            remarks_.error(IssueType::required, below, std::move(text));
        }
    }

    void text_fits(View definition, const Given& given) {
        const std::string_view text = given.item.text("text"_name);
        if (!text.empty() && text != definition.text("text"_name))
            remarks_.error(
                IssueType::value, given.below + ".text",
                fmt::format("the text of '{}' is another in the questionnaire", text_of(definition, "linkId")));
    }

    void occurrences(View definition, std::size_t count, const std::string& below, Enabled state) {
        const auto bound = [&](const char* name) {
            return base::to_integer(extension_value(definition, std::string(core).append(name)).text());
        };
        if (const auto most = bound("questionnaire-maxOccurs");
            most && count > static_cast<std::size_t>(std::max<std::int64_t>(*most, 0)))
            remarks_.error(IssueType::structure, below,
                           fmt::format("at most {} answers are allowed, and {} are given", *most, count));
        if (const auto least = bound("questionnaire-minOccurs");
            least && *least > 0 && count < static_cast<std::size_t>(*least) && state == Enabled::yes)
            missing(below, fmt::format("at least {} answers are required, and {} are given", *least, count));
    }

    void answered(View definition, View item, const std::string& below) {
        const std::string_view type = definition.text("type"_name);
        const std::string_view link = text_of(definition, "linkId");
        const bool answers = static_cast<bool>(item.child("answer"));
        around_.push_back(item);
        if (type == "group" || type == "display" || type == "question") {
            if (answers)
                remarks_.error(IssueType::structure, below,
                               fmt::format("'{}' is of the type '{}', which has no answers", link, type));
        } else {
            answers_of(definition, item, below);
        }
        if (type == "group") {
            level(item, definition, below);
        } else if (item.child("item")) {
            remarks_.error(IssueType::structure, below,
                           type == "display"
                               ? fmt::format("'{}' is of the type 'display', which has no items", link)
                               : fmt::format("items below the question '{}' stand inside of its answer", link));
        }
        constraints(definition, item, below);
        around_.pop_back();
    }

    void answers_of(View definition, View item, const std::string& below) {
        const Asked asked{definition, questionnaire_, response_, services_, remarks_};
        std::size_t count = 0;
        std::vector<View> values;
        for (View answer : items(item, "answer")) {
            const std::string place = fmt::format("{}.answer[{}]", below, count++);
            check_answer(answer, asked, place);
            if (View value = choice_of(answer)) values.push_back(value);
            if (definition.child("item") || answer.child("item")) {
                around_.push_back(answer);
                level(answer, definition, place);
                around_.pop_back();
            }
        }
        if (count > 1 && !is_true(definition, "repeats"))
            remarks_.error(IssueType::structure, below,
                           fmt::format("the question '{}' takes one answer", text_of(definition, "linkId")));
        if (count > 0) occurrences(definition, count, below, Enabled::yes);
        exclusive(definition, values, below);
    }

    // An option that stands alone: "none of these".
    void exclusive(View definition, const std::vector<View>& values, const std::string& below) {
        if (values.size() < 2) return;
        for (View option : items(definition, "answerOption")) {
            if (extension_value(option, std::string(core).append("questionnaire-optionExclusive")).text() != "true")
                continue;
            for (View value : values)
                if (choice_type(value) == choice_type(choice_of(option)) &&
                    compare_values(value, choice_of(option), services_) == 0)
                    return remarks_.error(IssueType::business_rule, below, "one of these answers excludes all others");
        }
    }

    // Invariants that the questionnaire states in FHIRPath.
    void constraints(View definition, View item, const std::string& below) {
        for (View extension : definition.children("extension"_name)) {
            if (extension.text("url"_name) != std::string(core).append("questionnaire-constraint")) continue;
            const View value = extension_value(extension, "expression");
            const std::string_view expression = value.primitive() ? value.text() : text_of(value, "expression");
            const auto program = path::Program::compile(expression, services_.schema);
            if (!program) continue;
            path::Environment environment;
            environment.resource = path::resource_item(response_, services_.schema);
            environment.now = question_.now;
            const auto result = program->evaluate(
                path::Item::of(item, services_.schema.find_type("QuestionnaireResponse.item")), environment);
            if (!result || result->size() != 1 || result->front().kind != path::Item::Kind::boolean ||
                result->front().flag)
                continue;
            const std::string_view human = extension_value(extension, "human").text();
            if (extension_value(extension, "severity").text() == "warning") {
                remarks_.warning(IssueType::invariant, below, std::string(human));
            } else {
                remarks_.error(IssueType::invariant, below, std::string(human));
            }
        }
    }

    View response_, questionnaire_;
    const Services& services_;
    const Question& question_;
    Remarks& remarks_;
    bool lenient_;
    std::vector<View> around_;                              // from the root to what is at hand
    std::unordered_map<std::string_view, View> by_link_{};  // of the questionnaire
};

}  // namespace

void check_questionnaire_response(const Place& place, const Services& services, const Question& question,
                                  base::Findings& findings) {
    Remarks remarks(place, findings);
    const std::string_view canonical = text_of(place.node, "questionnaire");
    if (canonical.empty())
        return remarks.note(IssueType::required, "", "without a questionnaire these answers cannot be checked");
    const Found found = find_definition(services, place.node, "Questionnaire", canonical);
    if (!found)
        return remarks.warning(
            IssueType::not_found, ".questionnaire",
            fmt::format("the questionnaire {} is not known, so the answers were not checked against it", canonical));
    ResponseRules(place.node, found.resource, services, question, remarks).run();
}

}  // namespace fhir::validate
