// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/everything.h"

#include "base/id.h"
#include "base/text.h"
#include "fhir/path/temporal.h"
#include "fhir/resource/bundle.h"
#include "interaction/call/url.h"
#include "interaction/operation/members.h"
#include "interaction/operation/parameters.h"
#include "interaction/operation/reachable.h"
#include "interaction/operations.h"
#include "interaction/verb/cursor.h"
#include "interaction/verb/sight.h"

#include <algorithm>

namespace interaction {
namespace {

using base::Fault;
using fhir::search::Clause;
using fhir::search::Query;

Fault bad(std::string text, std::string where) { return {Fault::Kind::malformed, std::move(text), std::move(where), base::IssueType::value}; }

struct Asked {
    Circle circle;
    base::Micros since = 0;
    std::vector<std::string> types;  // empty: all
    int count = 0;
    Pairs used;
    std::string token;

    bool wants(const std::string& type) const { return types.empty() || std::find(types.begin(), types.end(), type) != types.end(); }
};

base::Result<Asked> read_asked(const Request& request, const Context& context) {
    const Parameters parameters(request);
    const bool dated = find_operation(request.operation, request.type)->dated;
    TRY(parameters.check(dated ? std::initializer_list<std::string_view>{"start", "end", "_since", "_type", "_count", "_page"}
                               : std::initializer_list<std::string_view>{"_since", "_type", "_count", "_page"},
                         request.lenient));
    Asked asked;
    asked.circle.kind = request.type;
    asked.circle.id = request.id;
    asked.token = parameters.text("_page");
    const auto use = [&](const char* name, const std::string& value) {
        if (!value.empty()) asked.used.emplace_back(name, value);
    };
    if (dated) {
        const std::string start = parameters.text("start");
        const std::string end = parameters.text("end");
        TRY(asked.circle.care, read_period(start, end));
        use("start", start);
        use("end", end);
    }
    if (const std::string since = parameters.text("_since"); !since.empty()) {
        const auto moment = fhir::path::Temporal::date_time(since);
        if (!moment) return bad("_since must be an instant such as 2024-05-01T12:00:00Z.", "_since");
        asked.since = moment->first();
        use("_since", since);
    }
    for (const std::string& list : parameters.texts("_type")) {
        for (const std::string_view type : base::split(list, ',')) {
            if (!context.schema.is_resource(type)) return bad("_type must name resource types of FHIR R4.", "_type");
            asked.types.emplace_back(type);
        }
        use("_type", list);
    }
    // Clients that do not look for a next page get as much as a page can hold.
    asked.count = context.rules.most_count;
    if (const std::string text = parameters.text("_count"); !text.empty()) {
        const auto count = base::to_integer(text);
        if (!count || *count < 1) return bad("_count must be a whole number, 1 or more.", "_count");
        asked.count = static_cast<int>(std::min<std::int64_t>(*count, context.rules.most_count));
        use("_count", text);
    }
    return asked;
}

// How far the pages have come: which question and where in its answer; behind the last question the name that came last.
struct Mark {
    std::size_t question = 0;
    std::string after;
};

std::string written(const Mark& mark) { return std::to_string(mark.question) + ":" + mark.after; }

base::Result<Mark> read_mark(std::string_view text, std::size_t questions) {
    const auto [number, after] = base::cut(text, ':');
    const auto question = base::to_integer(number);
    if (!question || *question < 0 || static_cast<std::size_t>(*question) > questions)
        return Fault{Fault::Kind::malformed, "This page link is of another version of this server; begin again at the first page."};
    return Mark{static_cast<std::size_t>(*question), std::string(after)};
}

class Page {
public:
    Page(const Asked& asked, const fhir::search::Reach& reach, const permission::Plan& plan, store::Snapshot& snapshot, const Context& context)
        : asked_(asked), reach_(reach), plan_(plan), snapshot_(snapshot), context_(context), questions_(asked.circle.questions(context)) {}

    std::size_t questions() const { return questions_.size(); }

    // Fills the page from `mark` on, which is moved behind it. True when there may be more.
    base::Result<bool> fill(Mark& mark) {
        for (; mark.question < questions_.size(); ++mark.question, mark.after.clear()) {
            Query& query = questions_[mark.question];
            if (!asked_.wants(query.type)) continue;
            if (room() == 0) return true;
            if (asked_.since != 0) query.clauses.push_back(since(query.type));
            store::Window window;
            window.count = room();
            window.after = mark.after;
            window.as_of = asked_.circle.as_of;
            TRY(store::Page page, snapshot_.search(query, reach_, window));
            TRY(drop_unseen(page.entries, plan_, snapshot_, context_));
            for (store::Version& version : page.entries) members_.push_back(std::move(version));
            if (page.next.empty()) continue;
            mark.after = page.next;
            return true;
        }
        return fill_outside(mark);
    }

    const std::vector<store::Version>& members() const { return members_; }
    const std::vector<store::Version>& referred() const { return referred_; }

private:
    int room() const { return asked_.count - static_cast<int>(members_.size() + referred_.size()); }

    Clause since(const std::string& type) const {
        Clause clause;
        clause.parameter = context_.parameters.find(type, "_lastUpdated");
        fhir::search::Value& value = clause.any_of.emplace_back();
        value.prefix = fhir::search::Prefix::ge;
        value.from = asked_.since;
        value.to = asked_.since + 1;
        return clause;
    }

    bool wants_outside() const {
        return asked_.types.empty() || std::any_of(asked_.types.begin(), asked_.types.end(), [&](const std::string& type) {
            return !context_.compartments->holds(asked_.circle.kind, type);
        });
    }

    base::Result<bool> fill_outside(Mark& mark) {
        if (!wants_outside()) return false;
        if (room() == 0) return true;
        TRY(const auto names, asked_.circle.outside(snapshot_, reach_, plan_, context_));
        std::vector<store::Name> some;
        const auto take = [&]() -> base::Result<void> {
            TRY(auto versions, fetch(snapshot_, some, reach_, plan_, asked_.circle.as_of, context_));
            for (store::Version& version : versions)
                if (version.last_updated >= asked_.since) referred_.push_back(std::move(version));
            some.clear();
            return {};
        };
        for (const store::Name& name : names) {
            std::string text = name.type + "/" + name.id;
            if (!behind(name, mark.after) || !asked_.wants(name.type)) continue;
            if (room() == static_cast<int>(some.size())) {
                TRY(take());
                if (room() == 0) return true;
            }
            some.push_back(name);
            mark.after = std::move(text);
        }
        TRY(take());
        return false;
    }

    static bool behind(const store::Name& name, const std::string& place) {
        if (place.empty()) return true;
        const auto [type, id] = base::cut(place, '/');
        return name > store::Name{std::string(type), std::string(id)};
    }

    const Asked& asked_;
    const fhir::search::Reach& reach_;
    const permission::Plan& plan_;
    store::Snapshot& snapshot_;
    const Context& context_;
    std::vector<Query> questions_;
    std::vector<store::Version> members_;
    std::vector<store::Version> referred_;
};

}  // namespace

base::Result<Response> everything(const Request& request, store::Snapshot& snapshot, const Context& context) {
    if (context.compartments == nullptr || !context.compartments->exists(request.type))
        return Fault{Fault::Kind::unsupported, "The compartments of FHIR R4 are not there."};
    TRY(Asked asked, read_asked(request, context));
    // One resource is read, all of them are searched for.
    const fhir::search::Reach& reach = request.id.empty() ? request.plan->search : request.plan->read;
    if (!request.id.empty()) TRY(reachable(snapshot, request.type, request.id, *request.plan, context));

    const std::string path = "/" + request.type + (request.id.empty() ? "" : "/" + request.id) + "/$everything";
    asked.used.insert(asked.used.end(), request.presentation.begin(), request.presentation.end());
    const std::string first = request.base + path + (asked.used.empty() ? "" : "?" + write_query(asked.used));
    const std::string binding = binding_of(request, std::string_view(first).substr(request.base.size()));
    std::string started;
    asked.circle.as_of = snapshot.position();
    if (!asked.token.empty()) {
        TRY(const Cursor cursor, open_cursor(asked.token, binding, context.rules.cursor_key));
        started = cursor.after;
        asked.circle.as_of = cursor.as_of;
    }
    Page page(asked, reach, *request.plan, snapshot, context);
    Mark mark;
    if (!started.empty()) {
        TRY(mark, read_mark(started, page.questions()));
    }
    TRY(const bool more, page.fill(mark));

    const base::Micros now = context.clock.now();
    fhir::resource::BundleText bundle("searchset", base::new_id(now), now);
    bundle.link("self", asked.token.empty() ? first : page_url(first, asked.token));
    if (!asked.token.empty()) bundle.link("first", first);
    if (more) bundle.link("next", page_url(first, seal({written(mark), asked.circle.as_of}, binding, context.rules.cursor_key)));
    if (!more && asked.token.empty()) bundle.total(static_cast<std::int64_t>(page.members().size() + page.referred().size()));
    const auto enter = [&](const std::vector<store::Version>& versions, std::string_view mode) {
        for (const store::Version& version : versions)
            bundle.entry({.full_url = request.base + "/" + version.type + "/" + version.id, .resource = version.body, .search_mode = mode});
    };
    enter(page.members(), "match");
    enter(page.referred(), "include");
    Response response;
    response.content = std::move(bundle).finish();
    return response;
}

}  // namespace interaction
