// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/option_set.h"

#include "base/text.h"
#include "fhir/validate/rules/element.h"

namespace fhir::validate {

namespace {

bool display_fits(const CodedValue& coded, std::string_view display) {
    return coded.display.empty() || display.empty() ||
           base::equal_ignoring_case(base::trim(coded.display), base::trim(display));
}

bool same_system(const CodedValue& coded, std::string_view system) {
    return coded.system.empty() || coded.system == system;
}

// The concepts of an expansion, at any depth.
View expanded(View parent, const CodedValue& coded) {
    for (View entry : parent.children("contains"_name)) {
        if (entry.text("code"_name) == coded.code && same_system(coded, entry.text("system"_name))) return entry;
        if (View inside = expanded(entry, coded)) return inside;
    }
    return {};
}

CodeVerdict found(const CodedValue& coded, View entry, CodeVerdict verdict) {
    verdict.in_set = Answer::yes;
    verdict.display = entry.text("display"_name);
    verdict.display_fits = display_fits(coded, verdict.display) ? Answer::yes : Answer::unknown;
    return verdict;
}

CodeVerdict in_contained(View set, const CodedValue& coded, const Services& services) {
    CodeVerdict verdict;
    verdict.set_known = true;
    if (const View expansion = set.child("expansion"_name)) {
        if (const View entry = expanded(expansion, coded)) return found(coded, entry, verdict);
        verdict.in_set = Answer::no;
        return verdict;
    }
    verdict.in_set = Answer::no;
    const View compose = set.child("compose"_name);
    for (View include : compose.children("include"_name)) {
        if (include.child("filter"_name) || include.child("valueSet"_name)) {
            verdict.in_set = Answer::unknown;
            continue;
        }
        const std::string_view system = include.text("system"_name);
        if (!same_system(coded, system)) continue;
        for (View entry : include.children("concept"_name))
            if (entry.text("code"_name) == coded.code) return found(coded, entry, verdict);
        if (include.child("concept"_name)) continue;
        const Answer whole = services.codes == nullptr
                                 ? Answer::unknown
                                 : services.codes->check({system, coded.version, coded.code, ""}, "", "").in_system;
        if (whole == Answer::yes) return found(coded, {}, verdict);
        if (whole == Answer::unknown) verdict.in_set = Answer::unknown;
    }
    if (compose.child("exclude")) verdict.in_set = Answer::unknown;
    return verdict;
}

}  // namespace

CodeVerdict option_in_set(View questionnaire, std::string_view value_set, const CodedValue& coded,
                          const Services& services) {
    if (value_set.starts_with('#')) {
        const View set = contained_in(questionnaire, value_set.substr(1));
        return set ? in_contained(set, coded, services) : CodeVerdict{};
    }
    return services.codes == nullptr ? CodeVerdict{} : services.codes->check(coded, value_set, "");
}

}  // namespace fhir::validate
