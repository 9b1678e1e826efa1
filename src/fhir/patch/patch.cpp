// SPDX-License-Identifier: Apache-2.0
#include "fhir/patch/patch.h"

#include "fhir/codec/json.h"
#include "fhir/patch/merge_patch.h"

namespace fhir::patch {
namespace {

using base::Fault;

base::Result<Document> read_result(JsonValue value, const schema::Schema& schema) {
    prune(value);
    auto document = codec::read_json(write_value(value), schema.names());
    if (document) return document;
    // Line and column are those of a text that nobody has seen.
    const std::string& why = document.fault().text;
    return Fault{.kind = Fault::Kind::invalid, .text = "The patched resource would be no FHIR JSON: " + why.substr(0, why.rfind(" (line")),
                 .where = document.fault().where, .type = document.fault().type};
}

}  // namespace

base::Result<Patch> read_patch(Format format, std::string_view bytes) {
    if (format == Format::json) {
        TRY(auto operations, read_json_patch(bytes));
        return Patch(std::move(operations));
    }
    TRY(JsonValue value, read_value(bytes));
    if (value.kind != JsonValue::Kind::object)
        return Fault{Fault::Kind::malformed, "A merge patch for a resource is a JSON object.", "", base::IssueType::structure};
    return Patch(std::move(value));
}

base::Result<Patch> read_patch(View parameters, const schema::Schema& schema) {
    TRY(auto operations, read_path_patch(parameters, schema));
    return Patch(std::move(operations));
}

base::Result<Document> patched(std::string_view body, const Patch& patch, const schema::Schema& schema, base::Micros now) {
    if (const auto* operations = std::get_if<std::vector<PathOperation>>(&patch)) {
        TRY(Document document, codec::read_json(body, schema.names()));
        return apply(std::move(document), *operations, schema, now);
    }
    TRY(JsonValue value, read_value(body));
    if (const auto* operations = std::get_if<std::vector<JsonOperation>>(&patch)) {
        TRY(value, apply(std::move(value), *operations));
    } else {
        value = merged(std::move(value), std::get<JsonValue>(patch));
    }
    return read_result(std::move(value), schema);
}

}  // namespace fhir::patch
