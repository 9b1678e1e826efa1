// SPDX-License-Identifier: Apache-2.0
#pragma once

// The management port: is it alive, is it ready, how is it doing; and what other parts of the house show there. It listens apart
// from FHIR, on loopback only.
//
// Routes are for programs of this machine. A browser must not reach them, whatever page it shows: a Host that is not loopback (a
// name that was rebound) and anything with an Origin is 403, and a POST with a body must be application/json, which no form can send.

#include "server/http/site.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace server::http {

struct Check {
    std::string name;                      // "store"
    std::function<std::string()> wrong;    // what is wrong, or empty; quick
    std::function<std::string()> facts{};  // a JSON object that /readyz tells anyway
};

// One thing that operators may ask or do.
struct ManagementRoute {
    Method method = Method::get;          // get: also HEAD
    std::string path;                     // "/desk/messages/*/replay": * is one segment, given to `answer` in order, percent-decoded
    std::function<Answer(const Call&, const std::vector<std::string>& segments)> answer;
    std::uint64_t body = 0;               // most bytes of its body; with one a POST must be application/json
};

// Answers of such routes. Never stored by anybody on the way.
Answer management_json(int status, std::string body, const char* type = "application/json");
Answer management_fault(const base::Fault& fault);  // {"error":"...","kind":"...","where":"..."} with the status of its kind

class ManagementSite final : public Site {
public:
    // `metrics` renders the Prometheus text exposition format.
    ManagementSite(std::vector<Check> checks, std::function<std::string()> metrics, std::vector<ManagementRoute> routes = {});

    std::uint64_t body_limit(const Head& head) const override;
    bool quick(const Call&) const override { return false; }
    Answer answer(const Call& call) override;  // GET /livez, /readyz (text, or JSON by Accept), /metrics, and the routes
    Answer refusal(int status, std::string_view reason) const override;

private:
    Answer ready(bool json) const;

    std::vector<Check> checks_;
    std::function<std::string()> metrics_;
    std::vector<ManagementRoute> routes_;
};

}  // namespace server::http
