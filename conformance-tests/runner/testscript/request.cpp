// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/request.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/codec/xml.h"
#include "fhir/tree/builder.h"
#include "runner/client.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace runner::testscript {

namespace {

using base::Fault;

// What a type of operation is by itself.
struct Kind {
    const char* code;
    const char* method;
    enum Goes { instance, version, type, history, search, conditional, system, metadata } goes;
    bool body = false;
};
constexpr Kind kinds[] = {
    {"read", "GET", Kind::instance},
    {"vread", "GET", Kind::version},
    {"update", "PUT", Kind::instance, true},
    {"updateCreate", "PUT", Kind::instance, true},
    {"patch", "PATCH", Kind::instance, true},
    {"delete", "DELETE", Kind::instance},
    {"deleteCondSingle", "DELETE", Kind::conditional},
    {"deleteCondMultiple", "DELETE", Kind::conditional},
    {"history", "GET", Kind::history},
    {"create", "POST", Kind::type, true},
    {"search", "GET", Kind::search},
    {"batch", "POST", Kind::system, true},
    {"transaction", "POST", Kind::system, true},
    {"capabilities", "GET", Kind::metadata},
};

// Those that FHIR R4 names "$..." of testscript-operation-codes.
constexpr const char* operations[] = {
    "apply",       "closure",       "find-matches",    "conforms",   "data-requirements", "document",        "evaluate", "evaluate-measure", "everything", "expand",
    "find",        "graphql",       "implements",      "lastn",      "lookup",            "match",           "meta",     "meta-add",         "meta-delete", "populate",
    "populatehtml", "populatelink", "process-message", "questionnaire", "stats",          "subset",          "subsumes", "transform",        "translate",   "validate", "validate-code"};

const Kind* kind_of(const std::string& code) {
    for (const Kind& kind : kinds)
        if (code == kind.code) return &kind;
    return nullptr;
}

// Only what cannot stand in a URL (RFC 3986) is encoded: the script's own escapes and separators stay.
std::string encoded(std::string_view url) {
    std::string out;
    for (const char c : url) {
        const auto byte = static_cast<unsigned char>(c);
        const bool good = byte > 0x20 && byte < 0x7F && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
        if (good) out += c;
        else out += fmt::format("%{:02X}", byte);
    }
    return out;
}

std::string joined(const std::string& type, const std::string& rest) {
    if (type.empty() || rest.empty()) return type + rest;
    return rest[0] == '/' || rest[0] == '?' ? type + rest : type + '/' + rest;
}

// `part` ("_history", "$expand") at the end of the path, before the query; only when it is not there yet.
std::string with_part(const std::string& url, const std::string& part) {
    const auto [path, query] = base::cut(url, '?');
    for (const std::string_view one : base::split(path, '/'))
        if (one == part) return url;
    std::string made = joined(std::string(path), path.empty() ? part : '/' + part);
    if (path.ends_with('/')) made = std::string(path) + part;
    if (url.find('?') != std::string::npos) made += '?' + std::string(query);
    return made;
}

struct Sent {
    Request request{};
    std::string id{};        // that the body must have, when the URL says one
    bool id_wins = false;    // also over one of its own
};

class Making {
public:
    Making(const Operation& operation, const Memory& memory, const Knowledge& knowledge, const Target& target, int destination)
        : operation_(operation), memory_(memory), knowledge_(knowledge), target_(target), destination_(destination), kind_(kind_of(operation.type)) {}

    base::Result<Request> run() {
        TRY(method());
        TRY(std::string url, where());
        TRY(headers());
        TRY(body(url));
        sent_.request.url = operation_.encode ? encoded(url) : url;
        return std::move(sent_.request);
    }

private:
    bool is_operation() const { return std::find_if(std::begin(operations), std::end(operations), [&](const char* one) { return operation_.type == one; }) != std::end(operations); }

    base::Result<void> method() {
        std::string& method = sent_.request.method;
        method = operation_.method;
        if (!method.empty()) {
            constexpr const char* methods[] = {"DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT", "HEAD"};
            if (std::none_of(std::begin(methods), std::end(methods), [&](const char* one) { return method == one; }))
                return Fault{Fault::Kind::invalid, "there is no method " + method};
        }
        if (!operation_.type.empty() && kind_ == nullptr && !is_operation()) {
            const std::string path = operation_.url.value_or("") + operation_.params.value_or("");
            if (method.empty() && path.find('$') == std::string::npos) return Fault{Fault::Kind::unsupported, fmt::format("the operation type {} is not known here", operation_.type)};
        }
        if (method.empty()) method = kind_ != nullptr ? kind_->method : operation_.source_id.empty() ? "GET" : "POST";
        return {};
    }

    base::Result<std::string> where() {
        if (operation_.url) return memory_.fill(*operation_.url);
        std::string type = operation_.resource;
        if (operation_.params) {
            TRY(const std::string params, memory_.fill(*operation_.params));
            if (kind_ != nullptr && kind_->goes == Kind::metadata) return joined("metadata", params);
            const bool query = (kind_ != nullptr && (kind_->goes == Kind::search || kind_->goes == Kind::conditional)) && params.find_first_of("/?") == std::string::npos && params.find('=') != std::string::npos;
            return completed(joined(type, query ? '?' + params : params));
        }
        Place place;
        if (!operation_.target_id.empty()) {
            TRY(place, memory_.place(operation_.target_id, destination_));
            if (kind_ == nullptr || kind_->goes == Kind::instance) sent_.id_wins = kind_ != nullptr;
        } else if (!operation_.source_id.empty() && names_place(type)) {
            if (kind_ != nullptr) {
                TRY(place, memory_.place(operation_.source_id, destination_));
            } else if (const auto source = memory_.place(operation_.source_id, destination_); source && source->type != "Parameters") {
                place.type = source->type;
            }
        }
        if (type.empty()) type = place.type;
        return completed(address(type, place));
    }

    // What sourceId means for the URL where nothing else says it: the resource itself, its type, or nothing.
    bool names_place(const std::string& type) const {
        if (kind_ == nullptr) return operation_.type == "validate" && type.empty();  // defined on types and instances only (FHIR R4 "$validate")
        switch (kind_->goes) {
            case Kind::instance:
            case Kind::version: return true;
            case Kind::history:
            case Kind::type:
            case Kind::search: return type.empty();
            default: return false;
        }
    }

    std::string address(const std::string& type, const Place& place) const {
        if (kind_ == nullptr) return place.id.empty() ? type : type + '/' + place.id;
        switch (kind_->goes) {
            case Kind::instance:
            case Kind::version: {
                std::string url = type + '/' + place.id;
                if (kind_->goes == Kind::version) url += "/_history/" + place.version;
                return url;
            }
            case Kind::history: return place.id.empty() ? type : type + '/' + place.id;
            case Kind::metadata: return "metadata";
            case Kind::system: return "";
            case Kind::type:
            case Kind::search:
            case Kind::conditional: return type;
        }
        return type;
    }

    // What the type of operation adds to a URL, unless the script wrote it itself.
    base::Result<std::string> completed(std::string url) {
        if (is_operation()) return url.find("/$") != std::string::npos || url.starts_with('$') ? url : with_part(url, '$' + operation_.type);
        if (kind_ == nullptr) return url;
        const std::string path(base::cut(url, '?').first);
        if (kind_->goes == Kind::history) return with_part(url, "_history");
        if (kind_->goes == Kind::search && sent_.request.method == "POST") return with_part(url, "_search");
        // Never all there is, for want of a word.
        if (kind_->goes == Kind::conditional && base::cut(url, '?').second.find('=') == std::string_view::npos)
            return Fault{Fault::Kind::invalid, fmt::format("a {} needs search parameters", operation_.type)};
        if (kind_->goes == Kind::type && path.empty()) return Fault{Fault::Kind::invalid, fmt::format("a {} needs a resource type", operation_.type)};
        if (kind_->goes == Kind::instance || kind_->goes == Kind::version) {
            const bool whole = path.find('/') != std::string::npos && !path.ends_with('/');
            const bool conditional = kind_->goes == Kind::instance && url.find('?') != std::string::npos;  // PUT Patient?identifier=x
            if (!whole && !conditional) return Fault{Fault::Kind::invalid, fmt::format("a {} needs to know one resource, and '{}' names none", operation_.type, url)};
        }
        return url;
    }

    base::Result<void> headers() {
        Request& request = sent_.request;
        for (const Field& field : operation_.fields) {
            TRY(const std::string value, memory_.fill(field.value));
            if (value.find_first_of("\r\n") != std::string::npos) return Fault{Fault::Kind::invalid, fmt::format("the header {} would have a line break", field.name)};
            request.fields.push_back({field.name, value});
        }
        if (!operation_.accept.empty() && !header("Accept")) request.fields.push_back({"Accept", operation_.accept == "none" ? "*/*" : media_type_of(operation_.accept)});
        return {};
    }

    const Field* header(std::string_view name) const {
        for (const Field& field : sent_.request.fields)
            if (base::equal_ignoring_case(field.name, name)) return &field;
        return nullptr;
    }

    base::Result<void> body(std::string& url) {
        Request& request = sent_.request;
        // "the body of a PUT or POST request" (FHIR R4 TestScript.setup.action.operation.sourceId)
        const bool carries = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
        if (operation_.source_id.empty() || !carries) {
            // The parameters of a search by POST stand in its body (FHIR R4 3.1.1.1).
            if (kind_ != nullptr && kind_->goes == Kind::search && request.method == "POST") {
                const auto [path, query] = base::cut(url, '?');
                request.body = operation_.encode ? encoded(query) : std::string(query);
                url = std::string(path);
                if (!header("Content-Type")) request.fields.push_back({"Content-Type", "application/x-www-form-urlencoded"});
            } else if (!operation_.content_type.empty() && operation_.content_type != "none" && !header("Content-Type")) {
                request.fields.push_back({"Content-Type", media_type_of(operation_.content_type)});
            }
            return {};
        }
        const Kept* source = memory_.find(operation_.source_id);
        if (source == nullptr) return Fault{Fault::Kind::invalid, fmt::format("nothing has the id {} here", operation_.source_id)};
        if (source->body.empty()) return Fault{Fault::Kind::invalid, fmt::format("{} has no body to send", operation_.source_id)};
        TRY(std::string filled, memory_.fill_body(source->body));
        request.body = memory_.moved(std::move(filled), destination_);
        std::string type = header("Content-Type") ? header("Content-Type")->value : media_type_of(operation_.content_type);
        if (operation_.content_type == "none") type.clear();
        TRY(shape(type, url));
        if (!header("Content-Type")) request.fields.push_back({"Content-Type", operation_.content_type == "none" ? "" : type});
        return {};
    }

    // Brings the body into the wanted format, and its id into agreement with the URL.
    base::Result<void> shape(std::string& type, const std::string& url) {
        std::string& body = sent_.request.body;
        const bool patch = sent_.request.method == "PATCH";
        const auto first = base::trim(std::string_view(body));
        if (patch && first.starts_with('[')) {
            if (type.empty() || type == media_type(Format::json)) type = "application/json-patch+json";
            return {};
        }
        if (patch && first.starts_with("<diff")) {
            if (type.empty() || type == media_type(Format::xml)) type = "application/xml-patch+xml";
            return {};
        }
        auto read = knowledge_.read(body);
        if (!read || read->root().resource_type().empty()) {
            // No resource; a script may want to send just that.
            if (type.empty()) type = first.starts_with('<') ? media_type(Format::xml) : first.starts_with('{') || first.starts_with('[') ? media_type(Format::json) : "text/plain";
            return {};
        }
        fhir::Document document = *std::move(read);
        const fhir::View root = document.root();
        // A patch that is no resource may come in the envelope of one.
        if (patch && root.child("contentType") && root.child("data")) {
            const auto bytes = base::base64_decode(root.child("data").text());
            if (!bytes) return Fault{Fault::Kind::invalid, "the Binary's data is no base64"};
            if (type.empty() || type == media_type(Format::json) || type == media_type(Format::xml)) type = root.child("contentType").text();
            body = *bytes;
            return {};
        }
        bool changed = false;
        if (kind_ != nullptr && kind_->goes == Kind::instance && sent_.request.method == "PUT") {
            const Place place = place_in('/' + url);
            const auto own = root.child("id").text();
            if (!place.id.empty() && url.find('?') == std::string::npos && (own.empty() || sent_.id_wins) && own != place.id) {
                document = with_id(root, place.id);
                changed = true;
            }
        }
        const bool is_xml = first.starts_with('<');
        const bool wants_xml = type.empty() ? target_.format == Format::xml : type.find("xml") != std::string::npos;
        const bool known = type.empty() || wants_xml || type.find("json") != std::string::npos;
        if (type.empty()) type = media_type(target_.format);
        if (known && (changed || is_xml != wants_xml)) body = wants_xml ? fhir::codec::to_xml(document.root(), knowledge_.schema()) : fhir::codec::to_json(document.root());
        return {};
    }

    const Operation& operation_;
    const Memory& memory_;
    const Knowledge& knowledge_;
    const Target& target_;
    int destination_;
    const Kind* kind_;
    Sent sent_{};
};

}  // namespace

fhir::Document with_id(fhir::View resource, std::string_view id) {
    fhir::Builder build(resource.document().names());
    build.resource(resource.resource_type());
    build.value(build.name("id"), id);
    for (const fhir::View child : resource.children())
        if (child.name_text() != "id") build.copy(child);
    return std::move(build).finish();
}

fhir::Document without_id(fhir::View resource) {
    fhir::Builder build(resource.document().names());
    build.resource(resource.resource_type());
    for (const fhir::View child : resource.children())
        if (child.name_text() != "id") build.copy(child);
    return std::move(build).finish();
}

std::string media_type_of(const std::string& code) {
    if (code == "json") return media_type(Format::json);
    if (code == "xml") return media_type(Format::xml);
    if (code == "ttl") return "application/fhir+turtle";
    return code == "none" ? "" : code;
}

base::Result<Request> request(const Operation& operation, const Memory& memory, const Knowledge& knowledge, const Target& target, int destination) {
    return Making(operation, memory, knowledge, target, destination).run();
}

}  // namespace runner::testscript
