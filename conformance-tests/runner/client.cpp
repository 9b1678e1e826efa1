// SPDX-License-Identifier: Apache-2.0
#include "runner/client.h"

#include "base/text.h"

#include <algorithm>

namespace runner {

namespace {

bool has(const std::vector<Field>& fields, std::string_view name) {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return base::equal_ignoring_case(field.name, name); });
}

std::string absolute(const std::string& base, const std::string& url) {
    if (url.starts_with("http://") || url.starts_with("https://")) return url;
    if (url.empty()) return base;
    return url[0] == '/' || url[0] == '?' ? base + url : base + '/' + url;
}

// "https://host/fhir" is no prefix of "https://host/fhirther".
bool is_below(const std::string& base, const std::string& url) {
    return url.starts_with(base) && (url.size() == base.size() || url[base.size()] == '/' || url[base.size()] == '?');
}

}  // namespace

const char* media_type(Format format) { return format == Format::json ? "application/fhir+json" : "application/fhir+xml"; }

const std::string* Response::field(std::string_view name) const {
    for (const Field& field : fields)
        if (base::equal_ignoring_case(field.name, name)) return &field.value;
    return nullptr;
}

Exchange Client::ask(const Request& request) {
    Exchange exchange{.request = request, .response = {}};
    Request& sent = exchange.request;
    sent.url = absolute(target_.base, request.url);
    if (!has(sent.fields, "Accept")) sent.fields.push_back({"Accept", media_type(target_.format)});
    if (!sent.body.empty() && !has(sent.fields, "Content-Type")) sent.fields.push_back({"Content-Type", media_type(target_.format)});
    if (!target_.authorization.empty() && !has(sent.fields, "Authorization") && is_below(target_.base, sent.url))
        sent.fields.push_back({"Authorization", target_.authorization});

    base::net::Fetch asked;
    asked.url = sent.url;
    asked.method = sent.method;
    for (const Field& field : sent.fields) asked.fields.push_back(field.value.empty() ? field.name + ";" : field.name + ": " + field.value);  // "X;": sent without a value
    // Without a body there is nothing to have a type; the form that the fetcher would name is none.
    const bool carries = sent.method == "POST" || sent.method == "PUT" || sent.method == "PATCH";
    if (carries && sent.body.empty() && !has(sent.fields, "Content-Type")) asked.fields.emplace_back("Content-Type:");
    asked.body = sent.body;
    asked.patience = unanswered_ < 3 ? target_.patience : std::min(target_.patience, std::chrono::milliseconds(5'000));
    asked.reach = base::net::Reach::anywhere;
    asked.trust = target_.trust;
    for (Field& field : sent.fields)
        if (base::equal_ignoring_case(field.name, "Authorization")) field.value = "***";

    const base::Micros begun = clock_.now();
    auto fetched = fetcher_.fetch(asked);
    exchange.took = clock_.now() - begun;
    unanswered_ = fetched ? 0 : unanswered_ + 1;
    if (!fetched) {
        exchange.fault = fetched.fault().text;
        return exchange;
    }
    exchange.response.status = fetched->status;
    exchange.response.body = std::move(fetched->body);
    for (const std::string& line : fetched->fields) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        exchange.response.fields.push_back({line.substr(0, colon), std::string(base::trim(std::string_view(line).substr(colon + 1)))});
    }
    return exchange;
}

}  // namespace runner
