// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/history.h"

#include "base/crypto.h"
#include "base/id.h"
#include "base/text.h"
#include "fhir/path/temporal.h"
#include "fhir/resource/bundle.h"
#include "interaction/verb/binary.h"
#include "interaction/verb/cursor.h"
#include "interaction/verb/history_page.h"
#include "interaction/verb/precondition.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

#include <algorithm>
#include <limits>

namespace interaction {
namespace {

using base::Fault;

struct Asked : HistoryAsked {
    int count = 0;
    std::string token;
    Pairs used;  // for the links, without the page
};

Fault bad(std::string text) { return {Fault::Kind::malformed, std::move(text), "", base::IssueType::value}; }

// FHIR R4 3.1.0.12.1.
base::Result<Asked> read_asked(const Request& request, const Rules& rules) {
    Asked asked;
    asked.scope.type = request.type;
    asked.scope.id = request.id;
    asked.count = rules.default_count;
    for (const auto& [name, value] : request.parameters) {
        if (name == "_page") {
            asked.token = value;
            continue;
        }
        if (name == "_since" || name == "_at") {
            const auto moment = fhir::path::Temporal::date_time(value);
            if (!moment) return bad(name + " must be a date or an instant such as 2024-05-01T12:00:00Z.");
            if (name == "_since") {
                asked.scope.since = std::max<base::Micros>(moment->first(), 1);
            } else {
                asked.current_from = std::max<base::Micros>(moment->first(), 1);
                asked.scope.until = std::max<base::Micros>(moment->end() - 1, 1);
            }
        } else if (name == "_count") {
            const bool digits = !value.empty() && std::all_of(value.begin(), value.end(),
                                                              [](char c) { return c >= '0' && c <= '9'; });
            if (!digits) return bad("_count must be a whole number, 0 or more.");
            const auto count = base::to_integer(value);
            asked.count = count && *count <= rules.most_count ? static_cast<int>(*count) : rules.most_count;
        } else if (name == "_total" || name == "_sort" || name == "_summary" || name == "_elements") {
            if (name == "_sort" && value != "-_lastUpdated") return bad("A history is sorted by -_lastUpdated only.");
            if (name == "_summary" && value == "count") asked.count = 0;
        } else {
            if (!request.lenient)
                return Fault{Fault::Kind::malformed, "A history has no parameter '" + name + "'.", "",
                             base::IssueType::not_supported};
            continue;
        }
        asked.used.emplace_back(name, value);
    }
    return asked;
}

// A resource exists for who may see any version of it.
base::Result<bool> exists(const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(const auto current, snapshot.read(request.type, request.id));
    if (!current) return false;
    TRY(const bool there, seen(*request.plan, *current, snapshot, context));
    if (there) return true;
    const HistoryAsked asked{{.type = request.type, .id = request.id}};
    store::Window one;
    one.count = 1;
    TRY(const HistoryPage any, history_page(asked, one, *request.plan, snapshot, context));
    return !any.entries.empty();
}

fhir::resource::BundleEntry entry_of(const store::Version& version, const std::string& base) {
    fhir::resource::BundleEntry entry;
    const std::string local = version.type + "/" + version.id;
    entry.full_url = base + "/" + local;
    entry.url = local;
    entry.version = version.version;
    entry.last_modified = version.last_updated;
    switch (version.change) {
        case store::Change::created:
            entry.method = "POST";
            entry.url = version.type;
            entry.status = "201 Created";
            break;
        case store::Change::updated:
            entry.method = "PUT";
            entry.status = "200 OK";
            break;
        case store::Change::deleted:
            entry.method = "DELETE";
            entry.status = "204 No Content";
            break;
    }
    return entry;
}

// What a page says, without its bodies: a version's body never changes.
class Tag {
public:
    void add(std::string_view text) {
        text_ += text;
        text_ += '\n';
    }
    std::string text() const { return base::hex(base::view(base::sha256(text_)).substr(0, 12)); }

private:
    std::string text_;
};

}  // namespace

base::Result<Response> history(const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(Asked asked, read_asked(request, context.rules));
    Pairs trim_parameters = request.parameters;
    std::erase(trim_parameters, std::pair<std::string, std::string>{"_summary", "count"});
    TRY(const auto trim, read_trim(trim_parameters));
    if (!request.id.empty()) {
        TRY(const bool there, exists(request, snapshot, context));
        if (!there) return missing(request.type, request.id);
    }

    std::string first = request.base;
    if (!request.type.empty()) first += "/" + request.type;
    if (!request.id.empty()) first += "/" + request.id;
    first += "/_history";
    asked.used.insert(asked.used.end(), request.presentation.begin(), request.presentation.end());
    if (!asked.used.empty()) first += "?" + write_query(asked.used);
    const std::string binding = binding_of(request, std::string_view(first).substr(request.base.size()));

    store::Window window;
    window.count = asked.count;
    if (!asked.token.empty()) {
        TRY(const Cursor cursor, open_cursor(asked.token, binding, context.rules.cursor_key));
        window.after = cursor.after;
        window.as_of = cursor.as_of;
    }
    TRY(const HistoryPage page, history_page(asked, window, *request.plan, snapshot, context));

    const base::Micros now = context.clock.now();
    fhir::resource::BundleText bundle("history", base::new_id(now), now);
    Tag tag;
    tag.add(first);
    tag.add(asked.token);
    bundle.link("self", asked.token.empty() ? first : page_url(first, asked.token));
    if (!asked.token.empty()) bundle.link("first", first);
    if (!page.next.empty() && asked.count > 0)
        bundle.link("next", page_url(first, seal({page.next, page.as_of}, binding, context.rules.cursor_key)));
    if (page.total) bundle.total(*page.total);
    for (const store::Version& version : page.entries) {
        auto entry = entry_of(version, request.base);
        tag.add(version.type + "/" + version.id + "/" + std::to_string(version.version));
        if (!version.deleted()) {
            TRY(entry.resource, shown(version, trim, context));
        }
        bundle.entry(entry);
    }
    if (page.total) tag.add(std::to_string(*page.total));
    if (!page.next.empty()) tag.add("next");
    Response response;
    response.content = std::move(bundle).finish();
    response.tag = tag.text();
    return unless_known(request, std::move(response));
}

}  // namespace interaction
