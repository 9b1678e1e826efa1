// SPDX-License-Identifier: Apache-2.0
#pragma once

// A reading session for one question, given back when the question is answered.

#include "store/relational/session.h"

namespace store::relational {

class Borrowed {
public:
    static base::Result<Borrowed> from(Pool& pool) {
        TRY(auto session, pool.take());
        return Borrowed(pool, std::move(session));
    }
    Borrowed(Borrowed&& other) noexcept = default;
    Borrowed& operator=(Borrowed&&) = delete;
    ~Borrowed() {
        if (session_) pool_->give_back(std::move(session_));
    }
    sql::Connection& connection() { return *session_->connection; }
    Session& session() { return *session_; }

private:
    Borrowed(Pool& pool, std::unique_ptr<Session> session) : pool_(&pool), session_(std::move(session)) {}
    Pool* pool_;
    std::unique_ptr<Session> session_;
};

}  // namespace store::relational
