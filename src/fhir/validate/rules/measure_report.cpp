// SPDX-License-Identifier: Apache-2.0
// MeasureReport (FHIR R4 13.7) against the Measure that it reports on.
#include "fhir/validate/rules/table.h"

#include "base/text.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>
#include <algorithm>

namespace fhir::validate {

using base::IssueType;

namespace {

constexpr std::string_view population_system = "http://terminology.hl7.org/CodeSystem/measure-population";

class ReportRules {
public:
    ReportRules(View report, View measure, Remarks& remarks)
        : report_(report), measure_(measure), remarks_(remarks), type_(report.text("type"_name)) {
        scoring_ = measure.child("scoring").child("coding"_name).text("code"_name);
    }

    void run() {
        const std::size_t groups = measure_.count("group"_name);
        if (groups == 1 && report_.count("group"_name) == 1) {
            const View own = report_.child("group"_name);
            const View defined = measure_.child("group"_name);
            if (own.child("code"_name) && defined.child("code"_name) &&
                !concepts_match(own.child("code"_name), defined.child("code"_name)))
                remarks_.error(IssueType::business_rule, ".group[0]",
                               "the code of this group is not the one of the measure");
            return group(own, defined, ".group[0]");
        }
        std::vector<View> seen;
        std::size_t i = 0;
        for (View own : report_.children("group"_name)) {
            const std::string below = fmt::format(".group[{}]", i++);
            if (const View defined = match(own, measure_, "group", seen, below, "group")) group(own, defined, below);
        }
        if (type_ != "data-collection") missing(measure_, "group", seen, "", "group");
    }

private:
    static std::string name_of(View part) {
        const View coding = part.child("code"_name).child("coding"_name);
        return std::string(coding ? coding.text("code"_name) : part.text("id"_name));
    }

    // The part of the measure with the same code; none, or one twice, is an error.
    View match(View own, View parent, const char* element, std::vector<View>& seen, const std::string& below,
               std::string_view what) {
        View defined;
        for (View part : items(parent, element))
            if (own.child("code"_name) && concepts_match(part.child("code"_name), own.child("code"_name)))
                defined = part;
        if (!defined) {
            remarks_.error(IssueType::business_rule, below,
                           fmt::format("a {} needs a code that a {} of the measure has", what, what));
        } else if (std::find(seen.begin(), seen.end(), defined) != seen.end()) {
            remarks_.error(IssueType::business_rule, below, fmt::format("another {} has this code already", what));
            return {};
        } else {
            seen.push_back(defined);
        }
        return defined;
    }

    void missing(View parent, const char* element, const std::vector<View>& seen, const std::string& below,
                 std::string_view what) {
        for (View part : items(parent, element)) {
            if (std::find(seen.begin(), seen.end(), part) != seen.end()) continue;
            if (has_coding(part.child("code"_name), population_system, "measure-observation")) continue;
            remarks_.error(IssueType::business_rule, below,
                           fmt::format("the {} '{}' of the measure is missing", what, name_of(part)));
        }
    }

    void group(View own, View defined, const std::string& below) {
        std::vector<View> seen;
        std::size_t i = 0;
        for (View population : items(own, "population")) {
            const std::string place = fmt::format("{}.population[{}]", below, i++);
            if (match(population, defined, "population", seen, place, "population")) counted(population, place);
        }
        missing(defined, "population", seen, below, "population");
        score(own, below);
        std::vector<View> strata;
        i = 0;
        for (View stratifier : items(own, "stratifier"))
            stratified(stratifier, defined, strata, fmt::format("{}.stratifier[{}]", below, i++));
        missing(defined, "stratifier", strata, below, "stratifier");
    }

    // A stratifier may have several codes.
    void stratified(View own, View defined, std::vector<View>& seen, const std::string& below) {
        View found;
        for (View part : items(defined, "stratifier"))
            for (View code : own.children("code"_name))
                if (concepts_match(part.child("code"_name), code)) found = part;
        if (!found)
            return remarks_.error(IssueType::business_rule, below,
                                  "a stratifier needs a code that a stratifier of the measure has");
        if (std::find(seen.begin(), seen.end(), found) != seen.end())
            return remarks_.error(IssueType::business_rule, below, "another stratifier has this code already");
        seen.push_back(found);
    }

    void counted(View population, const std::string& below) {
        const auto count = base::to_integer(text_of(population, "count"));
        std::size_t subjects = 0;
        for ([[maybe_unused]] View list : items(population, "subjectResults")) ++subjects;
        if (type_ == "subject-list") {
            if (count && static_cast<std::size_t>(*count) != subjects)
                remarks_.error(IssueType::business_rule, below,
                               fmt::format("count says {}, and {} subjects are listed", *count, subjects));
            return;
        }
        if (subjects > 0)
            remarks_.error(IssueType::business_rule, below,
                           "subjects are listed in reports of the type 'subject-list' only");
        if (!population.child("count")) remarks_.warning(IssueType::business_rule, below, "a population needs a count");
    }

    void score(View group, const std::string& path) {
        const View score = group.child("measureScore");
        const std::string below = path + ".measureScore";
        if (type_ == "data-collection" || scoring_ == "cohort") {
            if (score)
                remarks_.error(
                    IssueType::business_rule, below,
                    fmt::format("there is no score in a {}", scoring_ == "cohort" ? "cohort" : "data collection"));
            return;
        }
        const bool proportion = scoring_ == "proportion";
        if (!proportion && scoring_ != "ratio" && scoring_ != "continuous-variable") return;
        if (!score)
            return remarks_.error(IssueType::required, path,
                                  fmt::format("a measure scored as {} needs a measureScore", scoring_));
        const View value = score.child("value"_name);
        const View other = extension_value(
            score, "http://hl7.org/fhir/us/davinci-deqm/StructureDefinition/extension-alternateScoreType");
        if (!value && !other) return remarks_.error(IssueType::required, below, "a score needs a value");
        if (!proportion) return;
        for (const char* name : {"unit", "system", "code"})
            if (score.child(name))
                remarks_.error(IssueType::business_rule, below, fmt::format("a proportion has no {}", name));
        if (const auto number = base::to_double(value.text()); number && (*number < 0 || *number > 1))
            remarks_.error(IssueType::value, below + ".value", "a proportion is between 0 and 1");
    }

    View report_, measure_;
    Remarks& remarks_;
    std::string_view type_;
    std::string_view scoring_{};
};

}  // namespace

void check_measure_report(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    Remarks remarks(place, findings);
    const View canonical = place.node.child("measure");
    if (!canonical.has_value())
        return remarks.note(IssueType::required, "", "without a measure this report cannot be checked");
    const Found measure = find_definition(services, place.node, "Measure", canonical.text());
    if (!measure)
        return remarks.warning(
            IssueType::not_found, ".measure",
            fmt::format("the measure {} is not known, so this report was not checked against it", canonical.text()));
    ReportRules(place.node, measure.resource, remarks).run();
}

}  // namespace fhir::validate
