// SPDX-License-Identifier: Apache-2.0
#include "runner/report/terminal.h"

#include "base/character.h"
#include "runner/report/overview.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace runner::report {

namespace {

constexpr std::size_t shown_problems = 12;
constexpr std::size_t width = 150;

// One line, cut at a character of UTF-8.
std::string short_line(std::string text, std::size_t most = width) {
    for (char& byte : text)
        if (static_cast<unsigned char>(byte) < 0x20) byte = ' ';
    if (text.size() <= most) return text;
    return std::string(base::beginning(text, most)) + "...";
}

// The columns of the table: as wide as the names of the suites, narrow on a narrow screen.
struct Table {
    std::size_t name = 16;
    std::size_t number = 7;

    Table(const std::vector<Suite>& suites, std::size_t columns) {
        for (const Suite& suite : suites) name = std::max(name, suite.name.size() + 1);
        if (columns == 0 || columns >= name + 65) return;
        number = 6;
        name = std::min<std::size_t>(name, 16);
    }
    bool narrow() const { return number < 7; }

    std::string line(std::string_view first, const std::array<std::string, 7>& cells, std::string_view verdict) const {
        std::string out = fmt::format("  {:<{}}", narrow() ? first.substr(0, name - 1) : first, name);
        for (std::size_t i = 0; i < cells.size(); ++i) out += fmt::format("{:>{}}", cells[i], i == 2 && !narrow() ? number + 2 : number);
        return out + (narrow() || verdict.empty() ? "" : "   " + std::string(verdict)) + '\n';
    }
    std::string head() const { return line("suite", {"tests", "pass", narrow() ? "warn" : "warning", "skip", "limit", "fail", "error"}, ""); }
    std::string row(std::string_view suite, const Score& score, std::string_view verdict) const {
        const auto text = [](std::size_t count) { return std::to_string(count); };
        return line(suite, {text(score.total()), text(score.pass), text(score.warning), text(score.skip), text(score.limit), text(score.fail), text(score.error)}, verdict);
    }
};

bool bad(Verdict verdict) { return verdict >= Verdict::fail; }

std::string problem(const Case& one, const Test& test) {
    const Step* step = telling(test);
    std::string text = fmt::format("  {:<6}{}/{}/{}", word(test.verdict()), one.suite, one.id, test.id.empty() ? "setup" : test.id);
    if (step && !step->where.empty()) text += fmt::format(" ({})", step->where);
    // What was found matters more than what was asked for at length.
    if (step) text += fmt::format(": {}{}{}", step->message.empty() ? step->label : short_line(step->label, 48), step->message.empty() ? "" : ": ", step->message);
    return short_line(std::move(text)) + '\n';
}

}  // namespace

std::string terminal(const Run& run, std::size_t columns) {
    const std::string name = server_name(run.target);
    std::string out = fmt::format("\n  {}{}{}\n  {}, {}\n\n", name, name.empty() ? "" : " at ", run.base, moment(run.begun), duration(run.took));
    const auto suites = by_suite(run);
    const Table table(suites, columns);
    out += table.head();
    for (const Suite& suite : suites) out += table.row(suite.name, suite.score, word(suite.verdict));
    const Score all = score(run);
    if (suites.size() > 1) out += table.row("all", all, word(verdict(run)));

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
           : !run.cut_short.empty() ? fmt::format("\n  CUT SHORT: {} passed", counted(tried, "test"))
           : tried == 0      ? std::string("\n  NOTHING TRIED")
                             : fmt::format("\n  PASSED: {}", counted(tried, "test"));
    if (all.warning > 0) out += fmt::format(", {}", counted(all.warning, "warning"));
    if (all.skip > 0) out += fmt::format(", {} skipped", all.skip);
    if (all.limit > 0) out += fmt::format(", {} beyond this program", all.limit);
    return out + '\n';
}

}  // namespace runner::report
