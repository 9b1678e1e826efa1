// SPDX-License-Identifier: Apache-2.0
#include "runner/summary.h"

#include <fmt/format.h>

#include <algorithm>

namespace runner {

namespace {

constexpr std::size_t most_shown = 12;

void add(Score& sum, const Score& one) {
    sum.pass += one.pass;
    sum.warning += one.warning;
    sum.skip += one.skip;
    sum.limit += one.limit;
    sum.fail += one.fail;
    sum.error += one.error;
}

std::string line(const std::string& name, const Score& s) {
    return fmt::format("{:<16}{:>7}{:>7}{:>9}{:>7}{:>7}{:>7}{:>7}\n", name, s.total(), s.pass, s.warning, s.skip, s.limit, s.fail, s.error);
}

}  // namespace

std::string summary(const Run& run) {
    std::vector<std::pair<std::string, Score>> suites;
    std::string failures;
    std::size_t failed = 0;
    for (const Case& one : run.cases) {
        auto at = std::find_if(suites.begin(), suites.end(), [&](const auto& suite) { return suite.first == one.suite; });
        if (at == suites.end()) at = suites.insert(suites.end(), {one.suite, Score{}});
        add(at->second, score(one));
        for (const Test& test : one.tests) {
            if (test.verdict() < Verdict::fail || ++failed > most_shown) continue;
            const auto step = std::find_if(test.steps.begin(), test.steps.end(), [](const Step& each) { return each.verdict >= Verdict::fail; });
            failures += fmt::format("{} {}/{}: {}\n    {}  {}\n    {}\n", word(test.verdict()), one.suite, one.id, test.title, step->where, step->label, step->message);
        }
    }
    std::string text = fmt::format("{:<16}{:>7}{:>7}{:>9}{:>7}{:>7}{:>7}{:>7}\n", "suite", "tests", "pass", "warning", "skip", "limit", "fail", "error");
    for (const auto& [name, counted] : suites) text += line(name, counted);
    if (suites.size() > 1) text += line("all", score(run));
    text += '\n' + failures;
    if (failed > most_shown) text += fmt::format("and {} more\n", failed - most_shown);
    return text;
}

}  // namespace runner
