// SPDX-License-Identifier: Apache-2.0
#include "runner/execute.h"

namespace runner {

namespace {

Case not_run(const Job& job, base::Micros now) {
    Case one{.suite = job.suite, .id = job.id};
    one.setup = {.id = "setup", .steps = {{.kind = Step::Kind::operation, .label = "the suite's reference data", .verdict = Verdict::error, .message = "it could not be loaded"}}};
    one.tests.push_back({.id = "all", .title = "not run", .steps = one.setup.steps});
    one.begun = now;
    return one;
}

}  // namespace

std::vector<Case> execute(const std::vector<Suite>& suites, Bench& bench, Progress& progress, const std::function<bool()>& stopped) {
    std::vector<Case> cases;
    const auto run = [&](const Job& job) {
        progress.begin(job.suite, job.id);
        cases.push_back(job.run(bench));
        progress.end(cases.back());
        return cases.back().verdict();
    };
    for (const Suite& suite : suites) {
        if (stopped()) break;
        const bool loaded = !suite.before || run(*suite.before) != Verdict::error;
        for (const Job& job : suite.jobs) {
            if (stopped()) break;
            if (loaded) run(job);
            else cases.push_back(not_run(job, bench.clock.now()));
        }
        if (suite.after) run(*suite.after);
    }
    return cases;
}

}  // namespace runner
