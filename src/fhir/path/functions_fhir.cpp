// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/functions.h"
#include "fhir/path/services.h"
#include "fhir/resource/narrative.h"
#include "fhir/resource/reference.h"

#include <algorithm>

// What FHIR adds to the language (FHIR R4 2.9.1).

namespace fhir::path {

namespace {

// The extensions of an item with this url.
void extensions(const Call& call, Items& out) {
    const auto url = call.run.string(call.argument(0));
    if (!url) return;
    for (const Item& item : call.input) {
        if (!call.run.step()) return;
        if (!item.is_node()) continue;
        for (View extension : item.node.children("extension"_name))
            if (extension.text("url"_name) == *url) out.push_back(call.run.child_item(item, extension));
    }
}
void extension(const Call& call) { extensions(call, call.out); }
void has_extension(const Call& call) {
    Items found = call.run.items();
    extensions(call, found);
    call.give(!found.empty());
}

void has_value(const Call& call) {
    if (call.input.size() != 1) return call.give(false);
    call.give(!call.input.front().is_node() || call.input.front().node.has_value());
}
void get_value(const Call& call) {
    if (call.input.size() != 1 || (call.input.front().is_node() && !call.input.front().node.has_value())) return;
    call.give(call.run.value(call.input.front()));
}

// A contained resource itself. What is outside is for the services to find; where there are none, only its type is known,
// read from the text or from Reference.type: that is what `resolve() is Patient` asks.
void resolve(const Call& call) {
    const schema::Schema& schema = call.run.schema();
    Services* const services = call.run.environment().services;
    for (const Item& item : call.input) {
        if (!call.run.step()) return;
        std::string_view text = item.text;
        if (item.is_node()) text = item.node.primitive() ? item.node.text() : item.node.text("reference"_name);
        else if (item.kind != Item::Kind::string) continue;
        const auto reference = resource::read_reference(text);
        if (reference.kind == resource::ReferenceText::Kind::contained) {
            const Item& holder = call.run.root_resource();
            if (reference.id.empty()) {
                call.out.push_back(holder);
                continue;
            }
            std::size_t before = call.out.size();
            for (View contained : holder.node.children("contained"_name))
                if (contained.text("id"_name) == reference.id) call.out.push_back(resource_item(contained, schema));
            if (call.out.size() != before) continue;
        }
        if (services) {
            if (const auto found = services->resolve(item, call.run.root_resource())) call.out.push_back(*found);
            continue;
        }
        std::string_view type = reference.type;
        if (type.empty() && item.is_node()) type = item.node.text("type"_name);
        if (schema.is_resource(type)) call.out.push_back(Item::of({}, schema.find_type(type)));
    }
}

void give_answer(const Call& call, std::optional<bool> answer) {
    if (answer) call.give(*answer);
}

void member_of(const Call& call) {
    const auto set = call.run.string(call.argument(0));
    Services* const services = call.run.environment().services;
    if (call.input.size() > 1) return call.run.fail("memberOf() needs a single item");
    if (call.input.empty() || !set || !services) return;
    give_answer(call, services->member_of(call.input.front(), *set));
}

void subsumption(const Call& call, bool backwards) {
    const Items other = call.argument(0);
    Services* const services = call.run.environment().services;
    if (call.input.size() > 1 || other.size() > 1) return call.run.fail("subsumes() needs single items");
    if (call.input.empty() || other.empty() || !services) return;
    give_answer(call, backwards ? services->subsumes(other.front(), call.input.front()) : services->subsumes(call.input.front(), other.front()));
}
void subsumes(const Call& call) { subsumption(call, false); }
void subsumed_by(const Call& call) { subsumption(call, true); }

// Without services, only the base definitions are known: an item conforms to that of its type and of those it derives from.
std::optional<bool> conforms_to_base(const Call& call, const Item& item, std::string_view profile) {
    constexpr std::string_view base = "http://hl7.org/fhir/StructureDefinition/";
    if (!profile.starts_with(base)) return {};
    const schema::TypeId type = call.run.schema().find_type(profile.substr(base.size()));
    if (type == schema::no_type || !item.is_node() || item.type == schema::no_type) return {};
    return call.run.schema().derives_from(item.type, type);
}
void conforms_to(const Call& call) {
    const auto profile = call.run.string(call.argument(0));
    if (call.input.size() > 1) return call.run.fail("conformsTo() needs a single item");
    if (call.input.empty() || !profile) return;
    Services* const services = call.run.environment().services;
    const Item& item = call.input.front();
    const auto answer = services ? services->conforms_to(item, *profile) : conforms_to_base(call, item, *profile);
    if (!answer) return call.run.fail(base::Fault::Kind::unsupported, "conformsTo(): this profile is not known");
    call.give(*answer);
}

void html_checks(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("htmlChecks() needs a single item");
    if (call.input.empty()) return;
    const auto text = call.run.string(call.input);
    if (!text || !call.run.step(1 + text->size() / 16)) return;
    const auto problem = resource::check_narrative(*text);
    call.give(!problem || problem->severity != base::Severity::error);
}

void element_definition(const Call& call) {
    Services* const services = call.run.environment().services;
    for (const Item& item : call.input)
        if (services && call.run.step()) call.give(services->element_definition(item));
}
// slice(structure, name)
void slice(const Call& call) {
    const auto structure = call.run.string(call.argument(0));
    const auto name = call.run.string(call.argument(1));
    Services* const services = call.run.environment().services;
    if (!structure || !name || call.input.empty()) return;
    if (!services) return call.run.fail(base::Fault::Kind::unsupported, "slice(): profiles are not known here");
    for (const Item& item : call.input) {
        if (!call.run.step()) return;
        const auto inside = services->in_slice(item, *structure, *name);
        if (!inside) return call.run.fail(base::Fault::Kind::unsupported, "slice(): this slice is not known");
        if (*inside) call.out.push_back(item);
    }
}

// Fails when an item has a modifier extension that is not named.
void check_modifiers(const Call& call) {
    Items known = call.run.items();
    for (std::size_t i = 0; i < call.count(); ++i) known.append(call.argument(i));
    for (const Item& item : call.input) {
        if (!item.is_node() || !call.run.step()) continue;
        for (View modifier : item.node.children("modifierExtension"_name)) {
            const std::string_view url = modifier.text("url"_name);
            const bool named = std::any_of(known.begin(), known.end(), [&](const Item& one) { return call.run.text(one) == url; });
            if (!named) return call.run.fail("there is a modifier extension that the expression does not know");
        }
    }
    call.out.append(call.input);
}

constexpr Function table[] = {
    {"extension", 1, 1, extension, "", 'x'},
    {"hasExtension", 1, 1, has_extension, "", 'b'},
    {"hasValue", 0, 0, has_value, "", 'b'},
    {"getValue", 0, 0, get_value, "", '*'},
    {"resolve", 0, 0, resolve, "", '*'},
    {"memberOf", 1, 1, member_of, "", 'b'},
    {"subsumes", 1, 1, subsumes, "", 'b'},
    {"subsumedBy", 1, 1, subsumed_by, "", 'b'},
    {"conformsTo", 1, 1, conforms_to, "", 'b'},
    {"htmlChecks", 0, 0, html_checks, "", 'b'},
    {"htmlChecks2", 0, 0, html_checks, "", 'b'},
    {"elementDefinition", 0, 0, element_definition, "", '*'},
    {"slice", 2, 2, slice, "", '='},
    {"checkModifiers", 0, 100, check_modifiers, "", '='},
};

}  // namespace

std::span<const Function> functions_of_fhir() { return table; }

}  // namespace fhir::path
