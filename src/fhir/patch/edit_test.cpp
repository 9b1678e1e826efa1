// SPDX-License-Identifier: Apache-2.0
#include "fhir/tree/edit.h"

#include "fhir/codec/json.h"

#include <doctest/doctest.h>

using namespace fhir;

namespace {
Document read(const Names& names, std::string_view json) {
    auto document = codec::read_json(json, names);
    REQUIRE(document);
    return *std::move(document);
}
}  // namespace

TEST_SUITE("fhir/tree/edit") {
    TEST_CASE("elements are put, taken and exchanged in place") {
        Names names;
        const Document other = read(names, R"({"given":["Bo"],"odd":{"odder":1}})");
        Edit edit(read(names, R"({"resourceType":"Patient","name":[{"given":["Ada","May"],"family":"Ng"}],"shoe":"red"})"));
        const Document::Index name = edit.root().child("name"_name).index();
        const Document::Index given = edit.root().child("name"_name).child("given"_name).index();
        CHECK(edit.parent(given) == name);
        CHECK(edit.parent(name) == 0);
        const auto copy = [&] { return edit.copy(other.root().child("given"_name), "given"_name, true); };
        edit.insert_before(given, copy());
        edit.append(name, copy());
        edit.insert_after(given, copy());
        edit.remove(given);
        edit.remove(given);  // gone already
        edit.replace(edit.view(name).child("family"_name).index(), edit.copy(other.root().child("odd"), edit.name("odd"), true));
        edit.remove(edit.root().child("shoe").index());
        const Document::Index made = edit.make("contact"_name, true);
        edit.append(0, made);
        edit.append(made, edit.copy(other.root().child("given"_name), "text"_name, false));
        const Document after = std::move(edit).finish();
        CHECK(codec::to_json(after.root()) ==
              R"({"resourceType":"Patient","name":[{"given":["Bo","Bo","May","Bo"],"odd":[{"odder":1}]}],"contact":[{"text":"Bo"}]})");
    }
}
