// SPDX-License-Identifier: Apache-2.0
#pragma once

// Is this text well-formed XML of the plain kind that FHIR exchanges? One linear pass, no memory but a stack of
// open tags. Stricter than the parser behind it: what passes here holds no DOCTYPE, no entity but the five of XML,
// no character that XML forbids, no duplicate attribute, one root, and no more than `depth` open elements.

#include <cstddef>
#include <string_view>

namespace fhir::codec {

struct XmlProblem {
    const char* what = nullptr;  // nullptr: all is well
    std::size_t offset = 0;      // where, in bytes
};

// `bytes` must be valid UTF-8 without a byte order mark. Processing instructions may stand outside of the root
// only; CDATA sections only inside an element called div (narrative), as the standard leaves text nowhere else.
XmlProblem scan_xml(std::string_view bytes, int depth);

// A name that may stand for an element or attribute; the colon of a prefix included.
bool is_xml_name(std::string_view name);

// One element with its content and nothing around it, as narrative must be.
bool is_xml_element(std::string_view bytes, int depth);

}  // namespace fhir::codec
