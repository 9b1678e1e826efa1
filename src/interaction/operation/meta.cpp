// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/meta.h"

#include "base/text.h"
#include "fhir/tree/builder.h"
#include "interaction/call/etag.h"
#include "interaction/operation/parameters.h"
#include "interaction/operation/reachable.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"
#include "interaction/verb/write.h"

#include <algorithm>
#include <array>
#include <map>

namespace interaction {
namespace {

using base::Fault;
using fhir::View;
using namespace fhir::literals;

constexpr int piece = 500;                  // resources in memory at a time
constexpr std::size_t most_walked = 20'000;  // that carry meta, when all of a type or the system is asked
constexpr int attempts = 8;

// A Parameters with the meta that `fill` writes; false: there is nothing to be written.
template <class Fill>
Response answer(const Context& context, const Fill& fill) {
    ParametersText text(context.schema.names());
    text.open("return");
    fhir::Builder& build = text.builder();
    build.open(build.name("valueMeta"));
    if (!fill(build)) {  // an element of FHIR is never empty
        build.open(build.name("extension"), true);
        build.value(build.name("url"), "http://hl7.org/fhir/StructureDefinition/data-absent-reason");
        build.value(build.name("valueCode"), "not-applicable");
        build.close();
    }
    build.close();
    text.close();
    Response response;
    response.content.emplace_back(std::move(text).finish());
    return response;
}

Response meta_of(const store::Version& version, const Context& context) {
    const fhir::Document document = body_of(version, context);
    return answer(context, [&](fhir::Builder& build) {
        build.copy_children(document.root().child("meta"_name));
        return true;  // the version at least
    });
}

std::pair<std::string, std::string> identity(View coding) {
    return {std::string(coding.text("system"_name)), std::string(coding.text("code"_name))};
}

// Profiles, tags and labels, each once.
struct Labels {
    std::map<std::string, bool> profiles;
    std::map<std::pair<std::string, std::string>, fhir::Document> tags;
    std::map<std::pair<std::string, std::string>, fhir::Document> security;

    void add(View meta, const fhir::Names& names) {
        for (const View profile : meta.children("profile"_name)) profiles.emplace(profile.text(), true);
        const auto take = [&](fhir::Name name, auto& into) {
            for (const View coding : meta.children(name)) {
                if (into.contains(identity(coding))) continue;
                fhir::Builder build(names);
                build.copy(coding, fhir::no_name, false);
                into.emplace(identity(coding), std::move(build).finish());
            }
        };
        take("tag"_name, tags);
        take("security"_name, security);
    }
    bool write(fhir::Builder& build) const {
        for (const auto& [url, there] : profiles) build.value("profile"_name, url, fhir::Kind::string, true);
        for (const auto& [key, coding] : security) build.copy(coding.root(), "security"_name, true);
        for (const auto& [key, coding] : tags) build.copy(coding.root(), "tag"_name, true);
        return !profiles.empty() || !tags.empty() || !security.empty();
    }
};

base::Result<Response> in_use(const Request& request, store::Snapshot& snapshot, const Context& context) {
    fhir::search::Query query;
    query.type = request.type;
    fhir::search::Clause any;
    any.kind = fhir::search::Clause::Kind::any;
    for (const char* code : {"_profile", "_security", "_tag"}) {
        fhir::search::Clause& carries = any.parts.emplace_back();
        carries.parameter = context.parameters.find(request.type, code);
        carries.modifier = fhir::search::Modifier::missing;
        carries.any_of.emplace_back();  // missing = false
        if (carries.parameter == nullptr) any.parts.pop_back();
    }
    query.clauses.push_back(std::move(any));
    Labels labels;
    std::size_t walked = 0;
    store::Window window;
    window.count = piece;
    do {
        TRY(store::Page page, snapshot.search(query, request.plan->search, window));
        const std::size_t looked_at = page.entries.size();
        TRY(drop_unseen(page.entries, *request.plan, snapshot, context));
        for (const store::Version& version : page.entries)
            labels.add(body_of(version, context).root().child("meta"_name), context.schema.names());
        walked += looked_at;
        if (walked > most_walked)
            return Fault{Fault::Kind::too_costly, "Too many resources carry profiles, tags or labels; ask for one type, or for one resource."};
        window.after = page.next;
    } while (!window.after.empty());
    return answer(context, [&](fhir::Builder& build) { return labels.write(build); });
}

// The meta of a Parameters; nothing in it but profiles, tags and labels counts.
base::Result<View> asked_meta(const Parameters& parameters, const Request& request) {
    TRY(parameters.check({"meta"}, request.lenient));
    const View meta = value_of(parameters.find("meta"));
    if (!meta || meta.name_text() != "valueMeta")
        return Fault{Fault::Kind::malformed, "The parameter meta must be there, with a valueMeta.", "meta", base::IssueType::required};
    return meta;
}

enum class Change : std::uint8_t { add, remove };

bool lists(View meta, fhir::Name name, View item) {
    const auto range = meta.children(name);
    return std::any_of(range.begin(), range.end(), [&](View other) {
        return item.kind() == fhir::Kind::complex ? identity(other) == identity(item) : other.text() == item.text();
    });
}

void change_meta(fhir::Builder& build, View meta, View asked, Change change) {
    build.open("meta"_name);
    constexpr std::array sets{"profile"_name, "security"_name, "tag"_name};
    for (const View child : meta.children()) {
        const bool of_a_set = std::find(sets.begin(), sets.end(), child.name()) != sets.end();
        if (change == Change::remove && of_a_set && lists(asked, child.name(), child)) continue;
        build.copy(child);
    }
    if (change == Change::add) {
        for (const fhir::Name set : sets) {
            std::vector<View> added;
            for (const View item : asked.children(set)) {
                const bool twice = std::any_of(added.begin(), added.end(), [&](View other) {
                    return item.kind() == fhir::Kind::complex ? identity(other) == identity(item) : other.text() == item.text();
                });
                if (twice || lists(meta, set, item)) continue;
                build.copy(item, set, true);
                added.push_back(item);
            }
        }
    }
    build.close();
}

fhir::Document changed(View resource, View asked, Change change, const Context& context) {
    fhir::Builder build(context.schema.names());
    build.resource(resource.resource_type());
    bool done = false;
    for (const View child : resource.children()) {
        if (child.name() == "meta"_name) {
            change_meta(build, child, asked, change);
            done = true;
        } else {
            build.copy(child);
        }
    }
    if (!done) change_meta(build, {}, asked, change);
    return std::move(build).finish();
}

base::Result<Response> change_labels(const Request& request, Change change, const Context& context) {
    const Parameters parameters(request);
    TRY(const View asked, asked_meta(parameters, request));
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto snapshot = context.repository.snapshot();
        TRY(const store::Version current, reachable(*snapshot, request.type, request.id, *request.plan, context));
        if (!request.if_match.empty() && !names_version(request.if_match, current.version))
            return Fault{Fault::Kind::stale, "The version of " + request.type + "/" + request.id + " is now " + std::to_string(current.version) + "."};
        const fhir::Document before = body_of(current, context);
        const fhir::Document after = changed(before.root(), asked, change, context);
        Request update;
        update.plan = request.plan;
        update.verb = Verb::update;
        update.type = request.type;
        update.id = request.id;
        update.base = request.base;
        update.with_commit = request.with_commit;
        update.if_match = "W/\"" + std::to_string(current.version) + "\"";
        update.wanted = Request::Return::representation;
        TRY(const Write write, prepare(update, after.root(), context));
        auto written = commit(write, update, context);
        if (!written && written.fault().kind == Fault::Kind::stale) continue;  // somebody came between
        if (!written) return written;
        Response response;
        if (!written->content.empty()) {  // else the change has put it out of the asker's reach
            const store::Version made{written->type, written->id, written->version, written->last_updated, store::Change::updated, 0,
                                      std::make_shared<const std::string>(written->text())};
            response = meta_of(made, context);
        }
        response.version = written->version;
        response.last_updated = written->last_updated;
        return response;
    }
    return Fault{Fault::Kind::conflict, "The resource is being changed all the time; try again."};
}

}  // namespace

base::Result<Response> meta(const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(Parameters(request).check({}, request.lenient));
    if (request.id.empty()) return in_use(request, snapshot, context);
    if (request.version.empty()) {
        TRY(const store::Version current, reachable(snapshot, request.type, request.id, *request.plan, context));
        return meta_of(current, context);
    }
    const auto version = base::to_integer(request.version);
    const Fault unknown = missing(request.type, request.id + "/_history/" + request.version);
    if (!version || *version < 1) return unknown;
    TRY(const auto found, snapshot.vread(request.type, request.id, *version));
    if (!found) return unknown;
    TRY(const bool there, seen(*request.plan, *found, snapshot, context));
    if (!there) return unknown;
    if (found->deleted()) return gone(request.type, request.id);
    return meta_of(*found, context);
}

base::Result<Response> meta_add(const Request& request, const Context& context) { return change_labels(request, Change::add, context); }

base::Result<Response> meta_delete(const Request& request, const Context& context) {
    return change_labels(request, Change::remove, context);
}

}  // namespace interaction
