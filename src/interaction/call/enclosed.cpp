// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/enclosed.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"

namespace interaction {

using namespace fhir::literals;

store::Body enclosed(const Response& response, const fhir::Names& names) {
    if (response.media_type.empty()) {
        const auto* shared = response.content.size() == 1 ? std::get_if<store::Body>(&response.content.front()) : nullptr;
        return shared != nullptr ? *shared : std::make_shared<const std::string>(response.text());
    }
    fhir::Builder build(names);
    build.resource("Binary");
    build.value("contentType"_name, response.media_type);
    build.value("data"_name, base::base64_encode(response.text()));
    const fhir::Document document = std::move(build).finish();
    return std::make_shared<const std::string>(fhir::codec::to_json(document.root()));
}

}  // namespace interaction
