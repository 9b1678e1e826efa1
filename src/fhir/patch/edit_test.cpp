// SPDX-License-Identifier: Apache-2.0
#include "fhir/tree/edit.h"

#include "fhir/tree/builder.h"

#include <doctest/doctest.h>

using namespace fhir;

namespace {

// A patient with one name of these given names, and a family name when there is one.
Document patient(const Names& names, std::initializer_list<std::string_view> given, std::string_view family) {
    Builder build(names);
    build.resource("Patient");
    build.open("name"_name, true);
    for (const std::string_view one : given) build.value("given"_name, one, Kind::string, true);
    if (!family.empty()) build.value("family"_name, family);
    build.close();
    return std::move(build).finish();
}

}  // namespace

TEST_SUITE("fhir/tree/edit") {
    TEST_CASE("elements are put, taken and exchanged in place") {
        Names names;
        const Document other = patient(names, {"Bo"}, "Li");
        Edit edit(patient(names, {"Ada", "May"}, "Ng"));
        const View name = edit.root().child("name"_name);
        const Document::Index list = name.index(), ada = name.child("given"_name).index(), ng = name.child("family"_name).index();
        CHECK(edit.parent(ada) == list);
        CHECK(edit.parent(list) == 0);
        const auto bo = [&] { return edit.copy(other.root().child("name"_name).child("given"_name), "given"_name, true); };
        edit.insert_before(ada, bo());
        edit.append(list, bo());
        edit.insert_after(ada, bo());
        edit.remove(ada);
        edit.remove(ada);  // gone already
        edit.replace(ng, edit.copy(other.root().child("name"_name).child("family"_name), "family"_name, false));
        CHECK(equal(edit.root(), patient(names, {"Bo", "Bo", "May", "Bo"}, "Li").root()));
        edit.remove(list);
        edit.remove(0);
        CHECK_FALSE(edit.root().first_child());
    }
    TEST_CASE("a copy brings its children and the names that only its document knows") {
        Names names;
        Builder build(names);
        build.resource("Patient");
        build.open(build.name("shoe"));
        build.value(build.name("lace"), "red");
        build.close();
        const Document other = std::move(build).finish();
        Edit edit(patient(names, {"Ada"}, ""));
        const Document::Index made = edit.make("contact"_name, true);
        edit.append(0, made);
        edit.append(made, edit.copy(other.root().first_child(), edit.name("shoe"), false));
        const Document after = std::move(edit).finish();
        CHECK(after.root().child("contact"_name).child("shoe").child("lace").text() == "red");
    }
}
