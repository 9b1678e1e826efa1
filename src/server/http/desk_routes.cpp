// SPDX-License-Identifier: Apache-2.0
#include "server/http/desk_routes.h"

#include "base/text.h"
#include "exchange/desk_report.h"
#include "fhir/patch/json_value.h"
#include "fhir/primitive.h"

#include <algorithm>

namespace server::http {

namespace {

using base::Fault;
using base::Result;
using exchange::Desk;
using Json = fhir::patch::JsonValue;

constexpr int most_listed = 1000;
constexpr int most_shown = 1000;                       // versions that a message wrote
constexpr base::Micros longest_replay = 2'000'000;     // one call; whoever asked goes on behind it
constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_reason = 500;

Fault wrong(std::string text) { return {Fault::Kind::malformed, std::move(text), {}, base::IssueType::value}; }

// What a GET asks for, and a POST says: texts by name.
class Asked {
public:
    static Result<Asked> of_query(std::string_view query) {
        Asked asked;
        for (const std::string_view pair : base::split(query, '&')) {
            if (pair.empty()) continue;
            const auto [name, value] = base::cut(pair, '=');
            const auto key = base::percent_decode(name, true);
            auto text = base::percent_decode(value, true);
            if (!key || !text) return wrong("the query is not well encoded");
            asked.texts_.emplace_back(*key, *std::move(text));
        }
        return asked;
    }
    static Result<Asked> of_body(std::string_view body) {
        Asked asked;
        if (base::trim(body).empty()) return asked;
        TRY(Json json, fhir::patch::read_value(body));
        if (json.kind != Json::Kind::object) return wrong("the body must be a JSON object");
        for (Json& member : json.children) {
            if (member.kind == Json::Kind::null) continue;
            if (member.kind != Json::Kind::string && member.kind != Json::Kind::number) return wrong(member.key + " must be a text or a number");
            asked.texts_.emplace_back(std::move(member.key), std::move(member.text));
        }
        return asked;
    }

    // Nobody shall believe that something was narrowed when it was not.
    Result<void> only(std::initializer_list<std::string_view> names) const {
        for (const auto& [name, text] : texts_)
            if (std::find(names.begin(), names.end(), name) == names.end()) return wrong("\"" + name.substr(0, 50) + "\" is not known here");
        return {};
    }
    const std::string& text(std::string_view name) const {
        static const std::string nothing;
        for (const auto& [key, value] : texts_)
            if (key == name) return value;
        return nothing;
    }
    Result<std::int64_t> number(std::string_view name, std::int64_t otherwise) const {
        const std::string& said = text(name);
        if (said.empty()) return otherwise;
        const auto value = base::to_integer(said);
        if (!value || *value < 0) return wrong(std::string(name) + " must be a whole number");
        return *value;
    }

private:
    std::vector<std::pair<std::string, std::string>> texts_;
};

// "2026-01-31" or an instant: its first moment; or microseconds since 1970, as a replay tells them.
Result<base::Micros> time_of(const Asked& asked, std::string_view name) {
    const std::string& said = asked.text(name);
    if (said.empty()) return base::Micros{0};
    if (const auto micros = base::to_integer(said); micros && said.size() > 10) return *micros;
    const auto time = fhir::primitive::interval(said);
    if (!time) return wrong(std::string(name) + " must be a date or a time as FHIR writes them");
    return time->from;
}

Result<Desk::Wanted> wanted_of(const Asked& asked, int otherwise) {
    Desk::Wanted wanted;
    if (const std::string& status = asked.text("status"); !status.empty()) {
        for (const auto state : store::durable::all_states)
            if (status == spelling(state)) wanted.state = state;
        if (!wanted.state) return wrong("status is received, answered, failed, discarded or replayed");
    }
    wanted.channel = asked.text("channel");
    wanted.control_id = asked.text("control");
    TRY(wanted.since, time_of(asked, "since"));
    TRY(wanted.until, time_of(asked, "until"));
    TRY(wanted.after, asked.number("after", 0));
    TRY(const std::int64_t count, asked.number("count", otherwise));
    wanted.count = static_cast<int>(std::clamp<std::int64_t>(count, 1, most_listed));
    const std::string& order = asked.text("order");
    if (!order.empty() && order != "newest" && order != "oldest") return wrong("order is oldest or newest");
    wanted.newest_first = order == "newest";
    return wanted;
}

Result<std::string> name_of(const Asked& asked) {
    std::string by = asked.text("by");
    if (by.empty()) return wrong("by must say who asks");
    if (by.size() > longest_name) return wrong("by is too long");
    return by;
}

Result<std::int64_t> number_of(std::string_view text) {
    const auto number = base::to_integer(text);
    if (!number || *number < 1) return Fault{Fault::Kind::missing, "a message is named by its number"};
    return *number;
}

Result<Answer> shown(Result<std::string> text, const char* type = "application/json") {
    if (!text) return std::move(text).fault();
    return management_json(200, *std::move(text), type);
}

// What each route does; the segments are those for *.
class Routes {
public:
    using Segments = std::vector<std::string>;

    Routes(Desk& desk, base::Logger& log, const base::Clock& clock) : desk_(desk), log_(log), clock_(clock) {}

    Result<Answer> counts(const Call&, const Segments&) {
        TRY(const auto tally, desk_.counts());
        return management_json(200, exchange::counts_json(tally, clock_.now()));
    }
    Result<Answer> show(const Call&, const Segments& segments) {
        TRY(const Desk::Entry entry, entry_of(segments[0]));
        TRY(const auto wrote, desk_.wrote(entry, most_shown));
        return management_json(200, exchange::entry_json(entry, wrote));
    }
    Result<Answer> bytes(const Call&, const Segments& segments) {
        TRY(Desk::Entry entry, entry_of(segments[0]));
        if (!entry.kept) return Fault{Fault::Kind::gone, "the message's bytes were taken away after journal.keep"};
        return management_json(200, std::move(entry.bytes), "application/octet-stream");
    }
    Result<Answer> tree(const Call&, const Segments& segments) {
        TRY(const Desk::Entry entry, entry_of(segments[0]));
        return shown(desk_.tree(entry));
    }
    Result<Answer> bundle(const Call&, const Segments& segments) {
        TRY(const Desk::Entry entry, entry_of(segments[0]));
        return shown(desk_.bundle(entry), "application/fhir+json");
    }
    Result<Answer> trace(const Call&, const Segments& segments) {
        TRY(const Desk::Entry entry, entry_of(segments[0]));
        return shown(desk_.trace(entry));
    }
    Result<Answer> replay(const Call& call, const Segments& segments) {
        TRY(const std::int64_t number, number_of(segments[0]));
        TRY(const Asked asked, Asked::of_body(call.body));
        TRY(asked.only({"by"}));
        TRY(const std::string by, name_of(asked));
        TRY(const Desk::Ran ran, desk_.replay(number, by));
        note("desk.replayed", ran, by);
        return management_json(200, exchange::ran_json(ran));
    }
    Result<Answer> edit(const Call& call, const Segments& segments) {
        TRY(const std::int64_t number, number_of(segments[0]));
        TRY(const Asked asked, Asked::of_body(call.body));
        TRY(asked.only({"by", "bytes"}));
        TRY(const std::string by, name_of(asked));
        const auto changed = base::base64_decode(asked.text("bytes"));
        if (!changed || changed->empty()) return wrong("bytes must be the changed message in base64");
        TRY(const Desk::Ran ran, desk_.edit(number, *changed, by));
        log_.info("desk.edited", {{"message", number}, {"copy", ran.number}, {"status", spelling(ran.state)}, {"by", by}});
        return management_json(200, exchange::ran_json(ran));
    }
    Result<Answer> discard(const Call& call, const Segments& segments) {
        TRY(const std::int64_t number, number_of(segments[0]));
        TRY(const Asked asked, Asked::of_body(call.body));
        TRY(asked.only({"by", "reason"}));
        TRY(const std::string by, name_of(asked));
        const std::string& reason = asked.text("reason");
        if (base::trim(reason).empty() || reason.size() > longest_reason) return wrong("reason must say why, in at most 500 bytes");
        TRY(const Desk::Entry entry, desk_.discard(number, reason, by));
        log_.info("desk.discarded", {{"message", number}, {"by", by}});
        return management_json(200, exchange::entry_json(entry));
    }
    Result<Answer> list(const Call& call, const Segments&) {
        TRY(const Asked asked, Asked::of_query(call.query()));
        TRY(asked.only({"status", "channel", "control", "since", "until", "after", "count", "order"}));
        TRY(const Desk::Wanted wanted, wanted_of(asked, 100));
        TRY(const auto entries, desk_.list(wanted));
        std::string body = R"({"messages":[)";
        for (const Desk::Entry& entry : entries) {
            if (body.back() != '[') body += ',';
            body += exchange::entry_json(entry);
        }
        body += ']';
        if (static_cast<int>(entries.size()) == wanted.count) body += R"(,"next":)" + std::to_string(entries.back().number);
        return management_json(200, body + '}');
    }

    Result<Answer> replay_all(const Call& call, const Segments&) {
        TRY(const Asked asked, Asked::of_body(call.body));
        TRY(asked.only({"by", "status", "channel", "control", "since", "until", "after", "count"}));
        TRY(const std::string by, name_of(asked));
        TRY(const Desk::Wanted wanted, wanted_of(asked, most_listed));
        TRY(const Desk::Batch batch, desk_.replay_all(wanted, by, longest_replay));
        for (const Desk::Ran& ran : batch.ran) note("desk.replayed", ran, by);
        return management_json(200, exchange::batch_json(batch));
    }

private:
    Result<Desk::Entry> entry_of(std::string_view text) {
        TRY(const std::int64_t number, number_of(text));
        return desk_.read(number);
    }
    void note(std::string_view event, const Desk::Ran& ran, const std::string& by) {
        log_.info(event, {{"message", ran.number}, {"status", spelling(ran.state)}, {"well", !ran.fault}, {"by", by}});
    }

    Desk& desk_;
    base::Logger& log_;
    const base::Clock& clock_;
};

}  // namespace

std::vector<ManagementRoute> desk_routes(Desk& desk, base::Logger& log, const base::Clock& clock, std::uint64_t message) {
    using Step = Result<Answer> (Routes::*)(const Call&, const Routes::Segments&);
    constexpr std::uint64_t small = 65536;
    std::vector<ManagementRoute> routes;
    const auto add = [&](Method method, const char* path, Step step, std::uint64_t body = 0) {
        routes.push_back({method, path, [&desk, &log, &clock, step](const Call& call, const Routes::Segments& segments) {
                              Routes all(desk, log, clock);
                              auto made = (all.*step)(call, segments);
                              return made ? *std::move(made) : management_fault(made.fault());
                          }, body});
    };
    add(Method::get, "/desk", &Routes::counts);
    add(Method::get, "/desk/messages", &Routes::list);
    add(Method::get, "/desk/messages/*", &Routes::show);
    add(Method::get, "/desk/messages/*/bytes", &Routes::bytes);
    add(Method::get, "/desk/messages/*/tree", &Routes::tree);
    add(Method::get, "/desk/messages/*/bundle", &Routes::bundle);
    add(Method::get, "/desk/messages/*/trace", &Routes::trace);
    add(Method::post, "/desk/messages/*/replay", &Routes::replay, small);
    add(Method::post, "/desk/messages/*/edit", &Routes::edit, message / 3 * 4 + small);
    add(Method::post, "/desk/messages/*/discard", &Routes::discard, small);
    add(Method::post, "/desk/replay", &Routes::replay_all, small);
    return routes;
}

}  // namespace server::http
