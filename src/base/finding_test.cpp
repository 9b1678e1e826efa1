// SPDX-License-Identifier: Apache-2.0
#include "base/finding.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>

TEST_SUITE("base/finding") {
    TEST_CASE("every issue type and severity has a spelling of its own, as FHIR spells codes") {
        std::set<std::string> seen;
        for (int i = 0; i <= static_cast<int>(base::IssueType::informational); ++i) {
            const std::string text = base::spelling(static_cast<base::IssueType>(i));
            CHECK_FALSE(text.empty());
            CHECK(std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; }));
            CHECK_MESSAGE(seen.insert(text).second, text);
        }
        CHECK(seen.contains("not-supported"));
        CHECK(seen.contains("code-invalid"));
        CHECK(seen.contains("no-store"));
        seen.clear();
        for (int i = 0; i <= static_cast<int>(base::Severity::information); ++i) CHECK(seen.insert(base::spelling(static_cast<base::Severity>(i))).second);
        CHECK(seen == std::set<std::string>{"fatal", "error", "warning", "information"});
    }
    TEST_CASE("an error or worse counts, a warning does not") {
        using base::Severity;
        const auto all = [](std::initializer_list<Severity> severities) {
            base::Findings made;
            for (const Severity severity : severities) made.push_back({severity, base::IssueType::value, "", "", 0, 0});
            return made;
        };
        CHECK_FALSE(base::any_error({}));
        CHECK_FALSE(base::any_error(all({Severity::warning, Severity::information})));
        CHECK(base::any_error(all({Severity::warning, Severity::error})));
        CHECK(base::any_error(all({Severity::fatal})));
    }
}
