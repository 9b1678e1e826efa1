// SPDX-License-Identifier: Apache-2.0
#include "store/relational/words.h"

#include <algorithm>

namespace store::relational {

base::Result<void> UnwrittenWords::write(sql::Connection& connection) {
    for (; written_ < changes_.size(); ++written_) {
        const Change& change = changes_[written_];
        TRY(auto statement, connection.prepare(
                                change.gone ? "insert into ix_words_index (ix_words_index, rowid, text) values ('delete', ?, ?)"
                                            : "insert into ix_words_index (rowid, text) values (?, ?)"));
        TRY(statement.bind(change.id).bind(std::string_view(change.text)).run());
    }
    return {};
}

void UnwrittenWords::go_back_to(const Mark& mark) {
    changes_.erase(changes_.begin() + static_cast<std::ptrdiff_t>(mark.noted), changes_.end());
    written_ = std::min(written_, mark.written);
}

void UnwrittenWords::clear() {
    changes_.clear();
    written_ = 0;
}

}  // namespace store::relational
