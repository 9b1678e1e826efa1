// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/model.h"

#include "base/text.h"

#include <utility>

namespace fhir::definition {

using schema::Element;
using schema::Format;
using schema::TypeKind;

namespace {

constexpr std::pair<std::string_view, Format> formats[] = {
    {"boolean", Format::boolean},
    {"integer", Format::integer},
    {"unsignedInt", Format::unsigned_int},
    {"positiveInt", Format::positive_int},
    {"decimal", Format::decimal},
    {"string", Format::string},
    {"markdown", Format::markdown},
    {"code", Format::code},
    {"id", Format::id},
    {"uri", Format::uri},
    {"url", Format::url},
    {"canonical", Format::canonical},
    {"oid", Format::oid},
    {"uuid", Format::uuid},
    {"base64Binary", Format::base64},
    {"date", Format::date},
    {"dateTime", Format::date_time},
    {"instant", Format::instant},
    {"time", Format::time},
    {"xhtml", Format::xhtml},
};

std::uint16_t number_of(std::string_view text, std::uint16_t otherwise) {
    const auto number = base::to_integer(text);
    return number && *number >= 0 && *number < schema::unbounded ? static_cast<std::uint16_t>(*number) : otherwise;
}

// A type code that is a FHIRPath system type carries the FHIR type in an extension (FHIR R4 5.1.13).
std::string type_code(View type) {
    const std::string_view code = type.text("code"_name);
    if (code.starts_with("http://hl7.org/fhirpath/")) {
        for (View extension : type.children("extension"_name))
            if (extension.text("url"_name).ends_with("/structuredefinition-fhir-type"))
                return std::string(extension.text("valueUrl"_name));
        return "string";
    }
    return std::string(code);
}

ElementModel read_element(View element, bool of_resource_itself) {
    ElementModel model;
    model.path = element.text("path"_name);
    model.min = number_of(element.text("min"_name), 0);
    model.max = element.text("max"_name) == "*" ? schema::unbounded : number_of(element.text("max"_name), 1);
    for (View type : element.children("type"_name)) {
        ElementModel::Form form{type_code(type), {}};
        for (View target : type.children("targetProfile"_name)) form.targets.emplace_back(last_segment(target.text()));
        model.forms.push_back(std::move(form));
    }
    // R4 publishes Resource.id as a string; its text says id (FHIR R4 2.28.1), and so do R5's definitions.
    if (of_resource_itself && model.path.ends_with(".id") && model.forms.size() == 1) model.forms[0].type = "id";
    if (std::string_view path = element.text("contentReference"_name); path.starts_with('#')) {
        model.content_reference = path.substr(1);
    }
    if (element.text("isSummary"_name) == "true") model.flags |= Element::summary;
    if (element.text("isModifier"_name) == "true") model.flags |= Element::modifier;
    for (View representation : element.children())
        if (representation.name_text() == "representation" && representation.text() == "xmlAttr")
            model.flags |= Element::xml_attribute;
    if (View binding = element.child("binding"_name); binding.text("strength"_name) == "required") {
        model.value_set = without_version(binding.text("valueSet"_name));
    }
    return model;
}

}  // namespace

Format format_of(std::string_view primitive) {
    for (const auto& [name, format] : formats)
        if (name == primitive) return format;
    return Format::none;
}

std::string joined(View parent, Name name) {
    std::string text;
    for (View item : parent.children(name)) {
        if (!text.empty()) text += ' ';
        text += item.text();
    }
    return text;
}

std::string parameter_components(View search_parameter) {
    std::string lines;
    for (View component : search_parameter.children("component"_name)) {
        if (!lines.empty()) lines += '\n';
        lines += without_version(component.text("definition"_name));
        lines += ' ';
        lines += component.text("expression"_name);
    }
    return lines;
}

std::string_view without_version(std::string_view canonical) { return base::cut(canonical, '|').first; }

std::string_view last_segment(std::string_view canonical) {
    canonical = without_version(canonical);
    const std::size_t slash = canonical.rfind('/');
    return slash == std::string_view::npos ? canonical : canonical.substr(slash + 1);
}

TypeModel read_type(View definition) {
    TypeModel type;
    type.name = definition.text("type"_name);
    type.base = last_segment(definition.text("baseDefinition"_name));
    type.abstract = definition.text("abstract"_name) == "true";
    const std::string_view kind = definition.text("kind"_name);
    type.kind = kind == "resource"         ? TypeKind::resource
                : kind == "primitive-type" ? TypeKind::primitive
                                           : TypeKind::complex;
    for (View element : definition.child("snapshot"_name).children("element"_name)) {
        const std::string_view path = element.text("path"_name);
        if (path.find('.') == std::string_view::npos) continue;  // the type itself
        const std::string_view own = path.substr(std::min(path.size(), type.name.size() + 1));
        if (type.kind == TypeKind::primitive && own == "value") continue;  // the text of the node
        if (type.name == "xhtml") continue;                                // its id is an attribute inside its text
        ElementModel model = read_element(element, type.kind == TypeKind::resource && own == "id");
        if (model.max > 0) type.elements.push_back(std::move(model));
    }
    return type;
}

}  // namespace fhir::definition
