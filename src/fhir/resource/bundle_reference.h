// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a reference may be while its bundle is on its way (FHIR R4 2.3.0.1, 3.1.0.11.2): to what reference.h knows come
// urns, which name entries, and criteria. Views into the text; nothing is copied, nothing fails: what has no known form
// is `other`. Whether the type exists is the schema's to say.

#include "fhir/resource/reference.h"

#include <string>
#include <string_view>

namespace fhir::resource {

struct Reference {
    enum class Form {
        empty,
        relative,     // Patient/1, Patient/1/_history/2
        absolute,     // http://host/base/Patient/1
        urn,          // urn:uuid:..., urn:oid:...
        fragment,     // #contained
        conditional,  // Patient?identifier=a|b, inside transactions (FHIR R4 3.1.0.11.2)
        other         // canonical urls and everything else
    };
    Form form = Form::empty;
    std::string_view base;     // absolute: "http://host/base"
    std::string_view type;     // "Patient"
    std::string_view id;       // "1"
    std::string_view version;  // "2"; empty = not versioned
    std::string_view query;    // conditional: what follows the question mark

    std::string local() const;  // "Patient/1", without base and version; empty when there is no type
};

Reference parse_reference(std::string_view text);

}  // namespace fhir::resource
