// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tells how far a run is: one line that is written over on a terminal, a line for each case otherwise.

#include "runner/outcome.h"

#include <cstddef>
#include <cstdio>
#include <string>

namespace runner {

class Progress {
public:
    // `columns`: of the terminal, 0 when nobody knows; a longer line would not be taken away whole.
    Progress(std::FILE* out, bool terminal, std::size_t cases, std::size_t columns = 0) : out_(out), terminal_(terminal), cases_(cases), columns_(columns) {}
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void begin(const std::string& suite, const std::string& id);
    void end(const Case& done);
    void clear();  // takes the line away

private:
    std::FILE* out_;
    bool terminal_;
    std::size_t cases_;
    std::size_t columns_;
    std::size_t begun_ = 0;
    Score so_far_{};
    bool shown_ = false;
};

}  // namespace runner
