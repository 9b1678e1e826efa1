// SPDX-License-Identifier: Apache-2.0
#include "runner/progress.h"

#include "base/character.h"

#include <fmt/format.h>

namespace runner {

void Progress::begin(const std::string& suite, const std::string& id) {
    ++begun_;
    if (!terminal_) return;
    const std::size_t wrong = so_far_.fail + so_far_.error;
    std::string line = fmt::format("{}/{}  {} tests, {}  {}", begun_, cases_, so_far_.total(), wrong == 0 ? "none failed" : fmt::format("{} failed", wrong), (suite + '/' + id).substr(0, 48));
    if (columns_ > 0) line.resize(base::beginning(line, columns_ - 1).size());
    fmt::print(out_, "\r\x1b[K{}", line);
    std::fflush(out_);
    shown_ = true;
}

void Progress::end(const Case& done) {
    const Score counted = score(done);
    so_far_.pass += counted.pass + counted.warning;
    so_far_.skip += counted.skip + counted.limit;
    so_far_.fail += counted.fail;
    so_far_.error += counted.error;
    if (terminal_) return;
    std::string said;
    const auto add = [&](std::size_t count, const char* what) {
        if (count > 0) said += fmt::format("{}{} {}", said.empty() ? "" : ", ", count, what);
    };
    add(counted.pass, "pass");
    add(counted.warning, "warning");
    add(counted.skip, "skip");
    add(counted.limit, "limit");
    add(counted.fail, "FAIL");
    add(counted.error, "ERROR");
    fmt::print(out_, "{:<44} {:>7.2f} s  {}\n", done.suite + '/' + done.id, static_cast<double>(done.took) / 1e6, said);
    std::fflush(out_);
}

void Progress::clear() {
    if (shown_) fmt::print(out_, "\r\x1b[K");
    shown_ = false;
    std::fflush(out_);
}

}  // namespace runner
