// SPDX-License-Identifier: Apache-2.0
#include "fhir/tree/builder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

using namespace fhir;

namespace {
Document patient(const Names& names, std::string_view family) {
    Builder build(names);
    build.resource("Patient");
    build.value("id"_name, "p1");
    build.open("name"_name, true);
    build.value("family"_name, family);
    build.value("given"_name, "Ada", Kind::string, true);
    build.value("given"_name, "M", Kind::string, true);
    build.close();
    build.flag("active"_name, true);
    return std::move(build).finish();
}
}  // namespace

TEST_SUITE("fhir/tree") {
    TEST_CASE("names that code mentions are sorted, unique and keep their numbers in every table") {
        CHECK(std::is_sorted(std::begin(known::names), std::end(known::names)));
        CHECK(std::adjacent_find(std::begin(known::names), std::end(known::names)) == std::end(known::names));
        Names names;
        CHECK(names.find("family") == "family"_name);
        CHECK(names.find("nonsense") == no_name);
        CHECK(names.text(names.intern("nonsense")) == "nonsense");
    }
    TEST_CASE("a view walks what was built, and what is absent reads as empty") {
        Names names;
        const Document document = patient(names, "Lovelace");
        const View root = document.root();
        CHECK(root.resource_type() == "Patient");
        CHECK(root.text("id"_name) == "p1");
        CHECK(root.child("name"_name).count("given"_name) == 2);
        CHECK(root.child("name"_name).child("given"_name).next_same().text() == "M");
        CHECK(root.text("active"_name) == "true");
        CHECK_FALSE(root.child("telecom"_name));
        CHECK(root.child("telecom"_name).child("value"_name).text() == "");
    }
    TEST_CASE("a name that the definitions do not know stays readable in its document") {
        Names names;
        Builder build(names);
        build.resource("Patient");
        build.value(build.name("shoeSize"), "44");
        const Document document = std::move(build).finish();
        CHECK(document.root().child("shoeSize").text() == "44");
        CHECK(document.root().first_child().name() >= local_base);
        CHECK(document.root().first_child().name_text() == "shoeSize");
    }
    TEST_CASE("a long text is shared by copies, and lives as long as one of them") {
        const Names names;
        const std::string letter(long_text, 'x');
        std::optional<Document> copy;
        {
            Builder build(names);
            build.resource("Binary");
            build.value("id"_name, "b");
            build.value(build.name("data"), letter);
            const Document first = std::move(build).finish();
            Builder again(names);
            again.resource("Binary");
            again.copy_children(first.root());
            copy = std::move(again).finish();
            CHECK(copy->root().child("data").text().data() == first.root().child("data").text().data());
            CHECK(equal(first.root(), copy->root()));
            CHECK(first.root().child("id").shared() == nullptr);
        }
        CHECK(copy->root().child("data").text() == letter);
        CHECK(copy->root().text("id"_name) == "b");
    }
    TEST_CASE("equality sees values and the order of items, not the order of properties") {
        Names names;
        const Document a = patient(names, "Ng");
        const Document b = patient(names, "Ng");
        const Document c = patient(names, "Nx");
        CHECK(equal(a.root(), b.root()));
        CHECK_FALSE(equal(a.root(), c.root()));
        Builder build(names);
        build.copy(a.root(), no_name, false);
        const Document copy = std::move(build).finish();
        CHECK(equal(a.root(), copy.root()));
    }
    TEST_CASE("equality holds for elements with very many names, whatever their order") {
        Names names;
        const auto made = [&](bool backwards, const char* odd) {
            Builder build(names);
            build.resource("Patient");
            for (int i = 0; i < 200; ++i) {
                const int number = backwards ? 199 - i : i;
                build.value(build.name("n" + std::to_string(number)), number == 77 ? odd : "v");
            }
            return std::move(build).finish();
        };
        CHECK(equal(made(false, "v").root(), made(true, "v").root()));
        CHECK_FALSE(equal(made(false, "v").root(), made(true, "w").root()));
    }
}
