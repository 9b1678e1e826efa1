// SPDX-License-Identifier: Apache-2.0
#include "fhir/graphql/output.h"

#include "fhir/codec/json.h"

namespace fhir::graphql {

using base::Fault;
using base::Result;

Result<void> Output::Field::add(Item item) {
    if (form_ != Form::list && !items_.empty())
        return Fault{Fault::Kind::invalid, "More than one value would stand in " + name_ + "."};
    items_.push_back(std::move(item));
    return {};
}

Result<Output::Field*> Output::field(std::string_view name, Form form, schema::TypeId type) {
    const auto [found, fresh] = places_.try_emplace(std::string(name), fields_.size());
    if (fresh) {
        Field made;
        made.name_ = name;
        made.form_ = form;
        made.type_ = type;
        fields_.push_back(std::move(made));
        return &fields_.back();
    }
    Field& field = fields_[found->second];
    if (field.type_ != type) return Fault{Fault::Kind::invalid, "Values of two types would stand in " + field.name_ + "."};
    if (field.form_ != Form::singleton) field.form_ = Form::list;
    return &field;
}

void Output::write(std::string& out) const {
    const auto one = [&](const Item& item) {
        if (item.object) item.object->write(out);
        else out += item.json;
    };
    out += '{';
    for (const Field& field : fields_) {
        if (out.back() != '{') out += ',';
        codec::write_json_string(field.name_, out);
        out += ':';
        if (field.form_ != Form::list) {
            if (field.items_.empty()) out += "null";
            else one(field.items_.front());
            continue;
        }
        out += '[';
        for (const Item& item : field.items_) {
            if (&item != field.items_.data()) out += ',';
            one(item);
        }
        out += ']';
    }
    out += '}';
}

}  // namespace fhir::graphql
