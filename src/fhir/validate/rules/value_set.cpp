// SPDX-License-Identifier: Apache-2.0
// ValueSet (FHIR R4 4.9): systems, concepts, filters.
#include "fhir/validate/rules/table.h"

#include "base/text.h"
#include "fhir/primitive.h"
#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/ecl.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>

namespace fhir::validate {

using base::IssueType;

namespace {

constexpr std::string_view filter_expression = "http://hl7.org/fhir/StructureDefinition/cqf-expression";
constexpr std::size_t most_concepts = 1000;  // of one include that are looked up

class ValueSetRules {
public:
    ValueSetRules(const Place& place, const Services& services, base::Findings& findings)
        : set_(place.node), services_(services), remarks_(place, findings) {}

    void run() {
        const View compose = set_.child("compose"_name);
        for (const char* part : {"include", "exclude"}) {
            std::size_t i = 0;
            for (View include : items(compose, part)) check(include, fmt::format(".compose.{}[{}]", part, i++));
        }
    }

private:
    void check(View include, const std::string& below) {
        imports(include, below);
        const View system = include.child("system"_name);
        if (!system.has_value()) {
            if (include.child("concept"_name) || include.child("filter"_name))
                remarks_.warning(IssueType::business_rule, below, "concepts and filters need a system");
            return;
        }
        std::string_view url = system.text();
        const std::string_view version = include.text("version"_name);
        if (const std::size_t bar = url.find('|'); bar != std::string_view::npos) {
            const std::string_view stated = url.substr(bar + 1);
            url = url.substr(0, bar);
            if (!stated.empty())
                remarks_.error(IssueType::business_rule, below,
                               fmt::format("say the version '{}' in 'version', not behind the system", stated));
        }
        if (!is_absolute(url))
            return remarks_.error(
                IssueType::value, below,
                "the system of a value set is an absolute address; a contained code system is named by its url");
        const auto code_system = services_.library.find(
            "CodeSystem", version.empty() ? std::string(url) : fmt::format("{}|{}", url, version));
        bool look_up = true;
        if (code_system) {
            if (code_system->document->root().child("supplements")) {
                remarks_.error(IssueType::value, below,
                               fmt::format("{} is a supplement; include the code system that it supplements", url));
                look_up = false;
            }
        } else if (services_.library.knows("ValueSet", url)) {
            remarks_.error(IssueType::value, below, fmt::format("{} is a value set; name it in 'valueSet'", url));
            look_up = false;
        }
        if (look_up) concepts(include, url, version, below);
        std::size_t i = 0;
        const View known = code_system ? code_system->document->root() : View{};
        for (View filter : include.children("filter"_name))
            check_filter(filter, url, known, fmt::format("{}.filter[{}]", below, i++));
    }

    void imports(View include, const std::string& below) {
        std::size_t i = 0;
        for (View import : include.children("valueSet"_name)) {
            const std::string_view url = import.text();
            const std::string place = fmt::format("{}.valueSet[{}]", below, i++);
            if (url.empty() || url.starts_with('#') || services_.library.knows("ValueSet", url)) continue;
            if (services_.library.knows("CodeSystem", url)) {
                remarks_.warning(IssueType::business_rule, place,
                                 fmt::format("{} is a code system, not a value set", url));
            } else {
                remarks_.warning(IssueType::business_rule, place, fmt::format("the value set {} is not known", url));
            }
        }
        if (i > 1)
            remarks_.warning(IssueType::informational, below,
                             "several value sets in one include: only what is in all of them is included");
    }

    void concepts(View include, std::string_view system, std::string_view version, const std::string& below) {
        if (services_.codes == nullptr || include.count("concept"_name) > most_concepts) return;
        std::size_t i = 0;
        for (View concept_ : include.children("concept"_name)) {
            const std::string place = fmt::format("{}.concept[{}]", below, i++);
            const std::string_view code = concept_.text("code"_name);
            if (code.empty()) continue;
            const CodeVerdict verdict = services_.codes->check({system, version, code, ""}, "", "");
            if (verdict.in_system == Answer::no) {
                remarks_.error(IssueType::business_rule, place, fmt::format("{} has no code '{}'", system, code));
            } else if (i == 1 && !verdict.system_known) {
                remarks_.warning(IssueType::business_rule, below,
                                 fmt::format("the codes of {} are not known here and were not checked", system));
                return;
            }
        }
    }

    // What kind of value a filter's property has: the type of a property of the system, or of one that all have.
    struct Property {
        std::string_view type{};                    // "" = nothing to check
        std::vector<std::string_view> operators{};  // empty = any
        bool known = false;
    };

    static Property property_of(std::string_view name, View system) {
        static const std::map<std::string_view, std::vector<std::string_view>> general = {
            {"concept",
             {"=", "is-a", "descendent-of", "is-not-a", "in", "not-in", "generalizes", "child-of", "descendent-leaf",
              "regex", "exists"}},
            {"code",
             {"=", "regex", "in", "not-in", "is-a", "descendent-of", "is-not-a", "generalizes", "child-of",
              "descendent-leaf", "exists"}},
            {"status", {}},
            {"inactive", {}},
            {"display", {}},
            {"definition", {}},
            {"effectiveDate", {}},
            {"deprecationDate", {}},
            {"retirementDate", {}},
            {"notSelectable", {}},
            {"parent", {}},
            {"child", {}},
            {"partOf", {}},
            {"synonym", {}},
            {"comment", {}},
            {"itemWeight", {}}};
        Property property;
        if (const auto found = general.find(name); found != general.end()) {
            property.known = true;
            property.operators = found->second;
        }
        for (View defined : system.children("property"_name)) {
            if (defined.text("code"_name) != name) continue;
            property.known = true;
            property.type = defined.text("type"_name);
        }
        for (View filter : system.children("filter"_name)) {
            if (filter.text("code"_name) != name) continue;
            property.known = true;
            property.operators.clear();
            for (View op : items(filter, "operator")) property.operators.push_back(op.text());
        }
        return property;
    }

    void check_filter(View filter, std::string_view system, View known_system, const std::string& below) {
        const std::string_view name = text_of(filter, "property");
        const std::string_view op = text_of(filter, "op");
        const View value = filter.child("value"_name);
        if (name.empty()) return;
        if (const View expression = extension_value(value, filter_expression))
            if (const std::string_view language = text_of(expression, "language"); language != "text/fhirpath")
                remarks_.error(IssueType::value, below + ".value",
                               fmt::format("an expression here is written in text/fhirpath, not '{}'", language));
        if (system == "http://snomed.info/sct") {
            if (name == "constraint" && op == "=" && value.has_value())
                if (const auto problem = ecl_problem(value.text()))
                    remarks_.error(
                        IssueType::value, below,
                        fmt::format("this is no expression of the SNOMED CT expression constraint language: {}",
                                    *problem));
            return;
        }
        if (!known_system) return;
        const Property property = property_of(name, known_system);
        if (!property.known)
            return remarks_.warning(IssueType::value, below,
                                    fmt::format("{} has no property '{}' to filter by", system, name));
        if (!property.operators.empty() && !op.empty() &&
            std::find(property.operators.begin(), property.operators.end(), op) == property.operators.end())
            remarks_.error(IssueType::value, below,
                           fmt::format("the property '{}' of {} cannot be filtered with '{}'", name, system, op));
        if (!value.has_value()) return;
        if (op == "exists") return check_value("boolean", value.text(), name, below);
        if (op == "regex") return;
        if (op != "in" && op != "not-in") return check_value(property.type, value.text(), name, below);
        for (const std::string_view part : base::split(value.text(), ','))
            check_value(property.type, part, name, below);
    }

    void check_value(std::string_view type, std::string_view value, std::string_view name, const std::string& below) {
        const auto without_prefix = [&] {
            for (const char* prefix : {"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"})
                if (value.starts_with(prefix)) return value.substr(2);
            return value;
        };
        const bool good = type == "boolean"    ? value == "true" || value == "false"
                          : type == "integer"  ? primitive::is_integer(without_prefix())
                          : type == "decimal"  ? primitive::is_decimal(without_prefix())
                          : type == "dateTime" ? primitive::is_date_time(without_prefix())
                          : type == "code"     ? base::trim(value) == value
                                               : true;
        if (!good)
            remarks_.error(IssueType::value, below,
                           fmt::format("the property '{}' has the type {}, and '{}' is none", name, type, value));
    }

    View set_;
    const Services& services_;
    Remarks remarks_;
};

}  // namespace

void check_value_set(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    ValueSetRules(place, services, findings).run();
}

}  // namespace fhir::validate
