// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/traces.h"

#include "runner/scenario/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace runner::scenario {

void Traces::add(std::string reference) {
    if (!reference.empty() && std::find(made_.begin(), made_.end(), reference) == made_.end()) made_.push_back(std::move(reference));
}

void Traces::note(const Exchange& exchange, const Answer& answer) {
    const Response& response = exchange.response;
    const std::string* location = response.status == 201 ? response.field("Location") : nullptr;
    if (location != nullptr) add(reference_of(*location));
    const bool to_an_id = exchange.request.method == "PUT" && exchange.request.url.find('?') == std::string::npos;
    if (to_an_id && (response.status == 200 || response.status == 201)) add(reference_of(exchange.request.url));
    if (to_an_id && (response.status == 0 || response.status / 100 == 5)) maybe_.push_back(reference_of(exchange.request.url));
    if (exchange.request.method != "POST" || !answer.resource) return;
    const fhir::View resource = answer.resource->root();
    if (response.status == 201) {  // without a Location, the answer itself may tell
        if (location == nullptr) add(reference_of(fmt::format("{}/{}", resource.resource_type(), resource.child("id").text())));
        return;
    }
    for (const fhir::View entry : resource.children()) {
        if (entry.name_text() != "entry") continue;
        const fhir::View done = entry.child("response");
        if (done.child("status").text().starts_with("201")) add(reference_of(done.child("location").text()));
    }
}

void Traces::note_found(const Answer& answer) {
    if (!answer.resource) return;
    for (const fhir::View entry : answer.resource->root().children()) {
        const fhir::View resource = entry.child("resource");
        if (entry.name_text() == "entry" && resource && resource.resource_type() != std::string_view("OperationOutcome"))
            add(fmt::format("{}/{}", resource.resource_type(), resource.child("id").text()));
    }
}

void Traces::remove(Client& client, const Knowledge& knowledge, Test& into) {
    std::vector<runner::Step> refused;
    for (bool progress = true; progress && !made_.empty();) {
        progress = false;
        refused.clear();
        std::vector<std::string> left;
        for (auto one = made_.rbegin(); one != made_.rend(); ++one) {
            Exchange exchange = client.ask({.method = "DELETE", .url = '/' + *one});
            const int status = exchange.response.status;
            if ((status >= 200 && status < 300) || status == 404 || status == 410) {
                progress = true;
                continue;
            }
            left.push_back(*one);
            runner::Step step{.kind = runner::Step::Kind::operation, .label = "DELETE /" + *one, .verdict = Verdict::error};
            step.message = status == 0 ? exchange.fault : fmt::format("the answer is {}{}", status, complaint(read_answer(exchange.response, knowledge)));
            step.exchange = std::move(exchange);
            refused.push_back(std::move(step));
        }
        made_.assign(left.rbegin(), left.rend());
    }
    for (const std::string& one : maybe_)
        if (!one.empty()) (void)client.ask({.method = "DELETE", .url = '/' + one});
    maybe_.clear();
    std::move(refused.begin(), refused.end(), std::back_inserter(into.steps));
}

}  // namespace runner::scenario
