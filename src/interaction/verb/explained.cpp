// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/explained.h"

#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"

namespace interaction {

std::string explained(const store::Explanation& explanation, const Context& context) {
    fhir::Builder build(context.schema.names());
    const fhir::Name parameter = build.name("parameter");
    const fhir::Name part = build.name("part");
    const fhir::Name name = build.name("name");
    const fhir::Name text = build.name("valueString");
    build.resource("Parameters");
    for (const store::Explanation::Line& line : explanation.lines) {
        build.open(parameter, true);
        build.value(name, "step");
        build.open(part, true);
        build.value(name, "text");
        build.value(text, line.text);
        build.close();
        build.open(part, true);
        build.value(name, "rows");
        build.number(build.name("valueDecimal"), line.rows);
        build.close();
        build.close();
    }
    if (!explanation.statement.empty()) {
        build.open(parameter, true);
        build.value(name, "statement");
        build.value(text, explanation.statement);
        build.close();
    }
    return fhir::codec::to_json(std::move(build).finish().root());
}

}  // namespace interaction
