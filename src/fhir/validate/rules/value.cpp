// SPDX-License-Identifier: Apache-2.0
// Primitives (FHIR R4 2.24.0.1): what their regular expressions do not say.
#include "fhir/validate/rules/table.h"

#include "fhir/primitive.h"
#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>
#include <algorithm>

namespace fhir::validate {

using base::IssueType;

// uri, url, canonical, oid, uuid.
void check_address(const Place& place, const Services&, const Question&, base::Findings& findings) {
    Remarks remarks(place, findings);
    std::string_view address = place.node.text();
    if (address.starts_with("oid:") || address.starts_with("uuid:"))
        remarks.error(IssueType::value, "", "write urn:oid: or urn:uuid:");
    if (const std::size_t hash = address.find('#'); hash != std::string_view::npos) address = address.substr(0, hash);
    if (address.starts_with("urn:uuid:")) {
        const std::string_view uuid = address.substr(9, address.find('|') - 9);
        if (!is_lower_uuid(uuid)) remarks.error(IssueType::value, "", "what follows urn:uuid: is a UUID in lower case");
    } else if (address.starts_with("urn:oid:")) {
        const std::string_view oid = address.substr(8, address.find('|') - 8);
        if (!is_plain_oid(oid) || !(oid.rfind('.') >= 4 || oid.starts_with("1.3")))
            remarks.error(IssueType::value, "", "what follows urn:oid: is an OID, as 1.2.840.10008");
    }
}

void check_canonical(const Place& place, const Services&, const Question&, base::Findings& findings) {
    const std::string_view address = place.node.text();
    if (!address.starts_with('#') && !is_absolute(address))
        Remarks(place, findings)
            .error(IssueType::value, "", "a canonical address is absolute, or #id of a contained resource");
}

// A year that nobody means.
void check_date(const Place& place, const Services&, const Question& question, base::Findings& findings) {
    const auto moment = primitive::parse_moment(place.node.text());
    if (!moment) return;
    const int latest =
        question.now == 0 ? 2150 : 1970 + static_cast<int>(question.now / (365LL * 24 * 3600 * 1'000'000)) + 100;
    if (moment->year < 1800 || moment->year > latest)
        Remarks(place, findings).warning(IssueType::value, "", fmt::format("is the year {} meant?", moment->year));
}

void check_binary(const Place& place, const Services&, const Question&, base::Findings& findings) {
    if (place.node.text().find_first_of(" \t\r\n") != std::string_view::npos)
        Remarks(place, findings).warning(IssueType::value, "", "base64 is best sent without white space");
}

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// <word ...>, </word>, <!-- or <? : what a browser would take for more than text.
bool looks_like_markup(std::string_view text) {
    for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
        std::string_view rest = text.substr(at + 1);
        if (rest.starts_with("!") || rest.starts_with("?")) {
            if (rest.find('>') != std::string_view::npos) return true;
            continue;
        }
        if (rest.starts_with('/')) rest.remove_prefix(1);
        if (rest.empty() || !is_letter(rest[0])) continue;
        const std::size_t end = std::min(rest.find('>'), rest.find('<'));
        if (end == std::string_view::npos || rest[end] != '>') continue;
        const std::string_view inside = rest.substr(0, end);
        const std::size_t word = std::min(inside.find_first_of(" \t\r\n/"), inside.size());
        const bool plain = std::all_of(inside.begin(), inside.begin() + static_cast<std::ptrdiff_t>(word),
                                       [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
        const bool attributes =
            word < inside.size() && (inside[word] == '/' || inside.find('=') != std::string_view::npos);
        if (plain && (word == inside.size() || attributes)) return true;
    }
    return false;
}

bool holds_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
    });
}

// Marks that turn the direction of text: they can make it look like something else (CVE-2021-42574).
bool turns_direction(std::string_view text) {
    for (std::size_t at = text.find("\xE2\x80"); at != std::string_view::npos; at = text.find("\xE2\x80", at + 1))
        if (at + 2 < text.size() && text[at + 2] >= '\xAA' && text[at + 2] <= '\xAE') return true;
    return text.find("\xE2\x81\xA6") != std::string_view::npos || text.find("\xE2\x81\xA7") != std::string_view::npos ||
           text.find("\xE2\x81\xA8") != std::string_view::npos || text.find("\xE2\x81\xA9") != std::string_view::npos;
}

}  // namespace

void check_text(const Place& place, const Services& services, const Question& question, base::Findings& findings) {
    const std::string_view text = place.node.text();
    if (text.empty()) return;
    Remarks remarks(place, findings);
    const bool markdown = services.schema.type(place.type).format == schema::Format::markdown;
    const bool blank_start =
        text.front() == ' ' || text.front() == '\t' || text.front() == '\n' || text.front() == '\r';
    const bool blank_end = text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r';
    if (!markdown && (blank_start || blank_end))
        remarks.warning(IssueType::value, "", "this text starts or ends with white space");
    if (holds_control(text))
        remarks.warning(IssueType::value, "", "this text holds control characters that XML cannot carry");
    if (question.security_checks && turns_direction(text))
        remarks.error(IssueType::security, "", "this text holds characters that turn its direction");
    if (text.find('<') == std::string_view::npos || !looks_like_markup(text)) return;
    if (question.security_checks) {
        remarks.error(IssueType::security, "", "this text looks like HTML, which is not allowed here");
    } else if (markdown) {
        remarks.warning(IssueType::value, "", "markdown should not hold HTML");
    } else {
        remarks.note(IssueType::security, "", "this text looks like HTML; take care where it is shown");
    }
}

}  // namespace fhir::validate
