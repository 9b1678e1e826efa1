// SPDX-License-Identifier: Apache-2.0
#include "runner/report/scoreboard.h"

#include "base/text.h"
#include "runner/report/overview.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <set>
#include <sstream>

namespace runner::report {

namespace {

std::optional<Verdict> verdict_of(std::string_view text) {
    for (const Verdict verdict : {Verdict::pass, Verdict::warning, Verdict::skip, Verdict::limit, Verdict::fail, Verdict::error})
        if (text == word(verdict)) return verdict;
    return std::nullopt;
}

bool passed(Verdict verdict) { return verdict == Verdict::pass || verdict == Verdict::warning; }
bool failed(Verdict verdict) { return verdict == Verdict::fail || verdict == Verdict::error; }

// The columns are separated by tabs and the rows by line feeds: neither stands in a value.
std::string cell(std::string text) {
    for (char& byte : text)
        if (static_cast<unsigned char>(byte) < 0x20) byte = ' ';
    return text;
}

struct Came {
    Verdict verdict;
    std::string why;
};

std::map<std::pair<std::string, std::string>, Came> results(const Suite& suite) {
    std::map<std::pair<std::string, std::string>, Came> all;
    for (const Case* one : suite.cases) {
        for (const Test& test : one->tests) {
            const Step* step = telling(test);
            Came came{test.verdict(), step ? step->message.empty() ? step->label : step->message : std::string()};
            const auto [there, added] = all.try_emplace({cell(suite.name), cell(one->id + '/' + test.id)}, came);
            if (!added && worse(there->second.verdict, came.verdict) != there->second.verdict) there->second = came;
        }
    }
    return all;
}

bool tried(const Suite& suite) { return suite.score.total() > suite.score.skip || suite.verdict >= Verdict::fail; }

}  // namespace

base::Result<Scoreboard> read_scoreboard(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return base::Fault{base::Fault::Kind::missing, "no file " + file};
    Scoreboard board;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line[0] == '#') continue;
        const auto cells = base::split(line, '\t');
        if (cells.size() < 3 || !verdict_of(cells[2]))
            return base::Fault{base::Fault::Kind::malformed, fmt::format("{}:{}: not suite, test and result, with tabs between", file, number)};
        board[{std::string(cells[0]), std::string(cells[1])}] = {std::string(cells[2]), cells.size() > 3 ? std::string(cells[3]) : std::string()};
    }
    return board;
}

base::Result<void> write_scoreboard(const std::string& file, const Scoreboard& board) {
    std::ostringstream text;
    text << "# suite\tcase/test\tresult\treason. It may only improve: what passes may not fail again; what fails needs a reason.\n";
    for (const auto& [key, stood] : board)
        text << key.first << '\t' << key.second << '\t' << stood.result << (stood.reason.empty() ? "" : "\t" + cell(stood.reason)) << '\n';
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text.str();
    out.close();
    if (!out) return base::Fault{base::Fault::Kind::unavailable, "cannot write " + file};
    return {};
}

Comparison compare(const Run& run, const Scoreboard& board, bool whole) {
    Comparison found;
    for (const Suite& suite : by_suite(run)) {
        if (!tried(suite)) {
            found.aside.push_back(suite.name);
            continue;
        }
        const auto now = results(suite);
        for (const auto& [key, came] : now) {
            const std::string name = key.first + ": " + key.second;
            const std::string why = came.why.empty() ? std::string() : " (" + came.why + ")";
            const auto there = board.find(key);
            if (there == board.end()) {
                found.fresh.push_back(fmt::format("{}: {}", name, word(came.verdict)));
                if (failed(came.verdict)) found.worse.push_back(fmt::format("{}: {}, and is new{}", name, word(came.verdict), why));
                continue;
            }
            const Verdict stood = *verdict_of(there->second.result);
            if (passed(stood) && !passed(came.verdict)) found.worse.push_back(fmt::format("{}: was {}, is {}{}", name, word(stood), word(came.verdict), why));
            else if (!failed(stood) && failed(came.verdict)) found.worse.push_back(fmt::format("{}: was {}, is {}{}", name, word(stood), word(came.verdict), why));
            else if (failed(stood) && !failed(came.verdict)) found.better.push_back(fmt::format("{}: was {}, is {}", name, word(stood), word(came.verdict)));
        }
        if (!whole) continue;
        for (const auto& [key, stood] : board) {
            if (key.first != suite.name || now.contains(key)) continue;
            (failed(*verdict_of(stood.result)) ? found.better : found.worse).push_back(fmt::format("{}: {}: was {}, is not there any more", key.first, key.second, stood.result));
        }
    }
    return found;
}

Scoreboard updated(const Run& run, Scoreboard board, bool whole) {
    for (const Suite& suite : by_suite(run)) {
        if (!tried(suite)) continue;
        Scoreboard fresh;
        for (const auto& [key, came] : results(suite)) {
            const auto there = board.find(key);
            const std::string reason = there != board.end() && !passed(came.verdict) ? there->second.reason : std::string();
            fresh[key] = {word(came.verdict), reason};
        }
        std::erase_if(board, [&](const auto& row) { return row.first.first == suite.name && (whole || fresh.contains(row.first)); });
        board.merge(fresh);
    }
    return board;
}

std::string Comparison::text() const {
    std::string out;
    const auto list = [&](std::string_view head, const std::vector<std::string>& lines) {
        if (lines.empty()) return;
        out += fmt::format("{}\n", head);
        for (const std::string& line : lines) out += "  " + line + '\n';
    };
    list("worse than the scoreboard; the server is to be mended, or where it is right, the line to be changed (--record) and given its reason:", worse);
    list("better than the scoreboard; correct its lines, so that it cannot get worse unseen (--record writes them):", better);
    if (fresh.size() <= 20) list("new; add them to the scoreboard (--record):", fresh);
    else out += fmt::format("{} new tests; add them to the scoreboard\n", fresh.size());
    for (const std::string& suite : aside) out += fmt::format("{}: nothing was tried, not compared\n", suite);
    return out;
}

}  // namespace runner::report
