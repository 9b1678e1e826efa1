// SPDX-License-Identifier: Apache-2.0
#pragma once

// A small world for this room's tests: the R4 definitions, an empty store in memory, a clock that stands still, and
// requests in short words.

#include "fhir/codec/json.h"
#include "fhir/testing.h"
#include "interaction/dispatch.h"
#include "store/memory.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace interaction {

struct World {
    World() : clock(1'714'564'800'000'000), repository(clock) { rules.cursor_key = "a key for tests"; }

    static const fhir::schema::Schema& schema() { return fhir::testing::r4(); }
    static const fhir::search::Parameters& parameters() { return fhir::testing::r4_parameters(); }

    static const fhir::search::Compartments& compartments() {
        static const fhir::search::Compartments made(fhir::testing::library());
        return made;
    }

    fhir::Document read(std::string_view json) const {
        auto document = fhir::codec::read_json(json, schema().names());
        REQUIRE_MESSAGE(document, std::string(json));
        return *std::move(document);
    }

    base::Result<Response> send(const Request& request) {
        const Context context{schema(), parameters(), elsewhere != nullptr ? *elsewhere : repository, clock, rules, definitions, nullptr,
                              &compartments()};
        return dispatch(request, context);
    }

    Request request(Verb verb, std::string type = "", std::string id = "", std::string_view body = "") const {
        Request made;
        made.plan = plan;
        made.verb = verb;
        made.type = std::move(type);
        made.id = std::move(id);
        made.base = "http://h/fhir";
        if (!body.empty()) made.body.emplace(read(body));
        return made;
    }

    base::Result<Response> put(std::string_view type, std::string_view id, std::string_view body) {
        return send(request(Verb::update, std::string(type), std::string(id), body));
    }
    base::Result<Response> post(std::string_view type, std::string_view body) {
        return send(request(Verb::create, std::string(type), "", body));
    }
    base::Result<Response> get(std::string_view type, std::string_view id) {
        return send(request(Verb::read, std::string(type), std::string(id)));
    }
    base::Result<Response> remove(std::string_view type, std::string_view id) {
        return send(request(Verb::remove, std::string(type), std::string(id)));
    }
    base::Result<Response> find(std::string_view type, std::vector<std::pair<std::string, std::string>> asked) {
        Request made = request(Verb::search, std::string(type));
        made.parameters = std::move(asked);
        return send(made);
    }
    // With a body by POST, without by GET.
    base::Result<Response> operate(std::string operation, std::string type, std::string id, std::vector<std::pair<std::string, std::string>> asked,
                                   std::string_view body = "") {
        Request made = request(Verb::operation, std::move(type), std::move(id), body);
        made.operation = std::move(operation);
        made.parameters = std::move(asked);
        made.safe = body.empty();
        return send(made);
    }
    base::Result<Response> bundle(std::string_view json) { return send(request(Verb::batch, "", "", json)); }

    std::int64_t count(std::string_view type) {
        const auto found = find(type, {{"_summary", "count"}});
        REQUIRE(found);
        const fhir::Document bundle = read(found->text());
        return std::stoll(std::string(bundle.root().child("total").text()));
    }

    base::FixedClock clock;
    store::Memory repository;
    store::Repository* elsewhere = nullptr;  // the store that counts instead
    Rules rules;
    Definitions* definitions = nullptr;
    permission::Held plan = permission::unlimited();
};

// The k-th child so named.
inline fhir::View nth(fhir::View view, std::string_view name, std::size_t k) {
    fhir::View child = view.child(name);
    while (child && k-- > 0) child = child.next_same();
    return child;
}

inline std::string link(fhir::View bundle, std::string_view relation) {
    for (fhir::View one = bundle.child("link"); one; one = one.next_same())
        if (one.child("relation").text() == relation) return std::string(one.child("url").text());
    return {};
}

}  // namespace interaction
