// SPDX-License-Identifier: Apache-2.0
#include "store/relational/filling.h"

#include "base/text.h"
#include "store/asked.h"
#include "store/relational/sql_text.h"

#include <algorithm>
#include <set>

namespace store::relational {

using base::Fault;
using Entry = Indexing::Entry;

namespace {

constexpr std::int64_t greatest_number = 0xFFFF;  // field_of() has so many bits for it

struct Kept {
    std::int64_t id = 0;
    std::optional<std::string> meaning;
    std::optional<std::string> types;
};

std::string spaced(const std::vector<std::string>& types) {
    std::string text;
    for (const std::string& type : types) text.append(text.empty() ? "" : " ").append(type);
    return text;
}

base::Result<std::optional<Kept>> kept(sql::Connection& connection, const std::string& url) {
    TRY(auto select, connection.prepare("select id, meaning, types from parameter where url = ?"));
    TRY(const bool row, select.bind(std::string_view(url)).step());
    if (!row) return std::optional<Kept>();
    Kept found{select.integer(0), {}, {}};
    if (!select.null(1)) found.meaning = select.text(1);
    if (!select.null(2)) found.types = select.text(2);
    return std::optional(std::move(found));
}

base::Result<void> note(sql::Connection& connection, std::int64_t id, std::string_view meaning, std::string_view types) {
    TRY(auto update, connection.prepare("update parameter set meaning = ?, types = ? where id = ?"));
    return update.bind(meaning).bind(types).bind(id).run();
}

// All resources of a type are to be done; none when there are none.
base::Result<void> begin(sql::Connection& connection, std::int64_t parameter, std::string_view type, bool answers) {
    TRY(auto insert, connection.prepare("insert or replace into filling (type, parameter, reached, until, answers) "
                                        "select t.id, ?, 0, (select max(rid) from resource), ? from type t where (? = '*' or t.name = ?) and "
                                        "exists (select 1 from resource r where r.type = t.id and r.change <> 2)"));
    return insert.bind(parameter).bind(std::int64_t{answers ? 1 : 0}).bind(type).bind(type).run();
}

base::Result<void> begin_types(sql::Connection& connection, std::int64_t parameter, std::string_view types, bool answers) {
    for (const std::string_view type : base::split(types, ' '))
        if (!type.empty()) TRY(begin(connection, parameter, type, answers));
    return {};
}

base::Result<void> begin_added(sql::Connection& connection, std::int64_t parameter, const std::string& before, const std::string& now) {
    const auto were = base::split(before, ' ');
    const auto had = [&](std::string_view type) { return std::find(were.begin(), were.end(), type) != were.end(); };
    if (had("*")) return {};
    std::string added;
    if (now == "*") {
        TRY(auto all, connection.prepare("select name from type"));
        while (true) {
            TRY(const bool row, all.step());
            if (!row) break;
            if (!had(all.text(0))) added.append(all.text(0)).append(" ");
        }
    } else {
        for (const std::string_view type : base::split(now, ' '))
            if (!had(type)) added.append(type).append(" ");
    }
    return begin_types(connection, parameter, added, false);
}

base::Result<std::int64_t> number_one(sql::Connection& connection, const Entry& entry) {
    const std::string types = spaced(entry.types);
    TRY(const auto known, kept(connection, entry.url));
    if (!known) {
        TRY(auto insert, connection.prepare("insert into parameter (url) values (?)"));
        TRY(insert.bind(std::string_view(entry.url)).run());
        const std::int64_t id = connection.last_rowid();
        if (id > greatest_number)
            return Fault{Fault::Kind::unavailable, "the database has seen 65535 search parameters and takes no more", {}, base::IssueType::too_costly};
        TRY(note(connection, id, entry.meaning, types));
        TRY(begin_types(connection, id, types, false));
        return id;
    }
    if (!known->meaning || *known->meaning == entry.meaning) {  // no meaning noted: from before that was done, its rows were written all along
        if (known->types) TRY(begin_added(connection, known->id, *known->types, types));
    } else {
        TRY(auto forget, connection.prepare("delete from filling where parameter = ?"));
        TRY(forget.bind(known->id).run());
        TRY(begin_types(connection, known->id, types, false));
    }
    if (known->meaning != entry.meaning || known->types != types) TRY(note(connection, known->id, entry.meaning, types));
    return known->id;
}

// Resources written from now on will have no rows of it, and those that are there go.
base::Result<void> put_out_of_use(sql::Connection& connection, std::int64_t id) {
    std::string types;
    {
        TRY(auto select, connection.prepare("select types from parameter where id = ?"));
        TRY(const bool row, select.bind(id).step());
        types = row && !select.null(0) ? std::string(select.text(0)) : "*";
    }
    TRY(auto forget, connection.prepare("delete from filling where parameter = ?"));
    TRY(forget.bind(id).run());
    TRY(begin_types(connection, id, types, true));
    return note(connection, id, "", "");
}

base::Result<std::vector<std::int64_t>> all_noted(sql::Connection& connection) {
    std::vector<std::int64_t> ids;
    TRY(auto all, connection.prepare("select id from parameter where meaning is null or meaning <> ''"));
    while (true) {
        TRY(const bool row, all.step());
        if (!row) return ids;
        ids.push_back(all.integer(0));
    }
}

}  // namespace

base::Result<std::shared_ptr<const Known>> take_up(sql::Connection& connection, const Known& before, std::shared_ptr<const Indexing> indexing) {
    auto known = std::make_shared<Known>();
    const bool fresh = before.indexing == nullptr;
    std::set<std::int64_t> used;
    std::vector<std::int64_t> ending;
    // What ends comes first: its url may begin anew with another meaning.
    if (!fresh)
        for (std::size_t i = 0; i < before.numbers.size(); ++i)
            if (before.indexing->entries[i].in_use && (i >= indexing->entries.size() || !indexing->entries[i].in_use)) ending.push_back(before.numbers[i]);
    for (std::size_t i = 0; i < indexing->entries.size(); ++i) {
        const Entry& entry = indexing->entries[i];
        std::int64_t number = !fresh && i < before.numbers.size() ? before.numbers[i] : 0;
        const bool same = number != 0 && before.indexing->entries[i] == entry;
        if (!same && entry.in_use) {
            TRY(number, number_one(connection, entry));
        }
        known->numbers.push_back(number);
        if (entry.in_use) used.insert(number);
    }
    if (fresh) {
        TRY(ending, all_noted(connection));
    }
    for (const std::int64_t id : ending)
        if (!used.contains(id)) TRY(put_out_of_use(connection, id));
    known->indexing = std::move(indexing);
    return std::shared_ptr<const Known>(std::move(known));
}

base::Result<void> note_all(sql::Connection& connection) { return begin(connection, 0, "*", true); }

base::Result<bool> has_to_fill(sql::Connection& connection) {
    TRY(const std::int64_t any, connection.number("select exists (select 1 from filling)"));
    return any != 0;
}

base::Result<bool> lacks_rows(sql::Connection& connection) {
    TRY(const std::int64_t any, connection.number("select exists (select 1 from filling where answers = 0)"));
    return any != 0;
}

base::Result<std::optional<Stretch>> next_stretch(sql::Connection& connection) {
    Stretch next;
    {
        // What searches wait for comes first.
        TRY(auto first, connection.prepare("select f.type, t.name from filling f join type t on t.id = f.type order by f.answers, f.type limit 1"));
        TRY(const bool row, first.step());
        if (!row) return std::optional<Stretch>();
        next.type = first.integer(0);
        next.type_name = first.text(1);
    }
    bool counted = true;
    std::int64_t until = 0;
    {
        TRY(auto rows, connection.prepare("select parameter, reached, until, total from filling where type = ? order by reached, parameter"));
        rows.bind(next.type);
        for (bool begun = false;; begun = true) {
            TRY(const bool row, rows.step());
            if (!row) break;
            if (!begun) next.from = rows.integer(1);
            if (rows.integer(1) > next.from) {  // from there on they go together
                next.to = next.to == 0 ? rows.integer(1) : std::min(next.to, rows.integer(1));
                continue;
            }
            next.parameters.push_back(rows.integer(0));
            next.to = next.to == 0 ? rows.integer(2) : std::min(next.to, rows.integer(2));
            until = std::max(until, rows.integer(2));
            counted = counted && !rows.null(3);
        }
    }
    if (!counted) {
        TRY(auto count, connection.prepare("select count(*) from resource where type = ? and change <> 2 and rid <= ?"));
        TRY(const bool row, count.bind(next.type).bind(until).step());
        next.total = row ? count.integer(0) : 0;
    }
    return std::optional(std::move(next));
}

base::Result<void> note_done(sql::Connection& connection, const Stretch& stretch, std::int64_t reached, std::int64_t done) {
    TRY(auto update, connection.prepare("update filling set reached = ?, done = done + ?, total = coalesce(total, ?) where type = ? and reached = ? "
                                        "and parameter in (select value from json_each(?))"));
    const std::string parameters = json_of(stretch.parameters);  // others may have come to the same place since
    update.bind(reached).bind(done).bind(stretch.total.value_or(0)).bind(stretch.type).bind(stretch.from);
    TRY(update.bind(std::string_view(parameters)).run());
    TRY(auto finish, connection.prepare("delete from filling where type = ? and reached >= until"));
    return finish.bind(stretch.type).run();
}

base::Result<std::vector<Filling>> fillings(Session& session) {
    std::vector<Filling> all;
    if (session.known->indexing == nullptr) return all;
    const auto& entries = session.known->indexing->entries;
    TRY(auto rows, session.connection->prepare(
                       "select f.parameter, t.name, f.done, coalesce(f.total, (select count(*) from resource r where r.type = f.type and r.change <> 2 "
                       "and r.rid <= f.until)), f.answers from filling f join type t on t.id = f.type order by f.parameter, t.name"));
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) return all;
        Filling one{{}, std::string(rows.text(1)), rows.integer(2), std::max(rows.integer(2), rows.integer(3)), rows.integer(4) != 0};
        if (const std::int64_t number = rows.integer(0); number != 0) {
            for (std::uint32_t i = 0; i < entries.size(); ++i)
                if (entries[i].in_use && session.known->numbers[i] == number) one.parameter = i;
            if (!one.parameter) continue;  // it is being taken away
        }
        all.push_back(std::move(one));
    }
}

namespace {

// What the session sees decides, whatever is known of later moments. A parameter without a number has no rows at all: that is no
// reason to find nothing, whether anything is being filled or not.
base::Result<void> check_one(Session& session, const fhir::search::Parameter& parameter, std::string_view type) {
    const Known& known = *session.known;
    if (known.indexing == nullptr) return {};
    if (parameter.index >= known.numbers.size() || known.numbers[parameter.index] == 0) return not_in_use(parameter);
    if (!session.filling) return {};
    const std::int64_t number = known.numbers[parameter.index];
    {
        TRY(auto select, session.connection->prepare("select meaning from parameter where id = ?"));
        TRY(const bool row, select.bind(number).step());
        if (!row || select.text(0) != known.indexing->entries[parameter.index].meaning) return not_in_use(parameter);
    }
    if (type.empty()) {
        TRY(auto select, session.connection->prepare("select 1 from filling where parameter = ? and answers = 0"));
        TRY(const bool row, select.bind(number).step());
        return row ? base::Result<void>(not_filled(parameter)) : base::Result<void>();
    }
    TRY(const std::int64_t id, session.types.find(*session.connection, type));
    TRY(auto select, session.connection->prepare("select 1 from filling where type = ? and parameter = ? and answers = 0"));
    TRY(const bool row, select.bind(id).bind(number).step());
    return row ? base::Result<void>(not_filled(parameter)) : base::Result<void>();
}

// A meaning as fhir::search::meaning_of() writes it names the type behind the version of the rows. Of another one anything may be thought.
bool may_be_reference(std::string_view meaning) {
    const std::string_view behind = base::cut(meaning, ' ').second;
    return behind.empty() || base::cut(behind, ' ').first == fhir::search::spelling(fhir::search::ParameterType::reference);
}

// By whichever parameter of resources of this type; "" = any type.
base::Result<void> check_references(Session& session, std::string_view type) {
    TRY(auto lacking, session.connection->prepare("select p.meaning from filling f join parameter p on p.id = f.parameter join type t on t.id = f.type "
                                                  "where f.answers = 0 and (? = '' or t.name = ?)"));
    lacking.bind(type).bind(type);
    while (true) {
        TRY(const bool row, lacking.step());
        if (!row) return {};
        if (may_be_reference(lacking.text(0))) return references_not_filled();
    }
}

}  // namespace

base::Result<void> check_filled(Session& session, const fhir::search::Query& query, const fhir::search::Reach& reach) {
    base::Result<void> result;
    asked(query, reach, [&](const fhir::search::Parameter& parameter, std::string_view type) {
        if (result) result = check_one(session, parameter, type);
    });
    return result;
}

base::Result<void> check_filled(Session& session, const Step& step, const fhir::search::Reach& reach) {
    if (session.filling && step.parameters.empty()) TRY(check_references(session, step.type));
    for (const auto* parameter : step.parameters) TRY(check_one(session, *parameter, step.type));
    base::Result<void> result;
    const std::string& others = step.backward ? step.type : step.target;
    asked(reach, others.empty() ? std::vector<std::string>() : std::vector{others}, [&](const fhir::search::Parameter& parameter, std::string_view type) {
        if (result) result = check_one(session, parameter, type);
    });
    return result;
}

}  // namespace store::relational
