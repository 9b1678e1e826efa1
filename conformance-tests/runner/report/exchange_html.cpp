// SPDX-License-Identifier: Apache-2.0
#include "runner/report/exchange_html.h"

#include "base/character.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "runner/report/overview.h"

#include <fmt/format.h>

namespace runner::report {

namespace {

std::string_view cut(std::string_view text) { return base::beginning(text, shown_body); }

std::string body(const std::string& text, const Knowledge& knowledge) {
    if (text.empty()) return "";
    std::string pretty = text;
    if (text.size() < (1U << 20U) && text.find_first_not_of(" \t\r\n") != std::string::npos && text[text.find_first_not_of(" \t\r\n")] == '{')
        if (const auto read = fhir::codec::read_json(text, knowledge.schema().names(), {.any_json = true})) pretty = fhir::codec::to_pretty_json(read->root());
    std::string out = '\n' + escaped(cut(pretty));
    if (pretty.size() > shown_body) out += fmt::format("\n<i>... cut here; {} bytes in all</i>", text.size());
    return out + '\n';
}

std::string fields(const std::vector<Field>& all) {
    std::string out;
    for (const Field& field : all) {
        const bool secret = base::equal_ignoring_case(field.name, "Authorization") || base::equal_ignoring_case(field.name, "Proxy-Authorization") ||
                            base::equal_ignoring_case(field.name, "Cookie") || base::equal_ignoring_case(field.name, "Set-Cookie");
        out += fmt::format("{}: {}\n", escaped(field.name), secret ? "***" : escaped(field.value));
    }
    return out;
}

}  // namespace

std::string exchange_html(const Exchange& exchange, const Knowledge& knowledge) {
    std::string out = fmt::format("<div class=exchange><div><h5>Request</h5><pre tabindex=0><b>{} {}</b>\n{}{}</pre></div>", escaped(exchange.request.method),
                                  escaped(exchange.request.url), fields(exchange.request.fields), body(exchange.request.body, knowledge));
    // What is no HTTP has no status: HL7 v2.
    const bool unanswered = exchange.response.status == 0 && exchange.response.body.empty();
    const std::string head = exchange.response.status == 0 && !unanswered ? "the answer"
                             : unanswered ? "nobody answered" + (exchange.fault.empty() ? "" : ": " + escaped(exchange.fault))
                                          : fmt::format("status {}", exchange.response.status);
    out += fmt::format("<div><h5>Answer, after {}</h5><pre tabindex=0><b>{}</b>\n{}{}</pre></div></div>", escaped(duration(exchange.took)), head,
                       fields(exchange.response.fields), body(exchange.response.body, knowledge));
    return out;
}

}  // namespace runner::report
