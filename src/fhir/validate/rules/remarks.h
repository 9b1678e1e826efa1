// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a rule says what it found: where below the element in question, and words for a person.

#include "fhir/validate/rules.h"

#include <string>
#include <string_view>
#include <utility>

namespace fhir::validate {

class Remarks {
public:
    Remarks(const Place& place, base::Findings& findings) : where_(place.where), findings_(findings) {}

    // `below` is what follows the place of the rule: "" or ".entry[3].fullUrl".
    void error(base::IssueType type, std::string_view below, std::string text) {
        add(base::Severity::error, type, below, std::move(text));
    }
    void warning(base::IssueType type, std::string_view below, std::string text) {
        add(base::Severity::warning, type, below, std::move(text));
    }
    void note(base::IssueType type, std::string_view below, std::string text) {
        add(base::Severity::information, type, below, std::move(text));
    }

private:
    void add(base::Severity severity, base::IssueType type, std::string_view below, std::string text) {
        std::string where(where_);
        where += below;
        findings_.push_back({severity, type, std::move(where), std::move(text)});
    }

    std::string_view where_;
    base::Findings& findings_;
};

}  // namespace fhir::validate
