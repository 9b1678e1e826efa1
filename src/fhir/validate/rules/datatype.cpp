// SPDX-License-Identifier: Apache-2.0
// Attachment, Identifier, Reference, Quantity (FHIR R4 2.24.0): what their invariants do not say.
#include "fhir/validate/rules/table.h"

#include "base/text.h"
#include "fhir/primitive.h"
#include "fhir/resource/reference.h"
#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>

namespace fhir::validate {

using base::IssueType;

namespace {

// Bytes that valid base64 stands for.
std::size_t decoded_size(std::string_view base64) {
    std::size_t digits = 0;
    for (const char c : base64) digits += c != '=' && c != ' ' && c != '\t' && c != '\r' && c != '\n';
    return digits * 3 / 4;
}

}  // namespace

void check_attachment(const Place& place, const Services&, const Question&, base::Findings& findings) {
    const View size = place.node.child("size"_name);
    const View data = place.node.child("data"_name);
    Remarks remarks(place, findings);
    if (size.has_value() && data.has_value() && primitive::is_base64(data.text())) {
        const std::size_t real = decoded_size(data.text());
        if (size.text() != std::to_string(real))
            remarks.error(IssueType::structure, ".size",
                          fmt::format("size says {} bytes, and data holds {}", size.text(), real));
    }
    if (!data && !place.node.child("url"_name) && !place.node.child("contentType"_name) &&
        !place.node.child("language"_name))
        remarks.warning(IssueType::structure, "", "an attachment without data and url");
}

void check_identifier(const Place& place, const Services&, const Question&, base::Findings& findings) {
    const View system = place.node.child("system"_name);
    const View value = place.node.child("value"_name);
    if (!system.has_value()) return;
    Remarks remarks(place, findings);
    if (!is_absolute(system.text()) && !system.text().starts_with('#'))
        remarks.error(IssueType::code_invalid, ".system", "the system of an identifier is an absolute address");
    if (!value.has_value()) return;
    if (system.text() == "urn:ietf:rfc:3986" && !is_absolute(value.text()))
        remarks.error(
            IssueType::code_invalid, ".value",
            "with the system urn:ietf:rfc:3986 the value is a whole URI: it starts with a scheme, as urn:oid:");
    if (system.text() == "https://tools.ietf.org/html/rfc4122") {
        if (value.text().starts_with("urn:uuid:") || is_lower_uuid(base::lower(value.text()))) {
            remarks.warning(IssueType::code_invalid, ".system",
                            "for a UUID use the system urn:ietf:rfc:3986 with urn:uuid: in the value");
        } else {
            remarks.error(IssueType::code_invalid, ".value", "this is no UUID");
        }
    }
}

void check_reference(const Place& place, const Services&, const Question&, base::Findings& findings) {
    const View reference = place.node.child("reference"_name);
    Remarks remarks(place, findings);
    if (!reference.has_value()) {
        const View identifier = place.node.child("identifier"_name);
        if (!identifier && !reference && !place.node.child("display"_name) && !place.node.child("extension"_name))
            remarks.warning(IssueType::structure, "", "this reference says neither where nor what");
        return;
    }
    const std::string_view text = reference.text();
    if (text.find_first_of(" \t\r\n") != std::string_view::npos)
        return remarks.error(IssueType::value, ".reference", "a reference holds no white space");
    const std::size_t query = text.find('?');
    if (query == std::string_view::npos || text.starts_with('#') || is_absolute(text)) return;
    if (resource::looks_like_type(text.substr(0, query)) && text.find('=', query) == std::string_view::npos)
        remarks.error(IssueType::value, ".reference", "a conditional reference has the form Type?parameter=value");
}

void check_quantity(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    const View code = place.node.child("code"_name);
    if (!code.has_value() || place.node.text("system"_name) != "http://unitsofmeasure.org" || services.units == nullptr)
        return;
    if (const auto valid = services.units->check(code.text()); !valid)
        Remarks(place, findings)
            .error(IssueType::code_invalid, ".code",
                   fmt::format("'{}' is no UCUM code: {}", code.text(), valid.fault().text));
}

}  // namespace fhir::validate
