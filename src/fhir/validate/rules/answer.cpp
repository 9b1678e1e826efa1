// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/answer.h"

#include "base/text.h"
#include "fhir/path/program.h"
#include "fhir/resource/reference.h"
#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/enable_when.h"
#include "fhir/validate/rules/option_set.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>

namespace fhir::validate {

using base::IssueType;

namespace {

constexpr std::string_view core = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::string_view capture = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-";

struct ItemType {
    std::string_view type;
    std::vector<std::string_view> answers;  // forms of value[x]
};

// FHIR R4 4.18.6.4; "group" and "display" have no answers, "question" is abstract.
const std::vector<ItemType>& item_types() {
    static const std::vector<ItemType> types = {
        {"boolean", {"Boolean"}},
        {"decimal", {"Decimal"}},
        {"integer", {"Integer"}},
        {"date", {"Date"}},
        {"dateTime", {"DateTime"}},
        {"time", {"Time"}},
        {"string", {"String"}},
        {"text", {"String"}},
        {"url", {"Uri"}},
        {"attachment", {"Attachment"}},
        {"reference", {"Reference"}},
        {"quantity", {"Quantity"}},
        {"choice", {"Coding", "Date", "Time", "Integer", "String", "Reference"}},
        {"open-choice", {"Coding", "String", "Date", "Time", "Integer", "Reference"}},
    };
    return types;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

class AnswerRules {
public:
    AnswerRules(View value, const Asked& asked, const std::string& below)
        : value_(value),
          asked_(asked),
          below_(below + ".value"),
          type_(asked.item.text("type"_name)),
          form_(choice_type(value)) {}

    void run() {
        const auto& types = item_types();
        const auto known =
            std::find_if(types.begin(), types.end(), [&](const ItemType& row) { return row.type == type_; });
        if (known == types.end()) return;
        if (std::find(known->answers.begin(), known->answers.end(), form_) == known->answers.end())
            return error(IssueType::structure, fmt::format("an answer to a question of the type '{}' is a {}, not a {}",
                                                           type_, fmt::join(known->answers, " or "), form_));
        options();
        lengths();
        limits();
        if (form_ == "Quantity") quantity();
        if (form_ == "Attachment") attachment();
        if (form_ == "Reference") reference();
    }

private:
    void error(IssueType type, std::string text) { asked_.remarks.error(type, below_, std::move(text)); }

    View limit(std::string_view url) const {
        return choice_of(extension_of(asked_.item, std::string(core).append(url)));
    }

    void options() {
        const bool open = type_ == "open-choice";
        if (open && form_ == "String") return;
        if (asked_.item.child("answerOption")) return option_list(open);
        const std::string_view set = text_of(asked_.item, "answerValueSet");
        if (set.empty()) {
            if (type_ == "choice" || open)
                asked_.remarks.note(IssueType::structure, below_,
                                    "the question lists no options to check this answer against");
            return;
        }
        const Asked& a = asked_;
        if (form_ == "Coding") {
            if (open && value_.text("code"_name).empty() && value_.text("system"_name).empty()) return;
            in_set(set,
                   {value_.text("system"_name), value_.text("version"_name), value_.text("code"_name),
                    value_.text("display"_name)},
                   "options");
        } else if (form_ == "String") {
            const Answer answer = option_in_set(a.questionnaire, set, {"", "", value_.text(), ""}, a.services).in_set;
            if (answer == Answer::no)
                error(IssueType::code_invalid,
                      fmt::format("this text is not in the value set {} of the question", set));
        }
    }

    void in_set(std::string_view set, const CodedValue& coded, std::string_view what) {
        const CodeVerdict verdict = option_in_set(asked_.questionnaire, set, coded, asked_.services);
        if (verdict.in_set == Answer::no) {
            error(IssueType::code_invalid, fmt::format("the code '{}' of {} is not among the {} of the question ({})",
                                                       coded.code, coded.system, what, set));
        } else if (verdict.in_set == Answer::unknown) {
            asked_.remarks.warning(IssueType::not_found, below_,
                                   fmt::format("the value set {} is not known well enough to check this code", set));
        } else if (verdict.display_fits == Answer::no) {
            error(IssueType::code_invalid, fmt::format("the display of '{}' is '{}'", coded.code, verdict.display));
        }
    }

    void option_list(bool open) {
        if (open && form_ == "Coding" && value_.text("code"_name).empty() && value_.text("system"_name).empty()) return;
        bool same_form = false;
        for (View option : items(asked_.item, "answerOption")) {
            const View allowed = choice_of(option);
            if (choice_type(allowed) != form_) continue;
            same_form = true;
            if (form_ == "Coding" ? allowed.text("code"_name) == value_.text("code"_name) &&
                                        allowed.text("system"_name) == value_.text("system"_name)
                                  : compare_values(value_, allowed, asked_.services) == 0)
                return;
        }
        if (!same_form && open) return;
        error(IssueType::code_invalid, "this answer is not among the options of the question");
    }

    void lengths() {
        if (form_ != "String" && form_ != "Uri") return;
        const std::size_t length = characters(value_.text());
        if (const auto most = base::to_integer(text_of(asked_.item, "maxLength"));
            most && *most > 0 && length > static_cast<std::size_t>(*most))
            error(IssueType::too_long,
                  fmt::format("this answer has {} characters, and the question allows {}", length, *most));
        if (const auto least = base::to_integer(limit("minLength").text());
            least && *least > 0 && length < static_cast<std::size_t>(*least))
            error(IssueType::value,
                  fmt::format("this answer has {} characters, and the question wants at least {}", length, *least));
        if (const std::string_view regex = limit("regex").text(); !regex.empty())
            if (!matches(regex)) error(IssueType::value, fmt::format("this answer does not match '{}'", regex));
    }

    // Unreadable patterns match all: they are a fault of the questionnaire.
    bool matches(std::string_view regex) const {
        const auto program = path::Program::compile("$this.matches(%pattern)", asked_.services.schema);
        if (!program) return true;
        const std::map<std::string, path::Collection> constants = {
            {"pattern", {path::Item::of_text(path::Item::Kind::string, fmt::format("^(?:{})$", regex))}}};
        path::Environment environment;
        environment.constants = &constants;
        const auto result =
            program->evaluate(path::Item::of_text(path::Item::Kind::string, std::string(value_.text())), environment);
        return !result || result->size() != 1 || result->front().kind != path::Item::Kind::boolean ||
               result->front().flag;
    }

    void limits() {
        if (value_.primitive()) {
            if (const View least = limit("minValue"))
                if (const auto compared = compare_values(value_, least, asked_.services); compared && *compared < 0)
                    error(IssueType::value, fmt::format("this answer is less than the minimum of {}", least.text()));
            if (const View most = limit("maxValue"))
                if (const auto compared = compare_values(value_, most, asked_.services); compared && *compared > 0)
                    error(IssueType::value, fmt::format("this answer is more than the maximum of {}", most.text()));
        }
        const std::string_view number = form_ == "Decimal"    ? value_.text()
                                        : form_ == "Quantity" ? value_.text("value"_name)
                                                              : std::string_view{};
        const auto places = base::to_integer(limit("maxDecimalPlaces").text());
        const std::size_t dot = number.find('.');
        if (places && *places >= 0 && dot != std::string_view::npos &&
            number.size() - dot - 1 > static_cast<std::size_t>(*places))
            error(IssueType::value, fmt::format("at most {} decimal places are allowed", *places));
    }

    void quantity() {
        for (const auto& [name, side] : {std::pair{"minQuantity", -1}, std::pair{"maxQuantity", 1}}) {
            View bound = extension_value(asked_.item, std::string(capture).append(name));
            if (!bound) bound = limit(side < 0 ? "minValue" : "maxValue");
            if (!bound || bound.primitive()) continue;
            const auto compared = compare_values(value_, bound, asked_.services);
            const std::string_view word = side < 0 ? "minimum" : "maximum";
            if (compared == side) {
                error(IssueType::value,
                      fmt::format("this quantity is {} than the {} of {} {}", side < 0 ? "less" : "more", word,
                                  bound.text("value"_name), bound.text("unit"_name)));
            } else if (!compared && comparable_units_are_known(bound)) {
                error(IssueType::value, fmt::format("this quantity cannot be compared with the {} of {} {}", word,
                                                    bound.text("value"_name), bound.text("unit"_name)));
            }
        }
        units();
    }

    bool comparable_units_are_known(View bound) const {
        return asked_.services.units != nullptr || value_.text("system"_name) != bound.text("system"_name);
    }

    void units() {
        const std::string unit_option = std::string(core).append("questionnaire-unitOption");
        bool listed = false, found = false;
        for (View extension : asked_.item.children("extension"_name)) {
            if (extension.text("url"_name) != unit_option) continue;
            listed = true;
            const View coding = choice_of(extension);
            found = found || (coding.text("code"_name) == value_.text("code"_name) &&
                              coding.text("system"_name) == value_.text("system"_name));
        }
        if (listed && !found)
            error(IssueType::code_invalid, "the unit of this quantity is not among those of the question");
        if (const std::string_view set = limit("questionnaire-unitValueSet").text();
            !set.empty() && !listed && !value_.text("code"_name).empty())
            in_set(set, {value_.text("system"_name), "", value_.text("code"_name), ""}, "units");
    }

    void attachment() {
        const std::string mime = std::string(core).append("mimeType");
        bool listed = false, found = false;
        for (View extension : asked_.item.children("extension"_name)) {
            if (extension.text("url"_name) != mime) continue;
            listed = true;
            found = found || choice_of(extension).text() == value_.text("contentType"_name);
        }
        if (listed && !found) error(IssueType::value, "the question does not allow attachments of this contentType");
        const auto most = base::to_double(limit("maxSize").text());
        const std::string_view data = value_.text("data"_name);
        const auto stated = base::to_double(value_.text("size"_name));
        const double size = data.empty() ? stated.value_or(0)
                                         : static_cast<double>(data.size()) * 3 / 4 -
                                               static_cast<double>(std::count(data.begin(), data.end(), '='));
        if (most && size > *most)
            error(IssueType::too_long, fmt::format("this attachment is larger than {} bytes", *most));
    }

    void reference() {
        const std::string_view text = value_.text("reference"_name);
        std::string_view type = value_.text("type"_name);
        if (text.starts_with('#')) {
            type = contained_in(asked_.response, text.substr(1)).resource_type();
        } else if (const resource::ReferenceText parts = resource::read_reference(text); !parts.type.empty()) {
            type = parts.type;
            if (!asked_.services.schema.is_resource(type))
                return error(IssueType::value, fmt::format("R4 has no resource type '{}'", type));
        }
        if (type.empty()) return;
        const std::string allowed = std::string(core).append("questionnaire-referenceResource");
        bool listed = false, found = false;
        for (View extension : asked_.item.children("extension"_name)) {
            if (extension.text("url"_name) != allowed) continue;
            listed = true;
            found = found || choice_of(extension).text() == type;
        }
        if (listed && !found)
            error(IssueType::value, fmt::format("the question does not allow references to a {}", type));
    }

    View value_;
    const Asked& asked_;
    std::string below_;
    std::string_view type_, form_;
};

}  // namespace

void check_answer(View answer, const Asked& asked, const std::string& below) {
    if (const View value = choice_of(answer)) AnswerRules(value, asked, below).run();
}

}  // namespace fhir::validate
