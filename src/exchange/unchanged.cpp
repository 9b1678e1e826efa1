// SPDX-License-Identifier: Apache-2.0
#include "exchange/unchanged.h"

namespace exchange {

namespace {

void append(std::string& out, std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((number >> (8 * i)) & 255U);
}

}  // namespace

// Every length stands before its text, so no two contents look alike. Documents that were built in another way may look different: they are
// then laid and compared, and remembered too.
Unchanged::Key Unchanged::key(const fhir::Document& content, const store::Version& stored, bool replaces, const std::vector<std::string>& assumed) {
    std::string text;
    text.reserve(2048);
    for (const std::string* part : {&stored.type, &stored.id}) {
        append(text, part->size(), 4);
        text += *part;
    }
    append(text, static_cast<std::uint64_t>(stored.position), 8);
    append(text, replaces ? 1 : 0, 1);
    append(text, assumed.size(), 4);
    for (const std::string& element : assumed) {
        append(text, element.size(), 4);
        text += element;
    }
    for (fhir::Document::Index i = 0; i < content.node_count(); ++i) {
        const fhir::Document::Node& node = content.node(i);
        append(text, node.name, 2);
        append(text, static_cast<std::uint64_t>(node.kind) * 2 + (node.list ? 1 : 0), 1);
        append(text, node.first, 4);
        append(text, node.next, 4);
        append(text, node.length, 4);
        text += content.text(node);
        if (node.name < fhir::local_base) continue;
        const std::string_view name = content.name_text(node.name);
        append(text, name.size(), 4);
        text += name;
    }
    return base::sha256(text);
}

Unchanged::Unchanged() {
    for (Part& part : parts_) part.places.resize(places);
}

std::optional<Unchanged::Known> Unchanged::find(const Key& key) const {
    const Part& part = parts_[key[0] % parts];
    const std::lock_guard lock(part.mutex);
    const Place& place = part.places[key[1] % places];
    return place.key == key ? std::optional(place.known) : std::nullopt;
}

void Unchanged::learn(const Key& key, const Known& known) {
    Part& part = parts_[key[0] % parts];
    const std::lock_guard lock(part.mutex);
    part.places[key[1] % places] = {key, known};
}

}  // namespace exchange
