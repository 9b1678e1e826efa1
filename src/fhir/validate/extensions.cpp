// SPDX-License-Identifier: Apache-2.0
// Extensions: what their definitions say about content and about where they may be used (FHIR R4 2.5).
#include "fhir/validate/walk.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace fhir::validate {

using profile::Context;

namespace {

// Kinds of resources that R4 has no definitions of its own for.
constexpr std::array<std::string_view, 2> published{"CanonicalResource", "MetadataResource"};

// What later versions of FHIR call so: it has a url and is published.
bool canonical_resource(schema::TypeId type, const schema::Schema& schema) {
    if (schema.type(type).kind != schema::TypeKind::resource) return false;
    return schema.element(type, "url"_name) && schema.element(type, "status"_name) && schema.element(type, "publisher"_name);
}

// Places where the standard's own definitions use extensions without naming the place; "" = anywhere.
constexpr std::pair<std::string_view, std::string_view> unnamed_places[] = {
    {"http://hl7.org/fhir/StructureDefinition/regex", "ElementDefinition.type"},
    {"http://hl7.org/fhir/StructureDefinition/structuredefinition-normative-version", ""},
    {"http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation", ""},
    {"http://hl7.org/fhir/StructureDefinition/capabilitystatement-prohibited", ""},
};

bool stands_by_custom(std::string_view url, std::string_view type) {
    for (const auto& [known, place] : unnamed_places)
        if (known == url && (place.empty() || place == type)) return true;
    return false;
}

// Urls that are known without a definition here: elements of other versions of FHIR ("http://hl7.org/fhir/5.0/
// StructureDefinition/extension-Patient.x", version management 2.1), what HL7's tools write, and DICOM's.
bool known_by_shape(std::string_view url) {
    constexpr std::string_view fhir = "http://hl7.org/fhir/";
    constexpr std::string_view element = "/StructureDefinition/extension-";
    if (url.find("nema.org") != std::string_view::npos || url.starts_with("http://hl7.org/fhir/tools/StructureDefinition/")) return true;
    if (!url.starts_with(fhir)) return false;
    const std::string_view rest = url.substr(fhir.size());
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos || !rest.substr(slash).starts_with(element)) return false;
    const std::string_view version = rest.substr(0, slash);
    return version == "1.0" || version == "3.0" || version == "4.3" || version == "5.0";
}

}  // namespace

// Adds the definition's node to those of the element that is about to be visited.
void Walk::extension(const Frame& frame) {
    const std::string_view url = frame.node.text("url"_name);
    if (url.empty()) return;
    const bool modifier = frame.row->name == "modifierExtension"_name;
    if (url.find(':') == std::string_view::npos) {
        // Relative: the part of a complex extension, whose definition speaks about it.
        if (quiet_ == 0 && frame.up && frame.up->type != parts_.types.extension)
            report(Severity::error, IssueType::value, frame, "the url of an extension must be absolute, except inside another extension");
        return;
    }
    if (quiet_ > 0) {
        // What profiles want is told by their slices; the definition itself is checked in the main walk.
        return;
    }
    std::string why;
    const Profile* definition = parts_.profiles.find(url, {}, &why);
    if (!definition) {
        const bool tolerated = known_by_shape(url) || (question_.allow_examples && (url.find("example.org") != std::string_view::npos || url.find("acme.com") != std::string_view::npos));
        const bool forbidden = !question_.allow_examples && url.find("example.org") != std::string_view::npos;
        const Severity severity = forbidden || (!tolerated && (modifier || question_.known_extensions_only)) ? Severity::error : Severity::information;
        return report(severity, IssueType::extension, frame,
                      fmt::format("the {} {} is not known here{}{}{}", modifier ? "modifier extension" : "extension", url,
                                  modifier ? "; whoever does not know it may not use this element" : ", so it was not checked", why.empty() ? "" : ": ", why));
    }
    if (definition->type() != parts_.types.extension)
        return report(Severity::error, IssueType::extension, frame, fmt::format("{} is the definition of {}, and no extension", url, definition->type_name()));
    const bool defined_as_modifier = definition->root().definition.child("isModifier"_name).text() == "true";
    if (modifier && !defined_as_modifier)
        report(Severity::error, IssueType::extension, frame, fmt::format("{} is no modifier extension: it must stand under 'extension'", url));
    if (!modifier && defined_as_modifier)
        report(Severity::error, IssueType::extension, frame, fmt::format("{} is a modifier extension: it must stand under 'modifierExtension'", url));
    // R4 knew its extensions in places that their later editions do not name: what an older one allows is good.
    const auto fitted_once = [&] {
        const Profile* const first = parts_.profiles.find(std::string(url) + "|4.0.1");
        return first && first != definition && context_fits(frame, *first);
    };
    const bool by_custom = frame.up && stands_by_custom(url, schema().type_name(frame.up->type));
    if (!by_custom && !context_fits(frame, *definition) && !fitted_once()) {
        std::string places;
        for (const Context& context : definition->contexts()) places += (places.empty() ? "" : ", ") + std::string(context.expression);
        report(Severity::error, IssueType::extension, frame, fmt::format("the extension {} may not be used here, but at: {}", url, places));
    }
    for (const profile::Constraint& invariant : definition->context_invariants()) {
        if (!invariant.program || !frame.up) continue;
        if (!holds(*invariant.program, *frame.up, environment(*frame.up), nullptr).value_or(true))
            report(Severity::error, IssueType::extension, frame, fmt::format("the extension {} may only be used where this holds: {}", url, invariant.expression));
    }
    add(definition->root(), frame.first);
}

// Does one of the definition's contexts name the element that bears the extension?
bool Walk::context_fits(const Frame& frame, const Profile& definition) {
    const Frame* const bearer = frame.up;
    if (definition.contexts().empty() || !bearer) return true;
    // An element context may begin at any element above whose type has a name of its own: "Patient.contact.name",
    // "HumanName", "Element"; choices with and without [x] or their type.
    const auto named_so = [&](std::string_view wanted) {
        if (const std::size_t hash = wanted.find('#'); hash != std::string_view::npos) wanted = wanted.substr(hash + 1);
        if (std::find(published.begin(), published.end(), wanted) != published.end() && canonical_resource(bearer->type, schema())) return true;
        std::vector<std::string> rests{""};
        for (const Frame* at = bearer; at; at = at->up) {
            if (at->type != schema::no_type) {
                for (schema::TypeId type = at->type; type != schema::no_type; type = schema().type(type).base) {
                    const std::string_view name = schema().type_name(type);
                    if (!wanted.starts_with(name)) continue;
                    for (const std::string& rest : rests)
                        if (wanted.substr(name.size()) == rest) return true;
                }
            }
            if (at->node.resource_type().empty() == false) break;  // not beyond the resource
            if (!at->row) break;
            std::vector<std::string> longer;
            const bool choice = at->row->base != at->row->name;
            for (const std::string& rest : rests) {
                longer.push_back(fmt::format(".{}{}", at->name, rest));
                if (choice) {
                    longer.push_back(fmt::format(".{}[x]{}", at->name, rest));
                    longer.push_back(fmt::format(".{}{}", schema().names().text(at->row->name), rest));
                }
            }
            rests = std::move(longer);
        }
        return false;
    };
    for (const Context& context : definition.contexts()) {
        switch (context.kind) {
            case Context::Kind::element: {
                if (context.expression == "Element") {
                    if (bearer->node.resource_type().empty()) return true;
                    break;
                }
                if (named_so(context.expression)) return true;
                if (context.expression.find(':') != std::string_view::npos) {
                    // A profile: the bearer must be where that profile is in force.
                    const std::string_view url = context.expression.substr(0, context.expression.find('#'));
                    for (std::size_t i = bearer->first; i < bearer->last; ++i)
                        if (active_[i]->profile->url() == url && active_[i] == &active_[i]->profile->root()) return true;
                    if (context.expression.find('#') != std::string_view::npos && named_so(context.expression)) return true;
                }
                break;
            }
            case Context::Kind::extension: {
                if (bearer->type == parts_.types.extension) {
                    std::string_view wanted = context.expression;
                    const std::string_view url = bearer->node.text("url"_name);
                    if (url == wanted) return true;
                    // "http://...#part": a part of a complex extension.
                    if (const std::size_t hash = wanted.find('#'); hash != std::string_view::npos && url == wanted.substr(hash + 1) && bearer->up &&
                                                                   bearer->up->node.text("url"_name) == wanted.substr(0, hash))
                        return true;
                }
                break;
            }
            case Context::Kind::fhirpath: {
                if (!context.program) return true;
                // The expression gives the elements that may bear it, or says true of one.
                const Frame* top = bearer;
                while (top->up && top->node.resource_type().empty()) top = top->up;
                for (const Frame* at : {top, bearer}) {
                    if (gives(*context.program, *at, bearer->node)) return true;
                }
                break;
            }
        }
    }
    return false;
}

}  // namespace fhir::validate
