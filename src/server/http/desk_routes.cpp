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

class Routes {
public:
    Routes(Desk& desk, base::Logger& log, const base::Clock& clock) : desk_(desk), log_(log), clock_(clock) {}

    Result<Answer> get(const Call& call, const std::vector<std::string_view>& path) {
        if (path.empty()) {
            TRY(const auto tally, desk_.counts());
            return json_answer(exchange::counts_json(tally, clock_.now()));
        }
        if (path[0] != "messages" || path.size() > 3) return nothing();
        if (path.size() == 1) return list(call);
        TRY(const Desk::Entry entry, entry_of(path[1]));
        if (path.size() == 2) {
            TRY(const auto wrote, desk_.wrote(entry, most_shown));
            return json_answer(exchange::entry_json(entry, wrote));
        }
        if (path[2] == "bytes") {
            if (!entry.kept) return Fault{Fault::Kind::gone, "the message's bytes were taken away after journal.keep"};
            return json_answer(entry.bytes, "application/octet-stream");
        }
        if (path[2] == "tree") return shown(desk_.tree(entry));
        if (path[2] == "bundle") return shown(desk_.bundle(entry), "application/fhir+json");
        if (path[2] == "trace") return shown(desk_.trace(entry));
        return nothing();
    }

    Result<Answer> post(const Call& call, const std::vector<std::string_view>& path) {
        TRY(const Asked asked, Asked::of_body(call.body));
        if (path.size() == 1 && path[0] == "replay") return replay_all(asked);
        if (path.size() != 3 || path[0] != "messages") return nothing();
        TRY(const std::int64_t number, number_of(path[1]));
        if (path[2] == "replay") {
            TRY(asked.only({"by"}));
            TRY(const std::string by, name_of(asked));
            TRY(const Desk::Ran ran, desk_.replay(number, by));
            note("desk.replayed", ran, by);
            return json_answer(exchange::ran_json(ran));
        }
        if (path[2] == "edit") {
            TRY(asked.only({"by", "bytes"}));
            TRY(const std::string by, name_of(asked));
            const auto bytes = base::base64_decode(asked.text("bytes"));
            if (!bytes || bytes->empty()) return wrong("bytes must be the changed message in base64");
            TRY(const Desk::Ran ran, desk_.edit(number, *bytes, by));
            log_.info("desk.edited", {{"message", number}, {"copy", ran.number}, {"status", spelling(ran.state)}, {"by", by}});
            return json_answer(exchange::ran_json(ran));
        }
        if (path[2] != "discard") return nothing();
        TRY(asked.only({"by", "reason"}));
        TRY(const std::string by, name_of(asked));
        const std::string& reason = asked.text("reason");
        if (base::trim(reason).empty() || reason.size() > longest_reason) return wrong("reason must say why, in at most 500 bytes");
        TRY(const Desk::Entry entry, desk_.discard(number, reason, by));
        log_.info("desk.discarded", {{"message", number}, {"by", by}});
        return json_answer(exchange::entry_json(entry));
    }

private:
    static Fault nothing() { return {Fault::Kind::missing, "there is nothing at this address of the desk"}; }

    static Result<std::int64_t> number_of(std::string_view text) {
        const auto number = base::to_integer(text);
        if (!number || *number < 1) return Fault{Fault::Kind::missing, "a message is named by its number"};
        return *number;
    }
    Result<Desk::Entry> entry_of(std::string_view text) {
        TRY(const std::int64_t number, number_of(text));
        return desk_.read(number);
    }
    static Result<Answer> shown(Result<std::string> text, const char* type = "application/json") {
        if (!text) return std::move(text).fault();
        return json_answer(*std::move(text), type);
    }

    Result<Answer> list(const Call& call) {
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
        return json_answer(body + '}');
    }

    Result<Answer> replay_all(const Asked& asked) {
        TRY(asked.only({"by", "status", "channel", "control", "since", "until", "after", "count"}));
        TRY(const std::string by, name_of(asked));
        TRY(const Desk::Wanted wanted, wanted_of(asked, most_listed));
        TRY(const Desk::Batch batch, desk_.replay_all(wanted, by, longest_replay));
        for (const Desk::Ran& ran : batch.ran) note("desk.replayed", ran, by);
        return json_answer(exchange::batch_json(batch));
    }

    void note(std::string_view event, const Desk::Ran& ran, const std::string& by) {
        log_.info(event, {{"message", ran.number}, {"status", spelling(ran.state)}, {"well", !ran.fault}, {"by", by}});
    }

    Desk& desk_;
    base::Logger& log_;
    const base::Clock& clock_;
};

}  // namespace

Route desk_route(Desk& desk, base::Logger& log, const base::Clock& clock, std::uint64_t message) {
    const auto answer = [&desk, &log, &clock](const Call& call) {
        std::vector<std::string_view> path = base::split(call.path().substr(1), '/');
        path.erase(path.begin());  // "desk"
        if (!path.empty() && path.back().empty()) path.pop_back();
        Routes routes(desk, log, clock);
        auto made = call.method == Method::post ? routes.post(call, path) : routes.get(call, path);
        return made ? *std::move(made) : json_fault(made.fault());
    };
    return {"/desk", answer, message / 3 * 4 + 65536};
}

}  // namespace server::http
