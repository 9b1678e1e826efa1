// SPDX-License-Identifier: Apache-2.0
#pragma once

// Words of running text that the full-text index has yet to learn.
//
// The index writes what it has learned to its pages at every savepoint, so each task of a group would cost a segment of its own. Tasks
// note here what changes; it is written once a group, just before the commit, or when somebody in the group searches for words.

#include "store/sql/sqlite.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace store::relational {

class UnwrittenWords {
public:
    // Of a row of ix_words that was inserted, or is about to be deleted.
    void learn(std::int64_t id, std::string_view text) { changes_.push_back({id, std::string(text), false}); }
    void unlearn(std::int64_t id, std::string_view text) { changes_.push_back({id, std::string(text), true}); }

    base::Result<void> write(sql::Connection& connection);

    // Where a task begins. Going back to it forgets what the task noted; what was written since is taken back by the database and is to
    // be written again.
    struct Mark {
        std::size_t noted = 0;
        std::size_t written = 0;
    };
    Mark mark() const { return {changes_.size(), written_}; }
    void go_back_to(const Mark& mark);
    void clear();  // the group has ended

private:
    struct Change {
        std::int64_t id;
        std::string text;
        bool gone;
    };
    std::vector<Change> changes_;
    std::size_t written_ = 0;  // so many of them, from the first
};

}  // namespace store::relational
