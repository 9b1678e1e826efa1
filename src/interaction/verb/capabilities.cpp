// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/capabilities.h"

#include "base/crypto.h"
#include "interaction/verb/capability_statement.h"
#include "interaction/verb/precondition.h"
#include "interaction/verb/shown.h"

namespace interaction {
namespace {

// The date is that of the answer; what else it says decides whether a client has it already.
std::string tag_of(std::string_view json) {
    constexpr std::string_view mark = "\"date\":\"";
    std::string said(json);
    if (const auto at = said.find(mark); at != std::string::npos) said.erase(at, said.find('"', at + mark.size()) - at);
    return base::hex(base::view(base::sha256(said)).substr(0, 12));
}

}  // namespace

base::Result<Response> capabilities(const Request& request, const Context& context) {
    std::string_view mode = "full";
    for (const auto& [name, value] : request.parameters) {
        if (name == "mode") mode = value;
    }
    if (mode != "full" && mode != "normative" && mode != "terminology")
        return base::Fault{base::Fault::Kind::malformed, "The mode must be full, normative or terminology.", "", base::IssueType::value};
    TRY(const auto trim, read_trim(request.parameters));

    fhir::Document document = mode == "terminology" ? terminology_capabilities(request.base, context)
                                                    : capability_statement(request.base, mode == "normative", context);
    if (trim.any()) document = fhir::resource::trimmed(document.root(), context.schema, trim);
    Response response;
    response.type = document.root().resource_type();
    std::string json = fhir::codec::to_json(document.root());
    response.tag = tag_of(json);
    response.content.emplace_back(std::make_shared<const std::string>(std::move(json)));
    return unless_known(request, std::move(response));
}

}  // namespace interaction
