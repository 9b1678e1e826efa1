// SPDX-License-Identifier: Apache-2.0
#include "interaction/shelf/stored.h"

#include "interaction/testing.h"

#include <algorithm>

TEST_SUITE_BEGIN("interaction/shelf/stored");

namespace interaction {
namespace {

struct Shelf : World {
    void set(const std::string& id, const std::string& version, const std::string& url = "http://v") {
        clock.advance(1'000'000);
        REQUIRE(put("ValueSet", id, R"({"resourceType":"ValueSet","id":")" + id + R"(","status":"draft")" + (url.empty() ? "" : R"(,"url":")" + url + '"') +
                                        (version.empty() ? "" : R"(,"version":")" + version + '"') + "}"));
    }
    // The id of what is found.
    std::string found(const std::string& version = "", const std::string& url = "http://v") {
        const auto text = Stored(context, loaded).find("ValueSet", url, version);
        return text ? std::string(read(*text).root().child("id").text()) : "nothing";
    }
    Loaded loaded;
    Context context{schema(), parameters(), repository, clock, rules};
};

}  // namespace

TEST_CASE("without a version the latest one is meant, and numbers count as numbers") {
    Shelf world;
    CHECK(world.found() == "nothing");
    world.set("none", "");
    CHECK(world.found() == "none");
    world.set("ten", "1.10.0");
    world.set("nine", "1.9.0");
    CHECK(world.found() == "ten");
    CHECK(world.found("1.9.0") == "nine");
    CHECK(world.found("2.0.0") == "nothing");
    world.set("again", "1.10.0");
    CHECK(world.found() == "again");  // the latest change of equals
    CHECK(world.found("", "http://other,http://v") == "nothing");
}

TEST_CASE("what a package has brought is the package's, until somebody changes it") {
    Shelf world;
    world.set("one", "1");
    world.loaded.emplace("ValueSet/one", 1);
    CHECK(world.found() == "nothing");
    CHECK(Stored(world.context, world.loaded).all("ValueSet").empty());
    world.set("one", "2");
    CHECK(world.found() == "one");
}

TEST_CASE("what was not there is not asked for again") {
    Shelf world;
    const Stored shelf(world.context, world.loaded);
    CHECK_FALSE(shelf.find("ValueSet", "http://v", ""));
    world.set("one", "1");
    CHECK_FALSE(shelf.find("ValueSet", "http://v", ""));  // who commits a definition has a new shelf made
    CHECK(shelf.find("ValueSet", "http://v", "1"));
}

TEST_CASE("all canonicals of a type, with their versions, page after page") {
    Shelf world;
    for (int i = 0; i < 120; ++i) world.set("n" + std::to_string(i), i == 0 ? "" : "1", "http://v" + std::to_string(i));
    world.set("no-url", "1", "");
    const auto all = Stored(world.context, world.loaded).all("ValueSet");
    CHECK(all.size() == 120);
    CHECK(std::find(all.begin(), all.end(), "http://v0") != all.end());
    CHECK(std::find(all.begin(), all.end(), "http://v119|1") != all.end());
}

TEST_CASE("a reference leads to what is stored here, and nowhere else") {
    Shelf world;
    const std::string base = "http://h/fhir";
    const auto fetch = stored_fetch(world.context, base);
    REQUIRE(world.put("Patient", "p", R"({"resourceType":"Patient","id":"p"})"));
    REQUIRE(fetch("Patient/p"));
    CHECK(fetch("Patient/p")->root().child("id").text() == "p");
    CHECK(fetch("http://h/fhir/Patient/p"));
    for (const char* nowhere : {"http://elsewhere/fhir/Patient/p", "Patient/none", "Patient", "#p", "urn:uuid:6f1d0c2e-0000-4000-8000-000000000000"}) CHECK_FALSE(fetch(nowhere));
    REQUIRE(world.remove("Patient", "p"));
    CHECK_FALSE(fetch("Patient/p"));
}

}  // namespace interaction

TEST_SUITE_END();
