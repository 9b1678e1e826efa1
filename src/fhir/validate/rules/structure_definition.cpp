// SPDX-License-Identifier: Apache-2.0
// StructureDefinition (FHIR R4 5.1): what it is derived from and how; its elements are in element_definition.cpp.
#include "fhir/validate/rules/table.h"

#include "fhir/definition/snapshot.h"
#include "fhir/path/program.h"
#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/element_definition.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>

namespace fhir::validate {

using base::IssueType;

namespace {

constexpr std::string_view core = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::string_view definitions = "StructureDefinition";

class StructureRules {
public:
    StructureRules(const Place& place, const Services& services, base::Findings& findings)
        : self_(place.node),
          services_(services),
          remarks_(place, findings),
          type_(place.node.text("type"_name)),
          url_(place.node.text("url"_name)),
          kind_(place.node.text("kind"_name)),
          derivation_(place.node.text("derivation"_name)) {}

    void run() {
        type();
        contexts();
        const std::string_view base_url = self_.text("baseDefinition"_name);
        const Found base = base_url.empty() ? Found{} : find_definition(services_, {}, definitions, base_url);
        if (!base_url.empty() && !base)
            remarks_.warning(IssueType::not_found, ".baseDefinition",
                             fmt::format("the definition {} is not known", base_url));
        if (base) derived(base.resource);
        check_elements(self_, base.resource, services_, remarks_);
        if (base && derivation_ == "constraint") differential();
        if (type_ == "Extension" && base_url == "http://hl7.org/fhir/StructureDefinition/Extension") fixed_url();
        inherited(base_url);
    }

private:
    void type() {
        if (type_.empty()) return;
        if (is_absolute(type_)) {
            if (kind_ != "logical")
                remarks_.error(
                    IssueType::value, ".type",
                    fmt::format("a type with an address is for logical models, not for the kind '{}'", kind_));
            return;
        }
        if (services_.schema.find_type(type_) == schema::no_type &&
            !services_.library.knows(definitions, std::string(core).append(type_))) {
            remarks_.error(IssueType::value, ".type",
                           fmt::format("R4 has no type '{}'; another type is named by an address", type_));
        } else if (url_ != std::string(core).append(type_) && derivation_ == "specialization") {
            remarks_.error(IssueType::value, ".type",
                           fmt::format("the type '{}' exists already; this definition can constrain it only", type_));
        }
    }

    // Where an extension may stand (FHIR R4 2.24.0.1.2).
    void contexts() {
        std::size_t i = 0;
        const bool extension = type_ == "Extension";
        for (View context : items(self_, "context")) {
            const std::string below = fmt::format(".context[{}]", i++);
            if (!extension && !has_json_name()) {
                remarks_.error(IssueType::value, below, fmt::format("only extensions have a context, not a {}", type_));
                continue;
            }
            const std::string_view kind = context.text("type"_name);
            const std::string_view expression = context.text("expression"_name);
            if (kind == "element" && expression == "Element")
                remarks_.warning(IssueType::business_rule, below,
                                 "an extension for any element is hard to find a meaning for; name the elements");
            if (kind == "fhirpath" && !expression.empty())
                if (const auto program = path::Program::compile(expression, services_.schema); !program)
                    remarks_.error(IssueType::value, below + ".expression",
                                   fmt::format("this is no FHIRPath: {}", program.fault().text));
        }
        i = 0;
        for (View invariant : items(self_, "contextInvariant")) {
            const std::string below = fmt::format(".contextInvariant[{}]", i++);
            if (!extension) {
                remarks_.error(IssueType::value, below, fmt::format("only extensions have a context, not a {}", type_));
            } else if (const auto program = path::Program::compile(invariant.text(), services_.schema); !program) {
                remarks_.error(IssueType::value, below, fmt::format("this is no FHIRPath: {}", program.fault().text));
            }
        }
    }

    // A logical model that names its element in JSON may be used as an extension.
    bool has_json_name() const {
        for (const char* part : {"snapshot", "differential"}) {
            const View root = self_.child(part).child("element"_name);
            for (const char* name : {"http://hl7.org/fhir/tools/StructureDefinition/json-name",
                                     "http://hl7.org/fhir/tools/StructureDefinition/elementdefinition-json-name"})
                if (extension_of(root, name)) return true;
        }
        return false;
    }

    void derived(View base) {
        const std::string_view base_type = base.text("type"_name);
        const std::string_view base_kind = base.text("kind"_name);
        if (derivation_.empty())
            return remarks_.error(IssueType::required, ".derivation",
                                  "say whether this constrains or specializes its base");
        if (kind_ != base_kind && (derivation_ == "constraint" || !is_true(base, "abstract")))
            remarks_.error(IssueType::business_rule, ".kind",
                           fmt::format("the base is of the kind '{}', not '{}'", base_kind, kind_));
        if (derivation_ == "constraint") {
            if (type_ != base_type)
                remarks_.error(
                    IssueType::business_rule, ".type",
                    fmt::format("the base constrains '{}', so the type is '{}' here too", base_type, base_type));
        } else if (type_ == base_type) {
            remarks_.error(IssueType::business_rule, ".type", "a specialization has a type of its own");
        }
    }

    // Can a snapshot be made, and what does the differential say that its base does not allow?
    void differential() {
        for (const base::Finding& finding : definition::check_differential(self_, services_.library)) {
            const std::size_t dot = finding.where.find('.');
            const std::string_view below = dot == std::string::npos ? std::string_view{} : std::string_view(finding.where).substr(dot);
            if (finding.severity <= base::Severity::error) {
                remarks_.error(finding.type, below, finding.text);
            } else {
                remarks_.warning(finding.type, below, finding.text);
            }
        }
    }

    void fixed_url() {
        if (url_.empty() || !self_.child("differential"_name)) return;
        std::string_view fixed;
        for (View element : self_.child("differential"_name).children("element"_name))
            if (element.text("path"_name) == "Extension.url") fixed = choice_of(element, "fixed").text();
        if (fixed.empty()) {
            remarks_.error(IssueType::required, ".differential",
                           fmt::format("Extension.url needs the fixed value '{}'", url_));
        } else if (fixed != url_) {
            remarks_.error(IssueType::value, ".differential",
                           fmt::format("Extension.url is fixed to '{}', and the extension is '{}'", fixed, url_));
        }
    }

    // Obligations taken over from other profiles: these are marked, and have the same base.
    void inherited(std::string_view base_url) {
        std::size_t i = 0;
        for (View extension : self_.children("extension"_name)) {
            const std::string below = fmt::format(".extension[{}]", i++);
            if (extension.text("url"_name) != "http://hl7.org/fhir/StructureDefinition/inherit-obligations") continue;
            const std::string_view target = choice_of(extension).text();
            if (target.empty()) continue;
            const Found found = find_definition(services_, {}, definitions, target);
            if (!found) continue;
            if (extension_value(found.resource, "http://hl7.org/fhir/StructureDefinition/obligation-profile").text() !=
                "true") {
                remarks_.error(IssueType::value, below,
                               fmt::format("{} is not marked as a profile of obligations", target));
            } else if (found.resource.text("baseDefinition"_name) != base_url) {
                remarks_.error(
                    IssueType::value, below,
                    fmt::format("{} has another base, '{}'", target, found.resource.text("baseDefinition"_name)));
            }
        }
    }

    View self_;
    const Services& services_;
    Remarks remarks_;
    std::string_view type_, url_, kind_, derivation_;
};

}  // namespace

void check_structure_definition(const Place& place, const Services& services, const Question&,
                                base::Findings& findings) {
    StructureRules(place, services, findings).run();
}

}  // namespace fhir::validate
