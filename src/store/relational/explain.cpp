// SPDX-License-Identifier: Apache-2.0
#include "store/relational/filling.h"
#include "store/relational/reader.h"
#include "store/relational/searching.h"

#include <fmt/format.h>

namespace store::relational {

namespace search = fhir::search;

namespace {

std::string in_words(const Term& term) {
    if (term.kind == Term::Kind::none && term.parts.size() == 1) return "not " + in_words(term.parts[0]);
    return term.words;
}

void inside(const Term& term, int depth, Explanation& explanation) {
    const std::string margin(static_cast<std::size_t>(depth) * 2, ' ');
    for (std::size_t i = 0; i < term.parts.size(); ++i) {
        const bool lists = term.source == i;
        explanation.lines.push_back({margin + (lists ? "there, list " : "there, check ") + in_words(term.parts[i]), lists ? term.inner_rows : 0});
        if (term.parts[i].kind != Term::Kind::rows) inside(term.parts[i], depth + 1, explanation);
    }
}

}  // namespace

base::Result<Explanation> Reader::explain(const search::Query& query, const search::Reach& reach) {
    TRY(session_.write_rows());
    TRY(check_filled(session_, query, reach));
    const Limited limited(session_);
    Explanation explanation;
    TRY(const auto asking, Asking::about(session_, query, reach, Seen{}));
    if (!asking) {
        explanation.lines.push_back({"nothing of this type is stored or within reach", 0});
        return explanation;
    }
    const Names names(session_);
    const Statements statements(names, asking->query, asking->type, Seen{}, asking->terms);
    const Plan& plan = asking->plan;
    const bool walks = asking->walks(statements);
    if (walks) {
        explanation.lines.push_back({query.sort.empty() ? "walk over the resources in order of creation, until the page is full"
                                                        : fmt::format("walk over the values of {} in order, until the page is full",
                                                                      query.sort[0].parameter->code),
                                     position_});
    }
    for (std::size_t i = 0; i < asking->terms.size(); ++i) {
        const Term& term = asking->terms[i];
        const bool lists = plan.source == i;
        std::string text = lists ? (walks ? "check, or list when the walk gets long: " : plan.streaming ? "list in order of creation: " : "list: ")
                                 : "check: ";
        const std::int64_t rows = !lists ? 0 : plan.counted ? plan.rows : 0;
        if (lists && plan.counted && !plan.is_few) text += fmt::format("({} or more) ", plan.rows);
        explanation.lines.push_back({text + in_words(term), rows});
        if (term.kind != Term::Kind::rows) inside(term, 1, explanation);
    }
    if (!walks && !plan.source) explanation.lines.push_back({"look at every resource", position_});
    if (!walks && !query.sort.empty()) explanation.lines.push_back({"sort what was found", plan.rows});
    if (walks) {
        for (const Course& course : statements.walk({nullptr, false, query.count + 1}))
            for (const Sql& one : course) explanation.statement += (explanation.statement.empty() ? "" : ";\n") + one.text;
    } else {
        explanation.statement = statements.page(plan, {nullptr, false, query.count + 1}).text;
    }
    return explanation;
}

}  // namespace store::relational
