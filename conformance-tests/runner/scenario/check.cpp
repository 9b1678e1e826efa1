// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/check.h"

#include "base/text.h"
#include "fhir/path/parse.h"
#include "hl7v2/location.h"
#include "runner/scenario/words.h"

#include <fmt/format.h>

#include <functional>

namespace runner::scenario {

namespace {

using How = Check::How;

std::string spelled(const std::vector<std::string>& values) {
    if (values.empty()) return "empty";
    std::string said;
    for (const std::string& value : values) {
        said += (said.empty() ? "" : ", ") + value;
        if (said.size() > 400) break;
    }
    return shortened(said);
}

std::string label(const Check& check) {
    std::string said = check.recommended ? "should " : "";
    switch (check.about) {
        case Check::About::path: break;
        case Check::About::header: said += "header "; break;
        case Check::About::body: said += "body"; break;
        case Check::About::field: break;
        case Check::About::valid: return said + "valid" + (check.subject.empty() ? "" : " against " + check.subject);
    }
    said += check.subject;
    switch (check.how) {
        case How::holds: return said;
        case How::equals: return said + " = " + check.wanted;
        case How::differs: return said + " != " + check.wanted;
        case How::contains: return said + " contains " + check.wanted;
        case How::matches: return said + " matches " + check.wanted;
        case How::present: return said + " exists";
        case How::absent: return said + " absent";
        case How::keep: return "let " + check.name + " = " + said + (check.wanted.empty() ? "" : " take " + check.wanted);
    }
    return said;
}

// Regular expressions are FHIRPath's, which are linear in the text.
base::Result<std::vector<std::string>> of_text(std::string_view expression, const std::string& text, const std::string& pattern, const Judge& judge) {
    TRY(const auto nothing, judge.knowledge().read(R"({"resourceType":"Basic"})"));
    return judge.values(nothing.root(), expression, {{"text", text}, {"pattern", pattern}});
}

base::Result<bool> matches(const std::string& text, const std::string& pattern, const Judge& judge) {
    TRY(const auto found, of_text("%text.matches(%pattern)", text, pattern, judge));
    return found.size() == 1 && found.front() == "true";
}

// `value` null: it is not there. Nothing when it is as it must be, else what is wrong.
base::Result<std::string> compare(const Check& check, const std::string* value, const Judge& judge) {
    if (check.how == How::absent) return value == nullptr || value->empty() ? std::string() : "is " + shortened(*value);
    if (check.how == How::present) return value != nullptr && !value->empty() ? std::string() : std::string("is absent");
    const std::string text = value == nullptr ? std::string() : *value;
    const std::string is = value == nullptr ? "is absent" : "is " + shortened(text);
    bool good = false;
    if (check.how == How::equals) good = text == check.wanted;
    else if (check.how == How::differs) good = text != check.wanted;
    else if (check.how == How::contains) good = text.find(check.wanted) != std::string::npos;
    else if (check.how == How::matches) {
        TRY(good, matches(text, check.wanted, judge));
    }
    return good ? std::string() : is;
}

// What `keep` takes of a text: all of it, or the first group of the pattern.
base::Result<std::string> taken(const Check& check, const std::string* value, const Judge& judge) {
    if (value == nullptr || value->empty()) return base::Fault{base::Fault::Kind::missing, "is absent"};
    if (check.wanted.empty()) return *value;
    TRY(const bool fits, matches(*value, check.wanted, judge));
    if (!fits) return base::Fault{base::Fault::Kind::missing, "is " + shortened(*value)};
    TRY(const auto found, of_text("%text.replaceMatches(%pattern, '$1')", *value, "^(?s:.*?)" + check.wanted + "(?s:.*)$", judge));
    return found.empty() ? std::string() : found.front();
}

base::Result<std::string> about_resource(const Check& check, const Answer& answer, Variables& variables, const Judge& judge) {
    if (!answer.resource) return "the answer is no resource: " + answer.why_none;
    const fhir::View resource = answer.resource->root();
    if (check.about == Check::About::valid) {
        TRY(const auto wrong, judge.errors(resource, check.subject));
        return wrong.empty() ? std::string() : shortened(fmt::format("{} wrong: {}", wrong.size(), wrong.front()));
    }
    TRY(const std::string expression, fill(check.subject, variables));
    if (check.how == How::keep) {
        TRY(const auto values, judge.values(resource, expression, variables));
        if (values.size() != 1) return "gives " + spelled(values) + complaint(answer);
        variables[check.name] = values.front();
        return std::string();
    }
    TRY(const bool holds, judge.holds(resource, expression, variables));
    return holds ? std::string() : why_not(resource, expression, variables, judge) + complaint(answer);
}

base::Result<std::string> wrong_with(const Check& given, const Answer& answer, Variables& variables, const Judge& judge) {
    if (given.about == Check::About::path || given.about == Check::About::valid) return about_resource(given, answer, variables, judge);
    Check check = given;
    TRY(check.wanted, fill(given.wanted, variables));
    std::string text;
    const std::string* value = nullptr;
    if (check.about == Check::About::header) {
        value = answer.response.field(check.subject);
    } else if (check.about == Check::About::body) {
        value = &answer.response.body;
    } else {
        if (!answer.message) return std::string("there is no message");
        const auto place = hl7v2::Location::read(check.subject);
        if (place && place->field == 0) {  // a segment as a whole
            const auto all = answer.message->all(place->segment);
            const auto number = static_cast<std::size_t>(place->sequence);
            if (number >= 1 && number <= all.size()) value = &(text = all[number - 1].raw());
        } else if (const auto field = answer.message->at(check.subject); !field.empty()) {
            value = &(text = field.text());
        }
    }
    if (check.how != How::keep) return compare(check, value, judge);
    auto kept = taken(check, value, judge);
    if (!kept) return kept.fault().text;
    variables[check.name] = *std::move(kept);
    return std::string();
}

bool compares(fhir::path::Operator op) {
    using fhir::path::Operator;
    switch (op) {
        case Operator::less: case Operator::greater: case Operator::less_equal: case Operator::greater_equal: case Operator::equal:
        case Operator::equivalent: case Operator::not_equal: case Operator::not_equivalent: case Operator::in: case Operator::contains: return true;
        default: return false;
    }
}

}  // namespace

Answer read_answer(const Response& response, const Knowledge& knowledge) {
    Answer answer{.response = response};
    auto read = response.body.empty() ? base::Result<fhir::Document>(base::Fault{base::Fault::Kind::missing, "its body is empty"}) : knowledge.read(response.body);
    if (read) answer.resource.emplace(*std::move(read));
    else answer.why_none = read.fault().text;
    return answer;
}

bool is_expected(int status, std::string_view expected) {
    if (expected == "any") return status != 0;
    const std::string text = std::to_string(status);
    for (const std::string_view part : base::split(expected, ',')) {
        const std::string_view one = base::trim(part);
        if (one == text || (one.ends_with("xx") && one.front() == text.front())) return true;
    }
    return false;
}

std::string complaint(const Answer& answer) {
    const std::string said = answer.resource ? runner::complaint(answer.resource->root()) : std::string();
    return said.empty() ? said : "; the server says " + shortened(said);
}

std::string why_not(fhir::View resource, std::string_view expression, const Variables& variables, const Judge& judge) {
    const auto syntax = fhir::path::parse(expression);
    if (syntax) {
        const fhir::path::SyntaxNode& root = syntax->nodes[syntax->root];
        const std::size_t at = root.place.column - 1;  // of the operator
        if (root.form == fhir::path::Form::binary && root.place.line == 1 && at < expression.size()) {
            const std::string_view left = base::trim(expression.substr(0, at));
            if (root.op == fhir::path::Operator::and_ && at + 3 < expression.size()) {
                const auto first = judge.holds(resource, left, variables);
                const std::string_view right = base::trim(expression.substr(at + 3));
                if (first) return why_not(resource, *first ? right : left, variables, judge);
            }
            if (compares(root.op))
                if (const auto values = judge.values(resource, left, variables)) return shortened(fmt::format("{} is {}", left, spelled(*values)));
        }
    }
    const auto values = judge.values(resource, expression, variables);
    return shortened(values ? fmt::format("{} is {}", expression, spelled(*values)) : values.fault().text);
}

runner::Step judge(const Check& check, const Answer& answer, Variables& variables, const Judge& judge) {
    const auto filled = fill(label(check), variables);
    runner::Step step{.kind = runner::Step::Kind::assertion, .label = filled ? *filled : label(check)};
    const auto wrong = wrong_with(check, answer, variables, judge);
    if (!wrong) {  // the test's own fault: an expression that cannot be run, a profile nobody knows
        step.verdict = Verdict::error;
        step.message = wrong.fault().text;
    } else if (!wrong->empty()) {
        step.verdict = check.recommended ? Verdict::warning : Verdict::fail;
        step.message = *wrong;
    }
    return step;
}

}  // namespace runner::scenario
