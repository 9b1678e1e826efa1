// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/shown.h"

#include "base/text.h"

#include <algorithm>
#include <stdexcept>

namespace interaction {

using base::Fault;
using fhir::resource::Trim;

base::Result<Trim> read_trim(const Pairs& parameters) {
    const auto bad = [](std::string text) {
        return Fault{Fault::Kind::malformed, std::move(text), "", base::IssueType::value};
    };
    Trim trim;
    for (const auto& [name, value] : parameters) {
        if (name == "_summary") {
            if (value == "true") trim.extent = Trim::Extent::summary;
            else if (value == "text") trim.extent = Trim::Extent::text;
            else if (value == "data") trim.extent = Trim::Extent::data;
            else if (value != "false") return bad("_summary must be true, text, data or false here.");
        } else if (name == "_elements") {
            for (std::string_view element : base::split(value, ',')) {
                const bool fits = !element.empty() && std::all_of(element.begin(), element.end(), [](char c) {
                    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
                });
                if (!fits) return bad("_elements must be a list of element names with commas between.");
                trim.elements.emplace_back(element);
            }
        }
    }
    return trim;
}

fhir::Document body_of(const store::Version& version, const Context& context) {
    auto document = fhir::codec::read_json(*version.body, context.schema.names());
    if (!document) throw std::runtime_error("a stored body is not readable");
    return *std::move(document);
}

base::Result<store::Body> shown(const store::Version& version, const Trim& trim, const Context& context) {
    if (!trim.any()) return version.body;
    const fhir::Document part = fhir::resource::trimmed(body_of(version, context).root(), context.schema, trim);
    return std::make_shared<const std::string>(fhir::codec::to_json(part.root()));
}

Response about(const store::Version& version) {
    Response response;
    response.type = version.type;
    response.id = version.id;
    response.version = version.version;
    response.last_updated = version.last_updated;
    return response;
}

Fault missing(const std::string& type, const std::string& id) {
    return {Fault::Kind::missing, "There is no " + type + "/" + id + "."};
}

Fault gone(const std::string& type, const std::string& id) {
    return {Fault::Kind::gone, type + "/" + id + " was deleted."};
}

}  // namespace interaction
