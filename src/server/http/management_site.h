// SPDX-License-Identifier: Apache-2.0
#pragma once

// The management port: is it alive, is it ready, how is it doing. No patient data passes here; it listens apart from FHIR.

#include "server/http/site.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace server::http {

struct Check {
    std::string name;                     // "store"
    std::function<std::string()> wrong;   // what is wrong, or empty; quick
};

class ManagementSite final : public Site {
public:
    // `metrics` renders the Prometheus text exposition format.
    ManagementSite(std::vector<Check> checks, std::function<std::string()> metrics);

    // Asked before all else; nothing: not its path. Before the site is in use.
    using Page = std::function<std::optional<Answer>(const Call&)>;
    void add(Page page) { pages_.push_back(std::move(page)); }

    std::uint64_t body_limit(const Head&) const override { return 0; }
    bool quick(const Call&) const override { return false; }
    Answer answer(const Call& call) override;  // GET /livez, /readyz, /metrics
    Answer refusal(int status, std::string_view reason) const override;

private:
    std::vector<Check> checks_;
    std::function<std::string()> metrics_;
    std::vector<Page> pages_;
};

}  // namespace server::http
