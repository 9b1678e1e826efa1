// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/library.h"

#include "fhir/codec/json.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>

using namespace fhir;
using namespace fhir::definition;

namespace {

Document json(std::string_view text) {
    auto read = codec::read_json(text, testing::r4().names());
    REQUIRE(read);
    return *std::move(read);
}

Document value_set(const std::string& version, const std::string& name) {
    return json(R"({"resourceType":"ValueSet","url":"http://example.org/vs","version":")" + version + R"(","name":")" + name + R"("})");
}

// A folder with the files of a package, removed at the end.
class Folder {
public:
    explicit Folder(const std::string& name) : path_(std::filesystem::path(ANDIRON_BINARY_DIR) / ("library_test_" + name)) {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    Folder& put(const std::string& name, std::string_view content) {
        std::ofstream(path_ / name) << content;
        return *this;
    }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

std::string manifest(const std::string& name, const std::string& version, const std::string& dependencies = "") {
    return R"({"name":")" + name + R"(","version":")" + version + R"(","title":"","keywords":[],"fhirVersions":["4.0.1"],"dependencies":{)" + dependencies + "}}";
}

std::string name_of(const std::optional<Definition>& definition) {
    return definition ? std::string(definition->document->root().text("name"_name)) : "nothing";
}

// What a store keeps.
class Kept : public Source {
public:
    explicit Kept(std::string text) : text_(std::move(text)) {}
    std::optional<std::string> find(std::string_view type, std::string_view, std::string_view) const override {
        return type == "ValueSet" ? std::optional(text_) : std::nullopt;
    }
    std::vector<std::string> all(std::string_view type) const override {
        return type == "ValueSet" ? std::vector<std::string>{"http://example.org/kept"} : std::vector<std::string>{};
    }

private:
    std::string text_;
};

}  // namespace

TEST_SUITE("fhir/definition/library") {
    TEST_CASE("R4's definitions are found by their URL") {
        const Library& library = testing::library();
        const auto patient = library.find("StructureDefinition", "http://hl7.org/fhir/StructureDefinition/Patient");
        REQUIRE(patient);
        CHECK(patient->version == "4.0.1");
        CHECK(patient->package == "hl7.fhir.r4.core#4.0.1");
        const View snapshot = patient->document->root().child("snapshot"_name);
        CHECK(snapshot.count("element"_name) > 40);
        const View birth_date = [&] {
            for (const View element : snapshot.children("element"_name))
                if (element.text("id"_name) == "Patient.birthDate") return element;
            return View{};
        }();
        CHECK(birth_date.child("min"_name).kind() == Kind::number);
        CHECK(birth_date.child("type"_name).list());
        CHECK_FALSE(birth_date.child("mapping"));
        CHECK(library.knows("StructureDefinition", "http://hl7.org/fhir/StructureDefinition/Patient|4.0.1"));
        CHECK(library.knows("StructureDefinition", "http://hl7.org/fhir/StructureDefinition/Patient|4.0"));
        CHECK_FALSE(library.knows("StructureDefinition", "http://hl7.org/fhir/StructureDefinition/Patient|5.0.0"));
        CHECK_FALSE(library.knows("ValueSet", "http://hl7.org/fhir/StructureDefinition/Patient"));
        CHECK(library.knows("SearchParameter", "http://hl7.org/fhir/SearchParameter/individual-gender"));
        CHECK(library.all("StructureDefinition").size() > 1000);
        CHECK(library.packages().size() == 3);
    }

    TEST_CASE("a value set has its published expansion") {
        const auto gender = testing::library().find("ValueSet", "http://hl7.org/fhir/ValueSet/administrative-gender");
        REQUIRE(gender);
        CHECK(gender->document->root().child("compose"_name));
        CHECK(gender->document->root().child("expansion"_name).count("contains"_name) == 4);
    }

    TEST_CASE("HL7's terminology is in charge of its own URLs, and the old one is found by its version") {
        const Library& library = testing::library();
        const std::string url = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
        const auto newest = library.find("CodeSystem", url, "hl7.fhir.r4.core#4.0.1");
        REQUIRE(newest);
        CHECK(newest->package.starts_with("hl7.terminology.r4#"));
        const auto old = library.find("CodeSystem", url + "|2018-08-12");
        REQUIRE(old);
        CHECK(old->package == "hl7.fhir.r4.core#4.0.1");
    }

    TEST_CASE("without a version the newest is found") {
        Library library(testing::r4());
        for (const char* version : {"1.0.0", "2.0.10", "2.0.9", "2.1.0-ballot"}) library.add(value_set(version, version));
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs")) == "2.1.0-ballot");
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs|2.0.9")) == "2.0.9");
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs|2.0")) == "2.0.10");
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs|3")) == "nothing");
        library.add(value_set("2.1.0-ballot", "again"));
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs")) == "again");
        CHECK(library.all("ValueSet").size() == 4);
    }

    TEST_CASE("a copy is added to without the other's knowledge") {
        Library library(testing::r4());
        Library copy(library);
        copy.add(value_set("1", "one"));
        CHECK(copy.knows("ValueSet", "http://example.org/vs"));
        CHECK_FALSE(library.knows("ValueSet", "http://example.org/vs"));
    }

    TEST_CASE("a package finds its own definitions first, then those that it depends on") {
        const auto content = [](const char* version, const char* name) { return codec::to_json(value_set(version, name).root()); };
        Folder old("old");
        old.put("package.json", manifest("test.old", "1.0.0")).put("ValueSet-vs.json", content("1.0.0", "old"));
        Folder newer("new");
        newer.put("package.json", manifest("test.new", "2.0.0", R"("test.old":"1.0.0")")).put("ValueSet-vs.json", content("2.0.0", "new"));
        Folder user("user");
        user.put("package.json", manifest("test.user", "1.0.0", R"("test.old":"1.0.0","nobody.has":"1.0.0","test.new":"1.9.0")"));
        Library library(testing::r4());
        for (const Folder* folder : {&user, &old, &newer}) REQUIRE(library.add_package(folder->path()));
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs")) == "new");
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs", "test.new#2.0.0")) == "new");
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs", "test.old#1.0.0")) == "old");
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs", "test.user#1.0.0")) == "old");
        const auto facts = library.packages();
        REQUIRE(facts.size() == 3);
        CHECK(facts[0].missing == std::vector<std::string>{"nobody.has#1.0.0"});
        REQUIRE(facts[0].findings.size() == 1);
        CHECK(facts[0].findings[0].text.find("test.new#2.0.0") != std::string::npos);
        CHECK(facts[1].definitions == 1);
    }

    TEST_CASE("files that cannot be read are findings, and what was published is given back whole") {
        Folder folder("findings");
        folder.put("package.json", manifest("test.findings", "1.0.0"))
            .put("ValueSet-bad.json", "{")
            .put("Patient-a.json", R"({"resourceType":"Patient"})")
            .put("ValueSet-good.json",
                 R"({"resourceType":"ValueSet","id":"good","text":{"status":"empty","div":"<div/>"},"url":"http://example.org/good"})");
        Library library(testing::r4());
        const auto facts = library.add_package(folder.path());
        REQUIRE(facts);
        CHECK(facts->definitions == 1);
        REQUIRE(facts->findings.size() == 1);
        CHECK(facts->findings[0].where == "ValueSet-bad.json");
        REQUIRE(library.published().size() == 1);
        const auto whole = library.published("ValueSet", "good", "test.findings#1.0.0");
        REQUIRE(whole);
        CHECK(whole->find("<div/>") != std::string::npos);
        const auto lean = library.find("ValueSet", "http://example.org/good");
        REQUIRE(lean);
        CHECK_FALSE(lean->document->root().child("text"_name));
    }

    TEST_CASE("without package.json there is no package") {
        Folder folder("none");
        Library library(testing::r4());
        CHECK_FALSE(library.add_package(folder.path()));
        CHECK_FALSE(library.add_package("/nowhere.tgz"));
    }

    TEST_CASE("what users stored goes before an older package, but never before R4's own") {
        Library library(testing::library());
        library.add(value_set("1.0.0", "shelf"));
        library.add(std::make_shared<const Kept>(codec::to_json(value_set("1.1.0", "stored").root())));
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs")) == "stored");
        CHECK(name_of(library.find("ValueSet", "http://example.org/vs|1.0.0")) == "shelf");
        CHECK(name_of(library.find("ValueSet", "http://hl7.org/fhir/ValueSet/administrative-gender")) == "AdministrativeGender");
    }
}
