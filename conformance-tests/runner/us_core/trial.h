// SPDX-License-Identifier: Apache-2.0
#pragma once

// One test under way: asks the target, keeps what was asked and claimed as steps.

#include "runner/job.h"

#include <memory>
#include <string>
#include <vector>

namespace runner::us_core {

using Resource = std::shared_ptr<const fhir::Document>;

// What a search brought, over all its pages.
struct Found {
    bool good = false;  // every page was a searchset
    std::vector<Resource> matches{};
    std::vector<Resource> included{};
    std::vector<Resource> outcomes{};
};

class Trial {
public:
    // Test and bench must outlive it; `worst` is what becomes of a claim that does not hold.
    Trial(Bench& bench, Test& test, Verdict worst = Verdict::fail);
    ~Trial();  // writes down how long it took
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;

    Bench& bench() { return bench_; }

    // Asked, and one of these statuses came; false otherwise. `response`: what came, until the next question.
    bool ask(const Request& request, const std::vector<int>& statuses);
    const Response& response() const { return response_; }
    // The resource that came; null, and a step that says so, when it was none.
    Resource resource();

    // Follows the pages of a search, at most 40. `body`: of a POST to .../_search.
    Found search(const std::string& url, const std::string& body = {});

    bool claim(bool holds, std::string label, std::string message = {});
    void skip(std::string label, std::string why);

private:
    Bench& bench_;
    Test& test_;
    Verdict worst_;
    base::Micros begun_;
    Response response_{};
};

}  // namespace runner::us_core
