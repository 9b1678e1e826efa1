// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/bundle_reference.h"

#include "fhir/resource/reference.h"

namespace fhir::resource {

Reference parse_reference(std::string_view text) {
    using Form = Reference::Form;
    using Kind = ReferenceText::Kind;
    Reference reference;
    if (text.starts_with("urn:uuid:") || text.starts_with("urn:oid:")) {
        reference.form = Form::urn;
        return reference;
    }
    if (const auto mark = text.find('?'); mark != std::string_view::npos && looks_like_type(text.substr(0, mark))) {
        reference.form = Form::conditional;
        reference.type = text.substr(0, mark);
        reference.query = text.substr(mark + 1);
        return reference;
    }
    const ReferenceText read = read_reference(text);
    reference = {Form::other, read.base, read.type, read.id, read.version, {}};
    switch (read.kind) {
        case Kind::none: reference.form = Form::empty; break;
        case Kind::contained: reference.form = Form::fragment; break;
        case Kind::relative: reference.form = Form::relative; break;
        case Kind::absolute:
            if (read.base.starts_with("http://") || read.base.starts_with("https://")) reference.form = Form::absolute;
            break;
        case Kind::other: break;
    }
    return reference;
}

std::string Reference::local() const {
    if (type.empty() || id.empty()) return {};
    std::string text(type);
    text += '/';
    text += id;
    return text;
}

}  // namespace fhir::resource
