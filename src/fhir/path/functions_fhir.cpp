// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/functions.h"
#include "fhir/resource/reference.h"

// Types, and what FHIR adds to the language (FHIRPath 6.3; FHIR R4 2.9.1).

namespace fhir::path {

namespace {

void of_type(const Call& call) {
    for (const Item& item : call.input)
        if (call.run.taken_as(item, call.code.type)) call.out.push_back(item);
}

void is(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("is() needs a single item");
    if (!call.input.empty()) call.give(call.run.is(call.input.front(), call.code.type));
}

// The extensions of an item with this url.
void extensions(const Call& call, Collection& out) {
    const auto url = call.run.string(call.argument(0));
    if (!url) return;
    for (const Item& item : call.input) {
        if (!item.is_node() || !call.run.step()) return;
        for (View extension : item.node.children("extension"_name))
            if (extension.text("url"_name) == *url) out.push_back(call.run.child_item(item, extension));
    }
}
void extension(const Call& call) { extensions(call, call.out); }
void has_extension(const Call& call) {
    Collection found;
    extensions(call, found);
    call.give(!found.empty());
}

void has_value(const Call& call) {
    if (call.input.size() != 1) return call.give(false);
    call.give(!call.input.front().is_node() || call.input.front().node.has_value());
}
void get_value(const Call& call) {
    if (call.input.size() != 1 || (call.input.front().is_node() && !call.input.front().node.has_value())) return;
    if (auto value = system_value(call.input.front(), call.run.schema())) call.out.push_back(std::move(*value));
}

// The resource that a reference points to, as far as this document can tell: a contained resource itself; of any other
// only its type, read from the text or from Reference.type. That is what `resolve() is Patient` asks.
void resolve(const Call& call) {
    const schema::Schema& schema = call.run.schema();
    for (const Item& item : call.input) {
        if (!item.is_node() || !call.run.step()) continue;
        const std::string_view text = item.node.primitive() ? item.node.text() : item.node.text("reference"_name);
        const auto reference = resource::read_reference(text);
        if (reference.kind == resource::ReferenceText::Kind::contained) {
            const View holder = call.run.resource().node;
            if (reference.id.empty()) call.out.push_back(call.run.resource());
            else
                for (View contained : holder.children("contained"_name))
                    if (contained.text("id"_name) == reference.id) call.out.push_back(resource_item(contained, schema));
            continue;
        }
        std::string_view type = reference.type;
        if (type.empty()) type = item.node.text("type"_name);
        if (schema.is_resource(type)) call.out.push_back(Item::of({}, schema.find_type(type)));
    }
}

constexpr Function table[] = {
    {"ofType", 1, 1, of_type, true},  {"as", 1, 1, of_type, true},        {"is", 1, 1, is, true},
    {"extension", 1, 1, extension},   {"hasExtension", 1, 1, has_extension}, {"hasValue", 0, 0, has_value},
    {"getValue", 0, 0, get_value},    {"resolve", 0, 0, resolve},
};

}  // namespace

std::span<const Function> functions_of_fhir() { return table; }

}  // namespace fhir::path
