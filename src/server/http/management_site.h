// SPDX-License-Identifier: Apache-2.0
#pragma once

// The management port: is it alive, is it ready, how is it doing, and what operators change while it runs. It listens apart
// from FHIR. What changes something is refused when a web page asks (a browser always says so with Origin).

#include "server/http/site.h"

#include <functional>
#include <string>
#include <vector>

namespace server::http {

struct Check {
    std::string name;                     // "store"
    std::function<std::string()> wrong;   // what is wrong, or empty; quick
};

// One thing that operators may ask or do.
struct ManagementRoute {
    Method method = Method::get;
    std::string path;                     // "/channels/*/stop": * is one segment, given to `answer` in order, percent-decoded
    std::function<Answer(const Call&, const std::vector<std::string>& segments)> answer;
    std::uint64_t body = 0;               // most bytes of its body
};

// Answers of such routes. Never stored by anybody on the way.
Answer management_json(int status, std::string body);
Answer management_fault(const base::Fault& fault);  // {"error": "..."} with the status of its kind

class ManagementSite final : public Site {
public:
    // `metrics` renders the Prometheus text exposition format.
    ManagementSite(std::vector<Check> checks, std::function<std::string()> metrics, std::vector<ManagementRoute> routes = {});

    std::uint64_t body_limit(const Head& head) const override;
    bool quick(const Call&) const override { return false; }
    Answer answer(const Call& call) override;  // GET /livez, /readyz, /metrics, and the routes
    Answer refusal(int status, std::string_view reason) const override;

private:
    std::vector<Check> checks_;
    std::function<std::string()> metrics_;
    std::vector<ManagementRoute> routes_;
};

}  // namespace server::http
