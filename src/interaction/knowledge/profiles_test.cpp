// SPDX-License-Identifier: Apache-2.0
#include "interaction/knowledge/profiles.h"

#include "fhir/testing.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using interaction::profiles_of;

namespace {

// A package as a folder, with these definitions.
class Package {
public:
    explicit Package(std::initializer_list<std::pair<const char*, std::string>> definitions) {
        std::string name = (std::filesystem::temp_directory_path() / "andiron-profiles-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder_ = name;
        write("package.json", R"({"name":"example.profiles","version":"1.0.0","fhirVersions":["4.0.1"]})");
        for (const auto& [id, rest] : definitions)
            write(std::string("StructureDefinition-") + id + ".json",
                  std::string(R"({"resourceType":"StructureDefinition","id":")") + id + R"(","url":"http://example.org/)" + id +
                      R"(","version":"1.0.0","name":"X","status":"active","fhirVersion":"4.0.1","abstract":false,)" + rest + "}");
    }
    ~Package() { std::filesystem::remove_all(folder_); }
    Package(const Package&) = delete;
    Package& operator=(const Package&) = delete;
    std::string folder() const { return folder_.string(); }

private:
    void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
    std::filesystem::path folder_;
};

std::string constrains(const std::string& kind, const std::string& type) {
    return R"("kind":")" + kind + R"(","type":")" + type + R"(","baseDefinition":"http://hl7.org/fhir/StructureDefinition/)" + type +
           R"(","derivation":"constraint","differential":{"element":[{"id":")" + type + R"(","path":")" + type + R"("}]})";
}

}  // namespace

TEST_SUITE("interaction/knowledge/profiles") {
    TEST_CASE("profiles of resources that packages bring are told by type; extensions and R4's own are not") {
        const Package package{{"b", constrains("resource", "Patient")}, {"a", constrains("resource", "Patient")},
                              {"o", constrains("resource", "Observation")}, {"e", constrains("complex-type", "Extension")}};
        fhir::definition::Library library = fhir::testing::library();
        CHECK(profiles_of(library).empty());
        REQUIRE(library.add_package(package.folder()));
        const auto found = profiles_of(library);
        REQUIRE(found.size() == 2);
        CHECK(found.at("Patient") == std::vector<std::string>{"http://example.org/a", "http://example.org/b"});
        CHECK(found.at("Observation") == std::vector<std::string>{"http://example.org/o"});
    }
}
