// SPDX-License-Identifier: Apache-2.0
#include "store/relational/plan.h"

#include <algorithm>
#include <limits>

namespace store::relational {

namespace {

constexpr std::int64_t very_few = 64;

struct Choice {
    std::optional<std::size_t> source;
    std::int64_t rows = 0;
};

class Looking {
public:
    Looking(Session& session, Seen seen) : connection_(*session.connection), few_(session.tuning.few), seen_(seen) {}

    // Chooses inside of links and groups, so that they can be listed.
    base::Result<void> prepare(Term& term) {
        if (term.kind == Term::Kind::rows || term.kind == Term::Kind::none) return {};
        if (term.kind == Term::Kind::any) {
            for (Term& part : term.parts) TRY(prepare(part));
            return {};
        }
        TRY(const Choice choice, choose(term.parts, {std::min(very_few, few_), few_}));
        term.source = choice.source;
        term.inner_rows = choice.rows;
        return {};
    }

    base::Result<Choice> choose(std::vector<Term>& terms, std::initializer_list<std::int64_t> looks) {
        std::vector<std::size_t> lists;
        for (std::size_t i = 0; i < terms.size(); ++i) {
            TRY(prepare(terms[i]));
            if (terms[i].can_list()) lists.push_back(i);
        }
        if (lists.empty()) return Choice{};
        // What reads a whole field to find one row is looked at last, and only when nothing else is rare.
        std::stable_partition(lists.begin(), lists.end(), [&](std::size_t i) { return !terms[i].reads_all(); });
        Choice best{lists[0], 0};
        for (const std::int64_t most : looks) {
            best.rows = std::numeric_limits<std::int64_t>::max();
            for (const std::size_t i : lists) {
                if (terms[i].reads_all() && best.rows < most) continue;
                // One more than the best, so that as many are told from more.
                TRY(const std::int64_t rows, count(terms[i], best.rows < most ? best.rows + 1 : most));
                if (rows < best.rows || (rows == best.rows && terms[i].in_order() && !terms[*best.source].in_order())) best = {i, rows};
            }
            if (best.rows < most) break;
        }
        return best;
    }

private:
    base::Result<std::int64_t> count(const Term& term, std::int64_t most) {
        if (term.kind == Term::Kind::all || term.kind == Term::Kind::forward || term.kind == Term::Kind::backward) {
            // Behind a long list or many conditions a count may look at much before it finds little.
            if (term.source && term.inner_rows >= few_) return most;
            if (!term.source && !term.parts.empty()) return most;
        }
        if (term.kind == Term::Kind::any) {
            std::int64_t sum = 0;
            for (const Term& part : term.parts) {
                if (sum >= most) break;
                TRY(const std::int64_t rows, count(part, most - sum));
                sum += rows;
            }
            return sum;
        }
        Writing writing(seen_);
        Sql sql("select count(*) from (select 1 from (");
        sql += writing.list(term);
        sql += ") limit ";
        sql.bind(most) += ")";
        return number(connection_, sql);
    }

    sql::Connection& connection_;
    std::int64_t few_;
    Seen seen_;
};

}  // namespace

base::Result<Plan> plan(Session& session, std::vector<Term>& terms, Seen seen, bool in_order_of_creation) {
    Plan chosen;
    if (in_order_of_creation && terms.size() == 1 && terms[0].in_order()) {
        chosen.source = 0;
        chosen.streaming = true;
        return chosen;
    }
    Looking looking(session, seen);
    TRY(const Choice best, looking.choose(terms, {std::min(very_few, session.tuning.few), session.tuning.few}));
    chosen.source = best.source;
    chosen.rows = best.rows;
    chosen.counted = best.source.has_value();
    chosen.is_few = best.source && best.rows < session.tuning.few;
    chosen.streaming = in_order_of_creation && best.source && terms[*best.source].in_order();
    return chosen;
}

}  // namespace store::relational
