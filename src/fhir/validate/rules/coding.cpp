// SPDX-License-Identifier: Apache-2.0
// Coding (FHIR R4 2.24.0.6, 4.1): is its system one, and does it have the code? Bindings are the validator's.
#include "fhir/validate/rules/table.h"

#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>

namespace fhir::validate {

using base::IssueType;

void check_coding(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    const std::string_view system = place.node.text("system"_name);
    const std::string_view code = place.node.text("code"_name);
    Remarks remarks(place, findings);
    if (system.empty()) {
        if (!code.empty())
            remarks.warning(IssueType::code_invalid, "", "a code without a system means nothing to others");
        return;
    }
    if (system.starts_with('#')) return;  // not absolute; said by whoever checks the binding
    if (!is_absolute(system))
        return remarks.error(IssueType::code_invalid, ".system", "the system of a coding is an absolute address");
    if (!services.library.knows("CodeSystem", system)) {
        if (system.starts_with("http://hl7.org/fhir/ValueSet/") || services.library.knows("ValueSet", system))
            return remarks.error(
                IssueType::code_invalid, ".system",
                fmt::format("{} is a value set; the system is the code system that the code comes from", system));
    }
    CodeVerdict verdict;
    const bool asked = !code.empty() && services.codes != nullptr;
    if (asked) verdict = services.codes->check({system, place.node.text("version"_name), code, place.node.text("display"_name)}, "", "");
    // A supplement has no codes of its own. Asked only where it may be one, because finding a definition means reading it.
    if (!asked || (verdict.in_system == Answer::no && !verdict.system_known))
        if (const auto known = services.library.find("CodeSystem", system); known && known->document->root().child("supplements"))
            return remarks.error(IssueType::code_invalid, ".system",
                                 fmt::format("{} is a supplement; the system is what it supplements", system));
    if (verdict.in_system == Answer::no) {
        remarks.error(IssueType::code_invalid, ".code",
                      verdict.text.empty() ? fmt::format("{} has no code '{}'", system, code) : verdict.text);
    } else if (verdict.in_system == Answer::yes && verdict.display_fits == Answer::no) {
        remarks.error(IssueType::code_invalid, ".display",
                      fmt::format("the display of '{}' in {} is '{}'", code, system, verdict.display));
    } else if (verdict.inactive) {
        remarks.warning(IssueType::code_invalid, ".code",
                        fmt::format("the code '{}' of {} is not active any more", code, system));
    }
}

}  // namespace fhir::validate
