// SPDX-License-Identifier: Apache-2.0
#include "server/http/binary.h"

#include "base/id.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/codec/xml.h"
#include "fhir/resource/reference.h"
#include "fhir/tree/builder.h"
#include "server/http/format.h"
#include "server/http/syntax.h"

#include <algorithm>

namespace server::http {

namespace {

using namespace fhir::literals;
using base::Fault;

constexpr std::string_view bytes_only = "application/octet-stream";

std::string bare(std::string_view media) { return base::lower(base::trim(base::cut(media, ';').first)); }

bool names_fhir(std::string_view media) {
    return media == "application/fhir+json" || media == "application/fhir+xml" || media == "application/json+fhir" || media == "application/xml+fhir";
}

// type/subtype, and nothing behind it that would end a field or a header.
bool is_media_type(std::string_view text) {
    const auto [media, parameters] = base::cut(text, ';');
    const auto [type, subtype] = base::cut(base::trim(media), '/');
    return text.size() <= 255 && is_token(type) && is_token(subtype) && is_field_text(parameters);
}

double quality(std::string_view range) {
    for (const std::string_view part : base::split(base::cut(range, ';').second, ';')) {
        const auto [name, value] = base::cut(part, '=');
        if (is_named(base::trim(name), "q")) return base::to_double(base::trim(value)).value_or(1);
    }
    return 1;
}

// The quality that Accept gives to `type`: its own, else that of type/*, else that of */*.
double acceptable(std::string_view accept, std::string_view type) {
    double found = 0;
    int exactness = 0;
    each_element(accept, [&](std::string_view range) {
        const std::string media = bare(range);
        const int exact = media == type ? 3 : media == std::string(base::cut(type, '/').first) + "/*" ? 2 : media == "*/*" ? 1 : 0;
        if (exact > exactness || (exact == exactness && exact > 0)) found = std::max(exact > exactness ? 0.0 : found, quality(range));
        exactness = std::max(exactness, exact);
        return true;
    });
    return found;
}

// RFC 4648, with the white space that FHIR's base64Binary may hold.
std::optional<std::string> bytes_of(std::string_view text) {
    if (auto plain = base::base64_decode(text)) return plain;
    std::string tight(text);
    std::erase_if(tight, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
    return base::base64_decode(tight);
}

// A code has single spaces inside and none around (FHIR R4 2.24.0.1).
std::string as_code(std::string_view text) {
    std::string code;
    for (const char c : base::trim(text)) {
        const bool space = c == ' ' || c == '\t';
        if (space && code.ends_with(' ')) continue;
        code += space ? ' ' : c;
    }
    return code;
}

}  // namespace

bool is_binary_read(const Call& call, std::string_view root) {
    if (call.method != Method::get && call.method != Method::head) return false;
    std::string_view path = call.path();
    if (!path.starts_with(root)) return false;
    path.remove_prefix(root.size());
    if (!path.starts_with("/Binary/")) return false;
    path.remove_prefix(8);
    const auto [id, rest] = base::cut(path, '/');
    if (!base::valid_id(id)) return false;
    return rest.empty() || (rest.starts_with("_history/") && rest.size() > 9);
}

bool wants_bytes(std::string_view accept, std::string_view content_type) {
    if (base::trim(accept).empty()) return true;
    double fhir = 0, best = 0;
    each_element(accept, [&](std::string_view range) {
        const std::string media = bare(range);
        double& which = names_fhir(media) ? fhir : best;
        if (media.find('*') == std::string::npos) which = std::max(which, quality(range));
        return true;
    });
    if (fhir > 0 && fhir >= best) return false;
    if (acceptable(accept, bare(content_type)) > 0) return true;
    return acceptable(accept, "application/json") <= 0 && acceptable(accept, "application/xml") <= 0;
}

std::optional<Content> content_of(std::string_view json, const fhir::schema::Schema& schema) {
    const auto read = fhir::codec::read_json(json, schema.names());
    if (!read || read->root().resource_type() != "Binary") return std::nullopt;
    const fhir::View binary = read->root();
    Content content{std::string(binary.text("contentType"_name)), "", std::string(binary.child("securityContext").text("reference"_name))};
    if (!is_media_type(content.type)) content.type = bytes_only;
    auto bytes = bytes_of(binary.text("data"_name));
    if (!bytes) return std::nullopt;
    content.bytes = *std::move(bytes);
    return content;
}

bool is_active(std::string_view content_type) {
    const std::string media = bare(content_type);
    if (media == "image/svg+xml") return true;
    for (const char* quiet : {"image/", "audio/", "video/"})
        if (media.starts_with(quiet)) return false;
    for (const char* quiet : {"application/pdf", "text/plain", "text/csv", "application/json", "application/fhir+json", "application/dicom"})
        if (media == quiet) return false;
    return true;  // what is not known to be quiet
}

void put_content(Content content, Answer& answer) {
    answer.fields.emplace_back("Content-Type", content.type);
    if (!content.security_context.empty()) answer.fields.emplace_back("X-Security-Context", content.security_context);
    if (is_active(content.type)) answer.fields.emplace_back("Content-Disposition", "attachment");
    answer.fields.emplace_back("Content-Security-Policy", "sandbox; default-src 'none'");
    answer.fields.emplace_back("Vary", "Accept");
    answer.body.clear();
    answer.body.emplace_back(std::make_shared<const std::string>(std::move(content.bytes)));
    answer.packable = false;
}

base::Result<fhir::Document> binary_of(std::string_view body, std::string_view content_type, std::string_view id,
                                       std::string_view security_context, const fhir::schema::Schema& schema) {
    if (const auto format = sent(content_type)) {
        auto read = *format == Format::json ? fhir::codec::read_json(body, schema.names()) : fhir::codec::read_xml(body, schema);
        if (read && read->root().resource_type() == "Binary") return *std::move(read);
        if (!read && names_fhir(bare(content_type))) return std::move(read).fault();
    }
    fhir::Builder build(schema.names());
    build.resource("Binary");
    if (!id.empty()) build.value("id"_name, id);
    const std::string type = as_code(content_type);
    build.value("contentType"_name, is_media_type(type) ? std::string_view(type) : bytes_only);
    if (!security_context.empty()) {
        const auto kind = fhir::resource::read_reference(security_context).kind;
        if (kind != fhir::resource::ReferenceText::Kind::relative && kind != fhir::resource::ReferenceText::Kind::absolute)
            return Fault{Fault::Kind::malformed, "X-Security-Context must be a reference such as Patient/1", "", base::IssueType::value};
        build.open(build.name("securityContext"));
        build.value("reference"_name, security_context);
        build.close();
    }
    if (!body.empty()) build.value("data"_name, base::base64_encode(body));
    return std::move(build).finish();
}

}  // namespace server::http
