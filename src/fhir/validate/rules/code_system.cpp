// SPDX-License-Identifier: Apache-2.0
// CodeSystem (FHIR R4 4.8): properties, counts, supplements. That codes are unique is an invariant (csd-1).
#include "fhir/validate/rules/table.h"

#include "base/text.h"
#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>

namespace fhir::validate {

using base::IssueType;

namespace {

constexpr std::string_view property_space = "http://hl7.org/fhir/concept-properties#";

// The properties that the standard defines (FHIR R4 4.8.11): code and type.
constexpr std::pair<std::string_view, std::string_view> standard_properties[] = {
    {"inactive", "boolean"},
    {"status", "code"},
    {"effectiveDate", "dateTime"},
    {"deprecated", "dateTime"},
    {"deprecationDate", "dateTime"},
    {"retirementDate", "dateTime"},
    {"notSelectable", "boolean"},
    {"parent", "code"},
    {"child", "code"},
    {"partOf", "code"},
    {"synonym", "code"},
    {"comment", "string"},
    {"itemWeight", "decimal"},
};

std::string_view standard_type(std::string_view code) {
    for (const auto& [known, type] : standard_properties)
        if (known == code) return type;
    return {};
}

class CodeSystemRules {
public:
    CodeSystemRules(const Place& place, const Services& services, base::Findings& findings)
        : system_(place.node),
          services_(services),
          remarks_(place, findings),
          content_(text_of(place.node, "content")) {}

    void run() {
        properties();
        std::size_t count = 0;
        concepts(system_, "", count);
        const View supplements = system_.child("supplements");
        if (supplements.has_value()) {
            supplement(supplements.text());
        } else if (content_ == "supplement") {
            remarks_.error(IssueType::business_rule, ".content", "a supplement says in 'supplements' what it adds to");
        } else {
            described();
        }
        stated_count(count);
        if (content_ == "not-present" && system_.child("concept"_name))
            remarks_.error(IssueType::business_rule, ".concept[0]",
                           "content says that no concepts are present, and there are some");
        all_codes();
    }

private:
    void properties() {
        std::set<std::string_view> uris;
        std::size_t i = 0;
        for (View property : system_.children("property"_name)) {
            const std::string below = fmt::format(".property[{}]", i++);
            const std::string_view code = property.text("code"_name);
            const std::string_view type = property.text("type"_name);
            const std::string_view uri = text_of(property, "uri");
            if (!code.empty() && !types_.emplace(code, type).second)
                remarks_.error(IssueType::business_rule, below,
                               fmt::format("the property '{}' is defined before", code));
            if (!uri.empty() && !uris.insert(uri).second)
                remarks_.error(IssueType::business_rule, below,
                               fmt::format("a property with the uri '{}' is defined before", uri));
            if (uri.starts_with(property_space)) standard(uri, code, type, below);
            const std::string_view known = standard_type(code);
            if (uri.empty() && !known.empty() && !type.empty() && known != type)
                remarks_.warning(
                    IssueType::business_rule, below,
                    fmt::format("the standard's property '{}' has the type {}, not {}", code, known, type));
        }
    }

    void standard(std::string_view uri, std::string_view code, std::string_view type, std::string_view below) {
        const std::string_view name = uri.substr(property_space.size());
        const std::string_view known = standard_type(name);
        if (known.empty())
            return remarks_.error(
                IssueType::business_rule, below,
                fmt::format("the standard defines no property '{}'; use an address of your own", uri));
        if (!type.empty() && known != type)
            remarks_.error(IssueType::business_rule, below,
                           fmt::format("the property '{}' has the type {}, not {}", uri, known, type));
        if (code == name) return;
        if (!standard_type(code).empty()) {
            remarks_.error(IssueType::business_rule, below,
                           fmt::format("the code '{}' is the standard's for another property than '{}'", code, uri));
        } else {
            remarks_.warning(IssueType::business_rule, below,
                             fmt::format("the property '{}' is usually called '{}'", uri, name));
        }
    }

    void concepts(View parent, const std::string& path, std::size_t& count) {
        std::size_t i = 0;
        for (View concept_ : parent.children("concept"_name)) {
            ++count;
            const std::string below = fmt::format("{}.concept[{}]", path, i++);
            std::size_t p = 0;
            for (View property : concept_.children("property"_name))
                concept_property(property, fmt::format("{}.property[{}]", below, p++));
            concepts(concept_, below, count);
        }
    }

    void concept_property(View property, std::string_view below) {
        const std::string_view code = property.text("code"_name);
        const View value = choice_of(property);
        if (code.empty() || !value) return;
        const auto defined = types_.find(code);
        if (defined == types_.end()) {
            if (standard_type(code).empty())
                remarks_.warning(IssueType::business_rule, below,
                                 fmt::format("the property '{}' is not defined in this code system", code));
            return;
        }
        const std::string sent = base::lower(choice_type(value));
        if (!defined->second.empty() && sent != base::lower(defined->second))
            remarks_.error(
                IssueType::business_rule, below,
                fmt::format("the property '{}' has the type {}, not {}", code, defined->second, choice_type(value)));
    }

    void supplement(std::string_view base) {
        if (content_ != "supplement")
            remarks_.error(IssueType::business_rule, ".content",
                           "a code system with 'supplements' has the content 'supplement'");
        for (const char* name : {"caseSensitive", "hierarchyMeaning"})
            if (system_.child(name))
                remarks_.error(
                    IssueType::business_rule, fmt::format(".{}", name),
                    fmt::format("a supplement has no {}; that is for the code system that it supplements", name));
        if (services_.codes == nullptr) return;
        const Canonical canonical = split_canonical(base);
        std::size_t i = 0;
        for (View concept_ : system_.children("concept"_name)) {
            const std::string below = fmt::format(".concept[{}]", i++);
            const std::string_view code = concept_.text("code"_name);
            if (code.empty()) continue;
            const CodeVerdict verdict = services_.codes->check({canonical.url, canonical.version, code, ""}, "", "");
            if (verdict.in_system == Answer::no)
                remarks_.error(IssueType::business_rule, below,
                               fmt::format("{} has no code '{}' to add to", base, code));
        }
    }

    void described() {
        const std::string_view url = system_.text("url"_name);
        const bool ours =
            url.find("hl7.org") != std::string_view::npos || url.find("fhir.org") != std::string_view::npos;
        const bool deep = std::any_of(View::Iterator(system_.child("concept"_name), true), View::Iterator(),
                                      [](View c) { return static_cast<bool>(c.child("concept"_name)); });
        for (const auto& [name, needed] : {std::pair{"caseSensitive", true}, std::pair{"hierarchyMeaning", deep}}) {
            if (!needed || system_.child(name)) continue;
            const std::string text = fmt::format("a code system should say its {}", name);
            if (ours) {
                remarks_.warning(IssueType::business_rule, "", text);
            } else {
                remarks_.note(IssueType::business_rule, "", text);
            }
        }
    }

    void stated_count(std::size_t count) {
        const auto stated = base::to_integer(text_of(system_, "count"));
        if (!stated) return;
        const auto real = static_cast<std::int64_t>(count);
        if (content_ == "complete" && real != *stated)
            remarks_.error(IssueType::business_rule, ".count",
                           fmt::format("count says {}, and there are {} concepts", *stated, real));
        if ((content_ == "example" || content_ == "fragment") && real >= *stated)
            remarks_.warning(
                IssueType::business_rule, ".count",
                fmt::format("a part of a code system has fewer concepts ({}) than the whole ({})", real, *stated));
    }

    // A value set that stands for the whole system (FHIR R4 4.8.1, `valueSet`).
    void all_codes() {
        const std::string_view canonical = system_.text("valueSet"_name);
        const std::string_view url = system_.text("url"_name);
        if (canonical.empty()) return;
        const Found set = find_definition(services_, {}, "ValueSet", canonical);
        if (!set) return;
        const View compose = set.resource.child("compose"_name);
        if (compose.count("include"_name) != 1)
            return remarks_.error(IssueType::business_rule, ".valueSet",
                                  fmt::format("{} includes more or less than this code system", canonical));
        const View include = compose.child("include"_name);
        if (include.text("system"_name) != url)
            return remarks_.error(
                IssueType::business_rule, ".valueSet",
                fmt::format("{} includes another code system, '{}'", canonical, include.text("system"_name)));
        if (include.child("concept"_name) || include.child("filter"_name) || include.child("valueSet"_name))
            remarks_.error(IssueType::business_rule, ".valueSet",
                           fmt::format("{} includes only a part of this code system", canonical));
    }

    View system_;
    const Services& services_;
    Remarks remarks_;
    std::string_view content_;
    std::map<std::string_view, std::string_view> types_;  // of properties
};

}  // namespace

void check_code_system(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    CodeSystemRules(place, services, findings).run();
}

}  // namespace fhir::validate
