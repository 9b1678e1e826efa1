// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests of the rules: walks a resource and asks the rules everywhere, as the Validator does. Not for the server.

#include "fhir/codec/json.h"
#include "fhir/testing.h"
#include "fhir/validate/rules.h"

#include <initializer_list>
#include <string>

namespace fhir::validate::testing {

// A code system "http://example.org/cs" with the codes a (display "A") and b; the value set "http://example.org/vs"
// holds a.
class SomeCodes final : public Codes {
public:
    CodeVerdict check(const CodedValue& value, std::string_view value_set, std::string_view) const override {
        CodeVerdict verdict;
        const bool ours = value.system.empty() || value.system == "http://example.org/cs";
        if (!ours) return verdict;
        verdict.system_known = true;
        verdict.in_system = value.code == "a" || value.code == "b" ? Answer::yes : Answer::no;
        verdict.display = value.code == "a" ? "A" : "B";
        verdict.display_fits = value.display.empty() || value.display == verdict.display ? Answer::yes : Answer::no;
        if (value_set == "http://example.org/vs") {
            verdict.set_known = true;
            verdict.in_set = value.code == "a" ? Answer::yes : Answer::no;
        }
        return verdict;
    }
    Answer subsumes(std::string_view, std::string_view, std::string_view) const override { return Answer::unknown; }
};

struct Walk {
    const Rules& rules;
    const Services& services;
    const Question& question;
    base::Findings& findings;
    View root;

    void go(View node, schema::TypeId type, View resource, const std::string& where) const {
        if (type == schema::no_type) return;
        if (rules.has(type) && (!node.primitive() || node.has_value()))
            rules.check({node, type, resource, root, where}, services, question, findings);
        Name name = no_name;
        std::size_t index = 0;
        for (View child : node.children()) {
            index = child.name() == name ? index + 1 : 0;
            name = child.name();
            const schema::Element* row = services.schema.element(type, name);
            if (row == nullptr) continue;
            std::string below = where + "." + std::string(services.schema.names().text(row->base));
            if (row->repeats()) below += "[" + std::to_string(index) + "]";
            const bool inside = row->is(schema::Element::resource_inside);
            go(child, inside ? services.schema.find_type(child.resource_type()) : row->type, inside ? child : resource,
               below);
        }
    }
};

// "error Patient.name[0]", one a line, in the order found; with `notes` also warnings and information.
inline std::string findings(std::string_view json, std::initializer_list<std::string_view> known = {},
                            bool notes = false, bool secure = false) {
    const auto& schema = fhir::testing::r4();
    static const Rules rules(schema);
    const auto document = codec::read_json(json, schema.names());
    if (!document) return document.fault().text;
    definition::Library library(schema);
    for (const std::string_view text : known) library.add(*codec::read_json(text, schema.names()));
    const SomeCodes codes;
    const Services services{.schema = schema, .library = library, .codes = &codes, .units = &fhir::testing::units()};
    Question question;
    question.security_checks = secure;
    base::Findings found;
    const View root = document->root();
    Walk{rules, services, question, found, root}.go(root, schema.find_type(root.resource_type()), root,
                                                    std::string(root.resource_type()));
    std::string text;
    for (const base::Finding& finding : found) {
        if (!notes && finding.severity > base::Severity::error) continue;
        if (!text.empty()) text += '\n';
        text += std::string(base::spelling(finding.severity)) + " " + finding.where;
    }
    return text;
}

}  // namespace fhir::validate::testing
