// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/bundle.h"

#include <utility>

namespace fhir::resource {
namespace {

void member(std::string& out, std::string_view key, std::string_view text, bool& first) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, key);
    out += ':';
    append_json_string(out, text);
}

std::string etag(std::int64_t version) { return "W/\"" + std::to_string(version) + "\""; }

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

BundleText::BundleText(std::string_view type, std::string_view id, base::Micros made) {
    text_ = "{\"resourceType\":\"Bundle\"";
    if (!id.empty()) {
        text_ += ",\"id\":";
        append_json_string(text_, id);
    }
    if (made != 0) {
        text_ += ",\"meta\":{\"lastUpdated\":";
        append_json_string(text_, base::instant(made));
        text_ += '}';
    }
    text_ += ",\"type\":";
    append_json_string(text_, type);
}

void BundleText::close_part() {
    if (part_ != Part::head) text_ += ']';
    part_ = Part::head;
}

void BundleText::link(std::string_view relation, std::string_view url) {
    if (part_ != Part::link) {
        close_part();
        text_ += ",\"link\":[";
        part_ = Part::link;
    } else {
        text_ += ',';
    }
    bool first = true;
    text_ += '{';
    member(text_, "relation", relation, first);
    member(text_, "url", url, first);
    text_ += '}';
}

void BundleText::identify(std::string_view identifier, base::Micros timestamp) {
    close_part();
    text_ += ",\"identifier\":{\"system\":\"urn:ietf:rfc:3986\",\"value\":";
    append_json_string(text_, identifier);
    text_ += "},\"timestamp\":";
    append_json_string(text_, base::instant(timestamp));
}

void BundleText::total(std::int64_t total) {
    close_part();
    text_ += ",\"total\":" + std::to_string(total);
}

void BundleText::entry(const BundleEntry& entry) {
    if (part_ != Part::entry) {
        close_part();
        text_ += ",\"entry\":[";
        part_ = Part::entry;
    } else {
        text_ += ',';
    }
    text_ += '{';
    bool first = true;
    const auto begin = [&](std::string_view key) {
        if (!first) text_ += ',';
        first = false;
        append_json_string(text_, key);
        text_ += ':';
    };
    if (!entry.full_url.empty()) member(text_, "fullUrl", entry.full_url, first);
    if (entry.resource) {
        begin("resource");
        pieces_.emplace_back(std::move(text_));
        pieces_.emplace_back(entry.resource);
        text_.clear();
    }
    if (!entry.search_mode.empty()) {
        begin("search");
        bool inner = true;
        text_ += '{';
        member(text_, "mode", entry.search_mode, inner);
        text_ += '}';
    }
    if (!entry.method.empty()) {
        begin("request");
        bool inner = true;
        text_ += '{';
        member(text_, "method", entry.method, inner);
        member(text_, "url", entry.url, inner);
        text_ += '}';
    }
    if (!entry.status.empty()) {
        begin("response");
        bool inner = true;
        text_ += '{';
        member(text_, "status", entry.status, inner);
        if (!entry.location.empty()) member(text_, "location", entry.location, inner);
        if (entry.version != 0) member(text_, "etag", etag(entry.version), inner);
        if (entry.last_modified != 0) member(text_, "lastModified", base::instant(entry.last_modified), inner);
        if (!entry.outcome.empty()) {
            text_ += ",\"outcome\":";
            text_ += entry.outcome;
        }
        text_ += '}';
    }
    text_ += '}';
}

std::vector<Piece> BundleText::finish() && {
    close_part();
    text_ += '}';
    pieces_.emplace_back(std::move(text_));
    return std::move(pieces_);
}

}  // namespace fhir::resource
