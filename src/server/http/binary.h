// SPDX-License-Identifier: Apache-2.0
#pragma once

// Binary as itself (FHIR R4 2.34.2): who does not ask for a FHIR format reads the content, not the resource around it; and what is
// sent with another Content-Type becomes the content of a Binary. Content is the word of a stranger: it never becomes a page of
// this server.

#include "base/result.h"
#include "fhir/schema/schema.h"
#include "fhir/tree/document.h"
#include "server/http/site.h"

#include <optional>
#include <string>
#include <string_view>

namespace server::http {

// GET or HEAD of root/Binary/id or one of its versions?
bool is_binary_read(const Call& call, std::string_view root);

// Are the bytes wanted, whose type is `content_type`? No, when a FHIR type is named in Accept as willingly as anything else; yes, when
// the bytes are acceptable; else only when the resource in plain JSON or XML is not acceptable either.
bool wants_bytes(std::string_view accept, std::string_view content_type);

struct Content {
    std::string type;              // a media type; application/octet-stream when the resource names none that could stand in a field
    std::string bytes;
    std::string security_context;  // Binary.securityContext.reference
};

// Of a Binary in stored JSON. Nothing when it is none, or its data is no base64.
std::optional<Content> content_of(std::string_view json, const fhir::schema::Schema& schema);

// May a browser run it? Then it is only to be saved.
bool is_active(std::string_view content_type);

// An answer with the bytes; its other fields are the caller's.
void put_content(Content content, Answer& answer);

// The Binary that a POST or PUT means: the body itself when it is one in a FHIR format, else one around it. `id` is that of the
// address, `security_context` the header X-Security-Context. malformed when the body claims to be FHIR (application/fhir+json, +xml) and
// cannot be read, or the security context is no reference.
base::Result<fhir::Document> binary_of(std::string_view body, std::string_view content_type, std::string_view id,
                                       std::string_view security_context, const fhir::schema::Schema& schema);

}  // namespace server::http
