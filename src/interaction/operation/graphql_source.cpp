// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/graphql_source.h"

#include "base/text.h"
#include "fhir/resource/reference.h"
#include "interaction/operation/graphql_cursor.h"
#include "interaction/verb/question.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

#include <algorithm>

namespace interaction {
namespace {

using base::Fault;
using base::Result;
using fhir::View;
using fhir::graphql::Connection;
using fhir::graphql::Search;
using namespace fhir::literals;

Fault too_costly(const char* what) { return {Fault::Kind::too_costly, std::string("The answer takes too much: ") + what + "; ask for less."}; }

// Several values are an array here, not a text with commas: those of a text are its own (FHIR R4 3.1.1.4.0). Parameters of the search itself
// know no such lists.
std::string joined(const std::string& name, const std::vector<std::string>& values) {
    std::string all;
    for (const std::string& value : values) {
        if (&value != values.data()) all += ',';
        char before = '\0';
        for (const char c : value) {
            if (c == ',' && before != '\\' && !name.starts_with('_')) all += '\\';
            all += c;
            before = before == '\\' ? '\0' : c;
        }
    }
    return all;
}

}  // namespace

Result<View> GraphqlSource::parsed(const store::Version& version) {
    const std::string key = version.type + "/" + version.id + "/" + std::to_string(version.version);
    if (const auto known = documents_.find(key); known != documents_.end()) return known->second->root();
    bytes_ += version.body->size();
    if (documents_.size() >= most_resources || bytes_ > most_bytes) return too_costly("too many resources");
    return documents_.emplace(key, std::make_unique<const fhir::Document>(body_of(version, context_))).first->second->root();
}

Result<View> GraphqlSource::read_version(const std::string& type, const std::string& id, std::int64_t version) {
    const std::string key = type + "/" + id + (version == 0 ? "" : "/" + std::to_string(version));
    if (const auto known = reads_.find(key); known != reads_.end()) return known->second;
    if (reads_.size() >= most_reads) return too_costly("too many references");
    TRY(const auto stored, version == 0 ? snapshot_.read(type, id) : snapshot_.vread(type, id, version));
    View view;
    if (stored && !stored->deleted()) {
        TRY(const bool there, seen(*request_.plan, *stored, snapshot_, context_));
        if (there) {
            TRY(view, parsed(*stored));
        }
    }
    reads_.emplace(key, view);
    return view;
}

Result<View> GraphqlSource::read(std::string_view type, std::string_view id) { return read_version(std::string(type), std::string(id), 0); }

Result<View> GraphqlSource::resolve(std::string_view text) {
    const auto reference = fhir::resource::read_reference(text);
    if (!context_.schema.is_resource(reference.type) || (!reference.base.empty() && reference.base != request_.base)) return View{};
    const auto version = reference.version.empty() ? std::optional<std::int64_t>(0) : base::to_integer(reference.version);
    if (!version || (*version <= 0 && !reference.version.empty())) return View{};
    return read_version(std::string(reference.type), std::string(reference.id), *version);
}

Result<GraphqlSource::Pairs> GraphqlSource::parameters_of(const Search& search) const {
    Pairs pairs;
    for (const auto& [written, values] : search.parameters) {
        // '-' cannot stand in a name of GraphQL.
        std::string name = written;
        if (!name.starts_with('_') && context_.parameters.find(search.type, name) == nullptr) std::replace(name.begin(), name.end(), '_', '-');
        for (const std::string_view other : {"_include", "_revinclude", "_contained", "_containedType", "_summary", "_elements", "_total", "_page",
                                             "_explain", "_format", "_pretty"})
            if (name == other) return Fault{Fault::Kind::malformed, search.type + "List and " + search.type + "Connection have no argument " + name + "."};
        pairs.emplace_back(std::move(name), joined(written, values));
    }
    if (!search.of) return pairs;
    std::string code = search.reference;
    if (context_.parameters.find(search.type, code) == nullptr) std::replace(code.begin(), code.end(), '_', '-');
    const auto* parameter = context_.parameters.find(search.type, code);
    if (parameter == nullptr || parameter->type != fhir::search::ParameterType::reference)
        return Fault{Fault::Kind::malformed, "_reference must name a search parameter of " + search.type + " that is a reference."};
    pairs.emplace_back(std::move(code), std::string(search.of.resource_type()) + "/" + std::string(search.of.text("id"_name)));
    return pairs;
}

Result<fhir::search::Query> GraphqlSource::question(const std::string& type, const Pairs& parameters) {
    if (++searches_ > most_searches) return too_costly("too many searches");
    return read_question(type, parameters, false, request_.base, context_);
}

Result<store::Page> GraphqlSource::found(const fhir::search::Query& query, const store::Window& window) {
    TRY(store::Page page, snapshot_.search(query, request_.plan->search, window));
    TRY(drop_unseen(page.entries, *request_.plan, snapshot_, context_));
    if (may_find_closed(*request_.plan, query.type)) page.total.reset();  // it counts what is closed
    return page;
}

Result<std::vector<View>> GraphqlSource::list(const Search& search) {
    TRY(const Pairs parameters, parameters_of(search));
    TRY(const auto query, question(search.type, parameters));
    const auto asked = std::find_if(parameters.begin(), parameters.end(), [](const auto& pair) { return pair.first == "_count"; });
    const bool counted = asked != parameters.end() && base::to_integer(asked->second).value_or(0) <= context_.rules.most_count;
    store::Window window;
    window.count = counted ? query.count : context_.rules.most_count;
    std::vector<View> views;
    if (window.count == 0) return views;
    TRY(const auto page, found(query, window));
    // Everything or an error, never a part that looks like everything.
    if (!counted && !page.next.empty())
        return Fault{Fault::Kind::too_costly, "There are more than " + std::to_string(window.count) + " matches; narrow the question, say _count, or ask " +
                                                  search.type + "Connection, which has pages."};
    views.reserve(page.entries.size());
    for (const store::Version& version : page.entries) {
        TRY(const View view, parsed(version));
        views.push_back(view);
    }
    return views;
}

Result<Connection> GraphqlSource::connect(const Search& search, bool counted) {
    TRY(Pairs parameters, parameters_of(search));
    GraphqlCursor here;
    here.type = search.type;
    here.parameters = parameters;
    if (!search.cursor.empty()) {
        TRY(here, open_graphql_cursor(search.cursor, request_, context_.rules.cursor_key));
        if (here.type != search.type || (!parameters.empty() && parameters != here.parameters))
            return Fault{Fault::Kind::malformed, "A cursor brings its own question; ask it of the same connection without other arguments."};
    }
    TRY(auto query, question(search.type, here.parameters));
    if (counted) query.total = fhir::search::Total::accurate;
    store::Window window;
    window.count = query.count;
    window.after = here.after;
    window.as_of = here.as_of;
    window.backwards = here.backwards;
    TRY(const auto page, found(query, window));

    Connection made;
    made.pagesize = query.count;
    made.count = page.total;
    const auto size = static_cast<std::int64_t>(page.entries.size());
    made.offset = here.backwards ? std::max<std::int64_t>(0, here.offset - size) : here.offset;
    for (const store::Version& version : page.entries) {
        TRY(const View view, parsed(version));
        made.edges.push_back({"match", "", view});
    }
    if (query.count == 0) return made;
    const auto cursor = [&](const std::string& after, bool backwards, std::int64_t offset) {
        GraphqlCursor other{here.type, here.parameters, after, page.as_of, backwards, offset};
        return seal_graphql_cursor(other, request_, context_.rules.cursor_key);
    };
    if (!page.next.empty()) made.next = cursor(page.next, false, *made.offset + size);
    if (!page.previous.empty()) made.previous = cursor(page.previous, true, *made.offset);
    if (!page.next.empty() || !page.previous.empty()) {
        made.first = cursor("", false, 0);
        if (page.total) made.last = cursor("", true, *page.total);
    }
    return made;
}

}  // namespace interaction
