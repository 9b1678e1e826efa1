// SPDX-License-Identifier: Apache-2.0
#include "server/http/format.h"

#include "base/text.h"

#include <optional>

namespace server::http {

namespace {

using base::Fault;

struct MediaType {
    std::string type;  // lower case, without parameters
    double quality = 1;
    std::string charset;
    std::string fhir_version;
};

MediaType read(std::string_view text) {
    MediaType media;
    bool first = true;
    for (std::string_view part : base::split(text, ';')) {
        part = base::trim(part);
        if (first) {
            media.type = base::lower(part);
            first = false;
            continue;
        }
        const auto [key, value] = base::cut(part, '=');
        std::string_view plain = base::trim(value);
        if (plain.size() >= 2 && plain.front() == '"' && plain.back() == '"') plain = plain.substr(1, plain.size() - 2);
        const std::string name = base::lower(base::trim(key));
        if (name == "q") media.quality = base::to_double(plain).value_or(1);
        if (name == "charset") media.charset = base::lower(plain);
        if (name == "fhirversion") media.fhir_version = plain;
    }
    return media;
}

std::optional<Format> known(std::string_view type) {
    for (const char* name : {"json", "application/json", "application/fhir+json", "application/json+fhir", "text/json"})
        if (type == name) return Format::json;
    for (const char* name : {"xml", "application/xml", "application/fhir+xml", "application/xml+fhir", "text/xml"})
        if (type == name) return Format::xml;
    return std::nullopt;
}

bool is_r4(std::string_view version) { return version.empty() || version == "4.0" || version == "4.0.1"; }

bool is_utf8(const MediaType& media) {
    return media.charset.empty() || media.charset == "utf-8" || media.charset == "utf8" || media.charset == "us-ascii";
}

Fault not_acceptable() {
    return {Fault::Kind::unsupported, "ask for application/fhir+json or application/fhir+xml (FHIR 4.0)"};
}

}  // namespace

const char* media_type(Format format) {
    return format == Format::json ? "application/fhir+json;charset=UTF-8" : "application/fhir+xml;charset=UTF-8";
}

base::Result<Presentation> wanted(std::string_view query, std::string_view accept) {
    Presentation presentation;
    bool by_query = false;
    if (!query.empty()) {
        for (std::string_view pair : base::split(query, '&')) {
            const auto [key, value] = base::cut(pair, '=');
            if (key == "_pretty") presentation.pretty = value == "true";
            if (key != "_format") continue;
            // A '+' that was not escaped has always been meant as '+' here: "application/fhir+json".
            const MediaType media = read(base::percent_decode(value, false).value_or(""));
            const auto format = known(media.type);
            if (!format || !is_r4(media.fhir_version) || !is_utf8(media)) return not_acceptable();
            presentation.format = *format;
            by_query = true;
        }
    }
    if (by_query || base::trim(accept).empty() || accept == "*/*" || accept == "application/fhir+json") return presentation;

    double best = 0;
    bool well_formed = false;
    for (std::string_view range : base::split(accept, ',')) {
        const MediaType media = read(range);
        const auto [main, sub] = base::cut(media.type, '/');
        if ((main.empty() || sub.empty()) && !known(media.type)) continue;
        well_formed = true;
        std::optional<Format> format = known(media.type);
        // Browsers ask for HTML; we have none, and JSON is what a person can read.
        if (media.type == "*/*" || media.type == "application/*" || media.type == "text/*" || media.type == "text/html")
            format = Format::json;
        if (!format || !is_r4(media.fhir_version) || !is_utf8(media) || media.quality <= best) continue;
        best = media.quality;
        presentation.format = *format;
    }
    if (well_formed && best <= 0) return not_acceptable();
    return presentation;
}

bool names_format(std::string_view query) {
    for (const std::string_view pair : base::split(query, '&'))
        if (base::cut(pair, '=').first == "_format") return true;
    return false;
}

base::Result<Format> sent(std::string_view content_type) {
    const MediaType media = read(content_type);
    const auto format = known(media.type);
    if (!format || !is_r4(media.fhir_version))
        return Fault{Fault::Kind::unsupported, "send Content-Type application/fhir+json or application/fhir+xml (FHIR 4.0)"};
    if (!is_utf8(media)) return Fault{Fault::Kind::unsupported, "send UTF-8"};
    return *format;
}

base::Result<SentPatch> sent_patch(std::string_view content_type) {
    const MediaType media = read(content_type);
    if (media.type == fhir::patch::json_media_type || media.type == fhir::patch::merge_media_type) {
        if (!is_utf8(media)) return Fault{Fault::Kind::unsupported, "send UTF-8"};
        return SentPatch{media.type == fhir::patch::json_media_type ? fhir::patch::Format::json : fhir::patch::Format::merge, Format::json};
    }
    if (!known(media.type))
        return Fault{Fault::Kind::unsupported, std::string("send a patch with one of the Content-Types ") + accept_patch()};
    TRY(const Format format, sent(content_type));
    return SentPatch{fhir::patch::Format::path, format};
}

const char* accept_patch() {
    return "application/fhir+json, application/fhir+xml, application/json-patch+json, application/merge-patch+json";
}

}  // namespace server::http
