// SPDX-License-Identifier: Apache-2.0
// Measure (FHIR R4 13.6): parts that can be told apart, and criteria in CQL that its libraries define.
#include "fhir/validate/rules/table.h"

#include "base/text.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"
#include "fhir/validate/rules/xhtml.h"

#include <fmt/format.h>
#include <set>

namespace fhir::validate {

using base::IssueType;

namespace {

class MeasureRules {
public:
    MeasureRules(const Place& place, const Services& services, base::Findings& findings)
        : measure_(place.node), remarks_(place, findings) {
        std::size_t i = 0;
        for (View library : items(measure_, "library")) {
            const std::string below = fmt::format(".library[{}]", i++);
            if (Found found = find_definition(services, measure_, "Library", library.text())) {
                libraries_.push_back(std::move(found));
            } else {
                remarks_.note(IssueType::not_found, below, fmt::format("the library {} is not known", library.text()));
            }
        }
    }

    void run() {
        const std::size_t groups = measure_.count("group"_name);
        if (groups == 0) remarks_.warning(IssueType::required, "", "a measure without groups measures nothing");
        std::size_t g = 0;
        for (View group : measure_.children("group"_name)) {
            const std::string below = fmt::format(".group[{}]", g++);
            coded(group, groups, below);
            if (!group.child("population")) remarks_.warning(IssueType::required, below, "a group needs populations");
            each(group, "population", below, false);
            each(group, "stratifier", below, true);
        }
    }

private:
    void coded(View part, std::size_t siblings, const std::string& below) {
        if (siblings > 1 && !part.child("code"_name))
            remarks_.warning(IssueType::required, below, "give a code, so that a report can name this part");
    }

    void each(View parent, const char* name, const std::string& path, bool check_criteria) {
        std::size_t count = 0, i = 0;
        for ([[maybe_unused]] View part : items(parent, name)) ++count;
        for (View part : items(parent, name)) {
            const std::string below = fmt::format("{}.{}[{}]", path, name, i++);
            coded(part, count, below);
            if (const View criteria = part.child("criteria"); criteria && check_criteria)
                cql(criteria, below + ".criteria");
            each(part, "component", below, check_criteria);
        }
    }

    void cql(View criteria, const std::string& below) {
        const std::string_view language = text_of(criteria, "language");
        if (language.empty()) return;
        if (language != "text/cql" && language != "text/cql.identifier" && language != "text/cql-identifier")
            return remarks_.warning(IssueType::not_supported, below,
                                    fmt::format("criteria in '{}' are not checked", language));
        if (libraries_.empty())
            return remarks_.error(IssueType::not_found, below, "criteria in CQL need a library, and none is known");
        std::string_view expression = text_of(criteria, "expression");
        const Found* library = nullptr;
        if (const std::size_t dot = expression.find('.');
            dot != std::string_view::npos && expression.find_first_of(" ('\"") == std::string_view::npos) {
            const std::string_view name = expression.substr(0, dot);
            expression.remove_prefix(dot + 1);
            for (const Found& found : libraries_)
                if (found.resource.text("name"_name) == name) library = &found;
            if (library == nullptr)
                return remarks_.error(IssueType::not_found, below,
                                      fmt::format("no library of this measure is called '{}'", name));
        } else if (libraries_.size() == 1) {
            library = &libraries_.front();
        } else {
            return remarks_.error(IssueType::business_rule, below,
                                  "with several libraries, criteria say which one they mean");
        }
        defined(*library, expression, below);
    }

    // The definitions are in the compiled form of the library (ELM in XML).
    void defined(const Found& library, std::string_view expression, const std::string& below) {
        const std::string_view url = library.resource.text("url"_name);
        for (View content : library.resource.children("content"_name)) {
            if (content.text("contentType"_name) != "application/elm+xml") continue;
            const auto elm = base::base64_decode(content.text("data"_name));
            if (!elm) break;
            XhtmlTags tags(*elm);
            while (const auto tag = tags.next())
                if (!tag->closes && (tag->name == "def" || tag->name.ends_with(":def")) &&
                    tag->attribute("name") == expression)
                    return;
            return remarks_.error(IssueType::not_found, below,
                                  fmt::format("the library {} does not define this function", url));
        }
        remarks_.error(IssueType::not_found, below,
                       fmt::format("the library {} holds no compiled form (application/elm+xml)", url));
    }

    View measure_;
    Remarks remarks_;
    std::vector<Found> libraries_;
};

}  // namespace

void check_measure(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    MeasureRules(place, services, findings).run();
}

}  // namespace fhir::validate
