// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/memory.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "runner/testscript/compare.h"
#include "runner/testscript/element_path.h"

#include <algorithm>

#include <fmt/format.h>

namespace runner::testscript {

using base::Fault;

const std::string* Kept::field(std::string_view name) const {
    for (const Field& one : fields)
        if (base::equal_ignoring_case(one.name, name)) return &one.value;
    return nullptr;
}

Place place_in(std::string_view url) {
    url = base::cut(base::cut(url, '?').first, '#').first;
    std::vector<std::string_view> parts = base::split(url, '/');
    Place place;
    if (parts.size() >= 4 && parts[parts.size() - 2] == "_history") {
        place.version = parts.back();
        parts.resize(parts.size() - 2);
    }
    if (parts.size() < 2) return {};
    place.type = parts[parts.size() - 2];
    place.id = parts.back();
    if (place.type.empty() || place.type[0] < 'A' || place.type[0] > 'Z' || place.id.empty()) return {};
    return place;
}

std::string replaced_all(std::string text, std::string_view before, std::string_view after) {
    for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + after.size())) text.replace(at, before.size(), after);
    return text;
}

std::string Memory::moved(std::string body, int destination) const {
    if (destination == front_) return body;
    for (const auto& [where, place] : places_)
        if (const Place* front = where.second == destination ? created(where.first, front_) : nullptr; front != nullptr)
            body = replaced_all(std::move(body), fmt::format("\"{}/{}\"", front->type, front->id), fmt::format("\"{}/{}\"", place.type, place.id));
    return body;
}

Verdict verdict_of(const Fault& fault) {
    if (fault.kind == Fault::Kind::unsupported) return Verdict::limit;
    return fault.kind == Fault::Kind::unavailable ? Verdict::skip : Verdict::error;
}

Kept Memory::kept(std::string body, std::vector<Field> fields, int status, bool of_wire) const {
    Kept made{.body = std::move(body), .fields = std::move(fields), .status = status, .of_wire = of_wire};
    const std::string* type = made.field("Content-Type");
    if (made.body.empty()) {
        made.why_not = "there is no body";
    } else if (type != nullptr && type->find("turtle") != std::string::npos) {
        made.why_not = "Turtle is not read here";
        made.foreign = true;
    } else if (auto read = judge_.knowledge().read(made.body)) {
        made.resource = std::make_shared<const fhir::Document>(*std::move(read));
        if (made.resource->root().resource_type().empty()) {
            made.resource = nullptr;
            made.why_not = "the body is no resource";
        }
    } else {
        made.why_not = "the body is no resource: " + read.fault().text;
    }
    return made;
}

void Memory::keep_last(Exchange exchange) {
    request_ = kept(exchange.request.body, exchange.request.fields, 0, true);
    response_ = kept(exchange.response.body, exchange.response.fields, exchange.response.status, true);
    exchange_ = std::move(exchange);
}

const Kept* Memory::find(const std::string& id) const {
    const auto found = named_.find(id);
    return found == named_.end() ? nullptr : &found->second;
}

bool Memory::contained(const std::string& id) const {
    const Fixture* fixture = script_.fixture(id);
    return fixture != nullptr && fixture->reference.starts_with('#');
}

const Place* Memory::created(const std::string& id, int destination) const {
    const auto found = places_.find({id, destination});
    return found == places_.end() ? nullptr : &found->second;
}

base::Result<Place> Memory::place(const std::string& id, int destination) const {
    if (const Place* made = created(id, destination)) return *made;
    const Kept* what = find(id);
    if (what == nullptr) return Fault{Fault::Kind::invalid, fmt::format("nothing has the id {} here", id)};
    Place found;
    if (what->of_wire)
        for (const char* name : {"Location", "Content-Location"})
            if (const std::string* url = what->field(name); url != nullptr && found.id.empty()) found = place_in(*url);
    if (what->resource) {
        const fhir::View root = what->resource->root();
        if (found.id.empty()) found = {.type = std::string(root.resource_type()), .id = std::string(root.child("id").text())};
        if (found.version.empty()) found.version = root.child("meta").child("versionId").text();
    }
    if (const std::string* tag = what->field("ETag"); tag != nullptr && found.version.empty()) {
        const auto [before, rest] = base::cut(*tag, '"');
        found.version = base::cut(rest, '"').first;
    }
    if (found.type.empty()) return Fault{Fault::Kind::invalid, fmt::format("of {} no type and id can be told: {}", id, what->why_not)};
    return found;
}

base::Result<std::string> Memory::value(const Variable& variable) const {
    if (const auto given = given_.find(variable.name); given != given_.end()) return given->second;
    const auto fail = [&](const std::string& why) -> base::Result<std::string> {
        if (variable.preset) return *variable.preset;
        return Fault{Fault::Kind::invalid, fmt::format("the variable {} has no value: {}", variable.name, why)};
    };
    if (!variable.computed()) {
        if (variable.preset) return *variable.preset;
        return Fault{Fault::Kind::unavailable, fmt::format("the variable {} must be given a value by whoever runs this{}{}", variable.name, variable.hint.empty() ? "" : ": ", variable.hint)};
    }
    const Kept* source = variable.source.empty() ? last_response() : find(variable.source);
    if (source == nullptr) return fail(variable.source.empty() ? "there was no response yet" : fmt::format("nothing has the id {} yet", variable.source));
    if (!variable.header.empty()) {
        const std::string* field = source->field(variable.header);
        return field != nullptr ? *field : fail(fmt::format("there is no header {}", variable.header));
    }
    if (!source->resource) return fail(source->why_not);
    const fhir::View root = source->resource->root();
    auto found = variable.expression.empty() ? select(root, variable.path) : judge_.values(root, variable.expression);
    if (!found) return std::move(found).fault();
    if (found->empty()) return fail("what it asks for is not there");
    if (found->size() > 1) return Fault{Fault::Kind::invalid, fmt::format("the variable {} has {} values: {}", variable.name, found->size(), quoted(*found))};
    // "If variable evaluates to nodelist or anything other than a primitive value, then test engine would report an error."
    if (found->front().starts_with('{') && fhir::codec::read_json(found->front(), judge_.knowledge().schema().names(), {.any_json = true}))
        return Fault{Fault::Kind::invalid, fmt::format("the variable {} has no plain value: {}", variable.name, quoted(*found))};
    return found->front();
}

namespace {

// Calls `each` with the name in every ${name}; what it returns stands in its place; nothing: it stays.
template <class Each>
base::Result<std::string> replaced(std::string_view text, Each each) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t open = text.find("${", at);
        const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) break;
        out += text.substr(at, open - at);
        const std::string name(text.substr(open + 2, close - open - 2));
        TRY(const std::optional<std::string> value, each(name));
        if (value) out += *value;
        else out += text.substr(open, close + 1 - open);
        at = close + 1;
    }
    out += text.substr(at);
    return out;
}

}  // namespace

base::Result<std::string> Memory::fill(std::string_view text) const {
    return replaced(text, [&](const std::string& name) -> base::Result<std::optional<std::string>> {
        const Variable* variable = script_.variable(name);
        if (variable == nullptr) return Fault{Fault::Kind::invalid, fmt::format("the script declares no variable {}", name)};
        TRY(std::string found, value(*variable));
        return std::optional(std::move(found));
    });
}

base::Result<std::string> Memory::fill_body(std::string_view body) const {
    const bool xml = base::trim(body).starts_with('<');
    return replaced(body, [&](const std::string& name) -> base::Result<std::optional<std::string>> {
        const Variable* variable = script_.variable(name);
        if (variable == nullptr) return std::optional<std::string>{};
        TRY(const std::string found, value(*variable));
        if (xml) return std::optional(base::xml_escape(found));
        std::string escaped;
        fhir::codec::write_json_string(found, escaped);
        return std::optional(escaped.substr(1, escaped.size() - 2));
    });
}

}  // namespace runner::testscript
