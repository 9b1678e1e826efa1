// SPDX-License-Identifier: Apache-2.0
#include "fhir/patch/path_value.h"

#include "fhir/schema/written.h"

#include <algorithm>

namespace fhir::patch {
namespace {

using base::Fault;
using base::IssueType;
using schema::Element;
using schema::TypeId;
using schema::TypeKind;

Fault invalid(std::string text, IssueType type) { return {Fault::Kind::invalid, std::move(text), "", type}; }

}  // namespace

View part_value(View part) {
    for (const View child : part.children())
        if (const std::string_view name = child.name_text(); name.size() > 5 && name.starts_with("value")) return child;
    return {};
}

PathValues::PathValues(Edit& edit, const schema::Schema& schema)
    : edit_(edit), schema_(schema), parameter_(schema.find_type("Parameters.parameter")) {}

TypeId PathValues::type_of(Document::Index index) const {
    const View view = edit_.view(index);
    if (!view.resource_type().empty()) return schema_.find_type(view.resource_type());
    if (index == 0) return schema::no_type;
    const TypeId above = type_of(edit_.parent(index));
    const Element* row = above == schema::no_type ? nullptr : schema_.element(above, view.name());
    return row == nullptr ? schema::no_type : row->type;
}

TypeId PathValues::type_of_value(View value) const {
    const Element* row = parameter_ == schema::no_type ? nullptr : schema_.element(parameter_, value.name());
    return row == nullptr ? schema::no_type : row->type;
}

bool PathValues::fits(TypeId given, TypeId wanted) const {
    if (given == schema::no_type || wanted == schema::no_type) return false;
    if (schema_.derives_from(given, wanted) || schema_.derives_from(wanted, given)) return true;
    const schema::Type &one = schema_.type(given), &other = schema_.type(wanted);
    // What is written alike can stand for one another, and validation looks at the text.
    return one.kind == TypeKind::primitive && other.kind == TypeKind::primitive && schema::written_as(one.format) == schema::written_as(other.format);
}

base::Result<const Element*> PathValues::row_for(TypeId type, const std::string& name, View part) const {
    const Name number = schema_.names().find(name);
    if (type == schema::no_type || number == no_name) return invalid("there is no element of this name.", IssueType::not_found);
    if (const Element* row = schema_.element(type, number)) return row;
    const auto forms = schema_.forms(type, number);
    if (forms.empty()) return invalid("there is no element of this name.", IssueType::not_found);
    const View value = part_value(part);
    const TypeId given = type_of_value(value);
    const auto exact = std::find_if(forms.begin(), forms.end(), [&](const Element* form) { return form->type == given; });
    if (exact != forms.end()) return *exact;
    return invalid(value ? "the element cannot be of the value's type." : "the element has several types; its name must say which.",
                   IssueType::value);
}

base::Result<PathValues::Made> PathValues::make(TypeId type, const std::string& name, View part) {
    TRY(const Element* row, row_for(type, name, part));
    if (const View value = part_value(part)) {
        if (!fits(type_of_value(value), row->type)) return invalid("the value has another type than the element.", IssueType::value);
        return Made{edit_.copy(value, row->name, row->repeats()), row};
    }
    if (const View resource = part.child("resource"_name)) {
        if (!row->is(Element::resource_inside)) return invalid("a resource cannot stand there.", IssueType::value);
        return Made{edit_.copy(resource, row->name, row->repeats()), row};
    }
    if (!part.child("part"_name)) return invalid("its value is empty.", IssueType::required);
    if (schema_.type(row->type).kind == TypeKind::primitive || row->is(Element::resource_inside))
        return invalid("the value has another type than the element.", IssueType::value);
    const Document::Index made = edit_.make(row->name, row->repeats());
    for (const View below : part.children("part"_name)) {
        TRY(const Made child, make(row->type, std::string(below.text("name"_name)), below));
        if (!child.row->repeats() && edit_.view(made).child(child.row->name))
            return invalid("an element that does not repeat stands twice in the value.", IssueType::duplicate);
        edit_.append(made, child.index);
    }
    return Made{made, row};
}

}  // namespace fhir::patch
