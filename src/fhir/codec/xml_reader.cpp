// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/xml.h"
#include "fhir/tree/builder.h"

#include <pugixml.hpp>

namespace fhir::codec {

namespace {

base::Fault malformed(std::string text) { return {base::Fault::Kind::malformed, std::move(text)}; }

bool copy_plain(pugi::xml_node element, Builder& build, int depth) {
    if (depth <= 0) return false;
    if (pugi::xml_attribute id = element.attribute("id")) build.value("id"_name, id.value());
    if (pugi::xml_attribute url = element.attribute("url")) build.value("url"_name, url.value());
    for (pugi::xml_node child : element.children()) {
        if (child.type() != pugi::node_element) continue;
        const Name name = build.name(child.name());
        const pugi::xml_attribute value = child.attribute("value");
        if (value) {
            build.open_value(name, value.value());
        } else {
            build.open(name);
        }
        if (!copy_plain(child, build, depth - 1)) return false;
        build.close();
    }
    return true;
}

}  // namespace

base::Result<Document> read_plain_xml(std::string_view bytes, const Names& names) {
    pugi::xml_document source;
    if (!source.load_buffer(bytes.data(), bytes.size())) return malformed("this is not well-formed XML");
    Builder build(names);
    build.resource(source.document_element().name());
    if (!copy_plain(source.document_element(), build, 64)) return malformed("elements are nested too deeply");
    return std::move(build).finish();
}

}  // namespace fhir::codec
