// SPDX-License-Identifier: Apache-2.0
#include "runner/report/terminal.h"

#include "runner/report/overview.h"

#include <fmt/format.h>

namespace runner::report {

namespace {

constexpr std::size_t shown_problems = 12;
constexpr std::size_t width = 150;

// One line, cut at a character of UTF-8.
std::string short_line(std::string text) {
    for (char& byte : text)
        if (static_cast<unsigned char>(byte) < 0x20) byte = ' ';
    if (text.size() <= width) return text;
    std::size_t end = width;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + "...";
}

void row(std::string& out, std::string_view name, const Score& score, std::string_view verdict) {
    out += fmt::format("  {:<16}{:>7}{:>7}{:>9}{:>7}{:>7}{:>7}{:>7}   {}\n", name, score.total(), score.pass, score.warning, score.skip, score.limit, score.fail,
                       score.error, verdict);
}

bool bad(Verdict verdict) { return verdict >= Verdict::fail; }

std::string problem(const Case& one, const Test& test) {
    const Step* step = telling(test);
    std::string text = fmt::format("  {:<6}{}/{}/{}", word(test.verdict()), one.suite, one.id, test.id.empty() ? "setup" : test.id);
    if (step) text += fmt::format(": {}{}{}", step->label, step->message.empty() ? "" : ": ", step->message);
    return short_line(std::move(text)) + '\n';
}

}  // namespace

std::string terminal(const Run& run) {
    const std::string name = server_name(run.target);
    std::string out = fmt::format("\n  {}{}{}\n  {}, {}\n\n", name, name.empty() ? "" : " at ", run.base, moment(run.begun), duration(run.took));
    out += fmt::format("  {:<16}{:>7}{:>7}{:>9}{:>7}{:>7}{:>7}{:>7}\n", "suite", "tests", "pass", "warning", "skip", "limit", "fail", "error");
    const auto suites = by_suite(run);
    for (const Suite& suite : suites) row(out, suite.name, suite.score, word(suite.verdict));
    const Score all = score(run);
    if (suites.size() > 1) row(out, "all", all, word(verdict(run)));

    std::string problems;
    std::size_t shown = 0;
    std::size_t left = 0;
    const auto tell = [&](const Case& one, const Test& test) {
        if (test.steps.empty() || !bad(test.verdict())) return;
        if (shown++ < shown_problems) problems += problem(one, test);
        else ++left;
    };
    for (const Case& one : run.cases) {
        tell(one, one.setup);
        for (const Test& test : one.tests) tell(one, test);
    }
    if (!problems.empty()) out += '\n' + problems;
    if (left > 0) out += fmt::format("  and {} more\n", left);

    const std::size_t tried = all.total() - all.skip - all.limit;
    out += bad(verdict(run)) ? fmt::format("\n  FAILED: {} of {} did not pass", all.fail + all.error, counted(tried, "test"))
           : tried == 0      ? std::string("\n  NOTHING TRIED")
                             : fmt::format("\n  PASSED: {}", counted(tried, "test"));
    if (all.warning > 0) out += fmt::format(", {}", counted(all.warning, "warning"));
    if (all.skip > 0) out += fmt::format(", {} skipped", all.skip);
    if (all.limit > 0) out += fmt::format(", {} beyond this program", all.limit);
    return out + '\n';
}

}  // namespace runner::report
