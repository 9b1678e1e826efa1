// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/lastn.h"

#include "base/id.h"
#include "base/text.h"
#include "fhir/path/temporal.h"
#include "fhir/resource/bundle.h"
#include "interaction/operation/parameters.h"
#include "interaction/operation/reachable.h"
#include "interaction/verb/question.h"
#include "interaction/verb/shown.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <unordered_map>

namespace interaction {
namespace {

using base::Fault;
using fhir::View;
using namespace fhir::literals;

constexpr int piece = 500;
constexpr std::size_t most_found = 20'000;

Fault bad(std::string text, std::string where) { return {Fault::Kind::malformed, std::move(text), std::move(where), base::IssueType::value}; }

struct Seen {
    std::string id;
    std::optional<base::Micros> time;  // nothing: nobody said when
    std::size_t group = 0;             // any of its codes
};

// Groups of codes; those that stand in one Observation are joined.
class Codes {
public:
    // A number for the code of an Observation; find() tells which group it is in at last.
    std::size_t add(View code) {
        std::optional<std::size_t> first;
        for (View coding = code.child("coding"_name); coding; coding = coding.next_same()) {
            if (coding.text("code"_name).empty()) continue;
            const std::size_t number = number_of("c" + std::string(coding.text("system"_name)) + "|" + std::string(coding.text("code"_name)));
            if (first) join(*first, number);
            else first = number;
        }
        return first ? *first : number_of("t" + std::string(code.text("text"_name)));
    }
    std::size_t find(std::size_t number) {
        while (parents_[number] != number) number = parents_[number] = parents_[parents_[number]];
        return number;
    }

private:
    std::size_t number_of(std::string key) {
        const auto [at, fresh] = numbers_.try_emplace(std::move(key), parents_.size());
        if (fresh) parents_.push_back(parents_.size());
        return at->second;
    }
    void join(std::size_t a, std::size_t b) { parents_[find(a)] = find(b); }

    std::unordered_map<std::string, std::size_t> numbers_;
    std::vector<std::size_t> parents_;
};

std::optional<base::Micros> moment(std::string_view text) {
    const auto time = fhir::path::Temporal::date_time(text);
    return time ? std::optional(time->first()) : std::nullopt;
}

// When it was observed: effective[x]; of a period its end, of several times the last.
std::optional<base::Micros> effective(View observation) {
    if (const View at = observation.child("effectiveDateTime")) return moment(at.text());
    if (const View at = observation.child("effectiveInstant")) return moment(at.text());
    if (const View period = observation.child("effectivePeriod")) {
        if (const auto end = moment(period.text("end"_name))) return end;
        return moment(period.text("start"_name));
    }
    std::optional<base::Micros> newest;
    const View timing = observation.child("effectiveTiming");
    for (View event = timing.child("event"); event; event = event.next_same())
        if (const auto time = moment(event.text()); time && (!newest || *time > *newest)) newest = time;
    return newest;
}

struct Asked {
    fhir::search::Query query;
    std::size_t most = 1;
    Pairs used;
};

base::Result<Asked> read_asked(const Request& request, store::Snapshot& snapshot, const Context& context) {
    const Parameters parameters(request);
    Asked asked;
    Pairs search = request.parameters;
    // What stands in a body is a search parameter by its name too.
    TRY(parameters.check_envelope());
    if (request.body) {
        for (const View one : request.body->root().children("parameter"_name))
            search.emplace_back(std::string(one.text("name"_name)), std::string(value_of(one).text()));
    }
    const std::string most = parameters.text("max");
    if (!most.empty()) {
        const auto number = base::to_integer(most);
        if (!number || *number < 1) return bad("max must be a whole number, 1 or more.", "max");
        asked.most = static_cast<std::size_t>(*number);
    }
    asked.used = search;
    std::erase_if(search, [](const auto& pair) { return pair.first == "max"; });
    TRY(asked.query, read_question("Observation", search, request.lenient, request.base, context, &snapshot, request.plan.get()));
    const bool named = std::any_of(search.begin(), search.end(), [](const auto& pair) {
        const std::string_view name = pair.first;
        const std::string_view code = name.substr(0, name.find_first_of(":."));
        return code == "patient" || code == "subject";
    });
    if (!named) return bad("$lastn needs a patient or a subject.", "subject");
    constexpr std::array<std::string_view, 7> of_pages{"_count", "_sort", "_total", "_summary", "_elements", "_include", "_revinclude"};
    for (const auto& [name, value] : search)
        if (std::find(of_pages.begin(), of_pages.end(), std::string_view(name).substr(0, name.find(':'))) != of_pages.end())
            return bad("$lastn has no parameter " + name + ": it answers in one page, newest first.", name);
    return asked;
}

// The newest of each group, and what is as new as the last of them.
std::vector<store::Name> newest(std::vector<Seen> seen, Codes& codes, std::size_t most) {
    constexpr base::Micros never = std::numeric_limits<base::Micros>::min();
    std::stable_sort(seen.begin(), seen.end(), [never](const Seen& a, const Seen& b) { return a.time.value_or(never) > b.time.value_or(never); });
    struct Taken {
        std::size_t count = 0;
        std::optional<base::Micros> last;
    };
    std::unordered_map<std::size_t, Taken> groups;
    std::vector<store::Name> chosen;
    for (const Seen& one : seen) {
        Taken& group = groups[codes.find(one.group)];
        if (group.count >= most && !(one.time && one.time == group.last)) continue;
        ++group.count;
        group.last = one.time;
        chosen.push_back({"Observation", one.id});
    }
    return chosen;
}

}  // namespace

base::Result<Response> lastn(const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(Asked asked, read_asked(request, snapshot, context));
    const store::Position as_of = snapshot.position();
    Codes codes;
    std::vector<Seen> seen;
    store::Window window;
    window.count = piece;
    window.as_of = as_of;
    do {
        TRY(const store::Page page, snapshot.search(asked.query, request.plan->search, window));
        for (const store::Version& version : page.entries) {
            const fhir::Document document = body_of(version, context);
            seen.push_back({version.id, effective(document.root()), codes.add(document.root().child("code"_name))});
        }
        if (seen.size() > most_found)
            return Fault{Fault::Kind::too_costly, "More than " + std::to_string(most_found) +
                                                      " Observations match; narrow the question by category, code or date."};
        window.after = page.next;
    } while (!window.after.empty());
    const auto chosen = newest(std::move(seen), codes, asked.most);
    if (chosen.size() > static_cast<std::size_t>(context.rules.most_count))
        return Fault{Fault::Kind::too_costly, std::to_string(chosen.size()) + " Observations would be the answer; narrow the question by category, code or date."};

    TRY(const auto versions, fetch(snapshot, chosen, request.plan->search, *request.plan, as_of, context));
    const base::Micros now = context.clock.now();
    asked.used.insert(asked.used.end(), request.presentation.begin(), request.presentation.end());
    fhir::resource::BundleText bundle("searchset", base::new_id(now), now);
    bundle.link("self", request.base + "/Observation/$lastn" + (asked.used.empty() ? "" : "?" + write_query(asked.used)));
    bundle.total(static_cast<std::int64_t>(versions.size()));
    for (const store::Version& version : versions)
        bundle.entry({.full_url = request.base + "/Observation/" + version.id, .resource = version.body, .search_mode = "match"});
    Response response;
    response.content = std::move(bundle).finish();
    return response;
}

}  // namespace interaction
