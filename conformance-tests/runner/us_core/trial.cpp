// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/trial.h"

#include "fhir/tree/builder.h"

#include <fmt/format.h>

#include <algorithm>

namespace runner::us_core {

namespace {

constexpr int most_pages = 40;

// What an OperationOutcome says, for a message of one line.
std::string said(const Response& response, const Knowledge& knowledge) {
    const auto read = knowledge.read(response.body);
    if (!read) return {};
    const fhir::View issue = read->root().child("issue");
    const fhir::View text = issue.child("diagnostics") ? issue.child("diagnostics") : issue.child("details").child("text");
    return text ? ": " + std::string(text.text()) : std::string();
}

Resource copy_of(fhir::View resource, const fhir::Names& names) {
    fhir::Builder build(names);
    build.resource(resource.resource_type());
    build.copy_children(resource);
    return std::make_shared<const fhir::Document>(std::move(build).finish());
}

}  // namespace

Trial::Trial(Bench& bench, Test& test, Verdict worst) : bench_(bench), test_(test), worst_(worst), begun_(bench.clock.now()) {}

Trial::~Trial() { test_.took = bench_.clock.now() - begun_; }

bool Trial::ask(const Request& request, const std::vector<int>& statuses) {
    Exchange exchange = bench_.client.ask(request);
    response_ = exchange.response;
    const bool good = std::find(statuses.begin(), statuses.end(), response_.status) != statuses.end();
    Step step{.kind = Step::Kind::operation, .label = request.method + ' ' + (request.url.empty() ? "/" : request.url)};
    if (!request.body.empty() && request.body.size() < 200) step.label += " with " + request.body;
    if (!good) {
        step.verdict = response_.status == 0 ? Verdict::error : worst_;
        step.message = response_.status == 0 ? exchange.fault : fmt::format("answered {} instead of {}{}", response_.status, fmt::join(statuses, " or "), said(response_, bench_.judge.knowledge()));
    }
    step.exchange = std::move(exchange);
    test_.steps.push_back(std::move(step));
    return good;
}

Resource Trial::resource() {
    auto read = bench_.judge.knowledge().read(response_.body);
    if (!read || read->root().resource_type().empty()) {
        claim(false, "the answer is a resource", read ? "it has no resourceType" : read.fault().text);
        return nullptr;
    }
    return std::make_shared<const fhir::Document>(std::move(*read));
}

Found Trial::search(const std::string& url, const std::string& body) {
    const fhir::Names& names = bench_.judge.knowledge().schema().names();
    Found found;
    Request next{.url = url};
    if (!body.empty()) next = {.method = "POST", .url = url, .fields = {{"Content-Type", "application/x-www-form-urlencoded"}}, .body = body};
    for (int page = 0; page < most_pages; ++page) {
        if (!ask(next, {200})) return found;
        const Resource bundle = resource();
        if (!bundle) return found;
        if (!claim(bundle->root().child("type").text() == "searchset", "the answer is a searchset", "its type is " + std::string(bundle->root().child("type").text()))) return found;
        std::string link;
        for (const fhir::View child : bundle->root().children()) {
            if (child.name_text() == "link" && child.child("relation").text() == "next") link = child.child("url").text();
            if (child.name_text() != "entry" || !child.child("resource")) continue;
            const std::string_view mode = child.child("search").child("mode").text();
            auto& kept = mode == "include" ? found.included : mode == "outcome" ? found.outcomes : found.matches;
            kept.push_back(copy_of(child.child("resource"), names));
        }
        if (link.empty()) {
            found.good = true;
            return found;
        }
        next = {.url = link};
    }
    skip("all pages", fmt::format("there are more than {}; what lies beyond was not looked at", most_pages));
    return found;
}

bool Trial::claim(bool holds, std::string label, std::string message) {
    Step step{.label = std::move(label), .verdict = holds ? Verdict::pass : worst_};
    if (!holds) step.message = std::move(message);
    test_.steps.push_back(std::move(step));
    return holds;
}

void Trial::skip(std::string label, std::string why) { test_.steps.push_back({.label = std::move(label), .verdict = Verdict::skip, .message = std::move(why)}); }

}  // namespace runner::us_core
