// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/explained.h"

#include "interaction/operation/parameters.h"

namespace interaction {

std::string explained(const store::Explanation& explanation, const Context& context) {
    ParametersText text(context.schema.names());
    for (const store::Explanation::Line& line : explanation.lines) {
        text.open("step");
        text.text("text", line.text);
        text.open("rows");
        text.builder().number(text.builder().name("valueDecimal"), line.rows);
        text.close();
        text.close();
    }
    if (!explanation.statement.empty()) text.text("statement", explanation.statement);
    return std::move(text).finish();
}

}  // namespace interaction
