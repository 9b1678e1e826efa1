// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/patch/patch.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace fhir;
using base::Fault;

namespace {

const schema::Schema& r4() { return testing::r4(); }

// "type" and "path", then further parts as they stand in JSON, with a comma before each.
std::string operation(std::string_view type, std::string_view path, std::string_view more = "") {
    return fmt::format(R"({{"name":"operation","part":[{{"name":"type","valueCode":"{}"}},{{"name":"path","valueString":"{}"}}{}]}})", type, path, more);
}
std::string part(std::string_view name, std::string_view value) { return fmt::format(R"(,{{"name":"{}",{}}})", name, value); }
std::string add(std::string_view path, std::string_view name, std::string_view value) {
    return operation("add", path, part("name", fmt::format(R"("valueString":"{}")", name)) + part("value", value));
}
std::string replace(std::string_view path, std::string_view value) { return operation("replace", path, part("value", value)); }
std::string insert(std::string_view path, int index, std::string_view value) {
    return operation("insert", path, part("index", fmt::format(R"("valueInteger":{})", index)) + part("value", value));
}
std::string move(std::string_view path, int from, int to) {
    return operation("move", path, part("source", fmt::format(R"("valueInteger":{})", from)) + part("destination", fmt::format(R"("valueInteger":{})", to)));
}

base::Result<std::string> changed(std::string_view resource, std::string_view operations) {
    auto parameters = codec::read_json(fmt::format(R"({{"resourceType":"Parameters","parameter":[{}]}})", operations), r4().names());
    REQUIRE_MESSAGE(parameters, std::string(operations));
    TRY(const auto patch, patch::read_patch(parameters->root(), r4()));
    TRY(const Document result, patch::patched(resource, patch, r4(), 0));
    return codec::to_json(result.root());
}

std::string after(std::string_view resource, std::string_view operations) {
    auto result = changed(resource, operations);
    return result ? *result : "fault: " + result.fault().text;
}

Fault::Kind kind(std::string_view resource, std::string_view operations) {
    auto result = changed(resource, operations);
    REQUIRE_MESSAGE(!result, std::string(operations));
    return result.fault().kind;
}

constexpr const char* ng = R"({"resourceType":"Patient","id":"a","name":[{"family":"Ng","given":["Ada","May"]}],"gender":"male"})";
constexpr const char* pulse = R"({"resourceType":"Observation","status":"final","code":{"text":"pulse"},"valueQuantity":{"value":1.00}})";

}  // namespace

TEST_SUITE("fhir/patch/path_patch") {
    TEST_CASE("add puts a new element where its name belongs") {
        CHECK(after(ng, add("Patient", "birthDate", R"("valueDate":"1980-01-01")")).ends_with(R"("gender":"male","birthDate":"1980-01-01"})"));
        CHECK(after(ng, add("Patient.name[0]", "given", R"("valueString":"Lou")")).find(R"(["Ada","May","Lou"])") != std::string::npos);
        CHECK(after(ng, add("Patient", "name", R"("valueHumanName":{"text":"A"})")).find(R"(["Ada","May"]},{"text":"A"}],"gender")") != std::string::npos);
        CHECK(after(ng, add("Patient.name[0].given[1]", "extension", R"("part":[{"name":"url","valueUri":"http://x"},{"name":"value","valueString":"v"}])"))
                  .find(R"("_given":[null,{"extension":[{"url":"http://x","valueString":"v"}]}])") != std::string::npos);
        CHECK(after(R"({"resourceType":"Patient"})", add("Patient", "contained", R"("resource":{"resourceType":"Organization","id":"o"})")) ==
              R"({"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"}]})");
    }
    TEST_CASE("backbone elements come as parts, and lists in them as parts of one name") {
        CHECK(after(R"({"resourceType":"Patient"})",
                    add("Patient", "contact", R"("part":[{"name":"name","valueHumanName":{"text":"B"}},{"name":"telecom","valueContactPoint":{"value":"1"}},
                        {"name":"telecom","part":[{"name":"value","valueString":"2"}]}])")) ==
              R"({"resourceType":"Patient","contact":[{"name":{"text":"B"},"telecom":[{"value":"1"},{"value":"2"}]}]})");
        CHECK(kind(R"({"resourceType":"Patient"})", add("Patient", "contact", R"("part":[{"name":"shoe","valueString":"B"}])")) == Fault::Kind::invalid);
        CHECK(kind(R"({"resourceType":"Patient"})", add("Patient", "contact", R"("part":[{"name":"gender","valueCode":"male"},{"name":"gender","valueCode":"male"}])")) ==
              Fault::Kind::invalid);
    }
    TEST_CASE("a choice is named by itself and takes the form of the value") {
        const std::string none = R"({"resourceType":"Observation","status":"final","code":{"text":"pulse"}})";
        CHECK(after(none, add("Observation", "value", R"("valueQuantity":{"value":1.0})")).find(R"("valueQuantity":{"value":1.0})") != std::string::npos);
        CHECK(after(none, add("Observation", "valueString", R"("valueString":"x")")).find(R"("valueString":"x")") != std::string::npos);
        CHECK(after(pulse, replace("Observation.value", R"("valueString":"x")")).ends_with(R"("code":{"text":"pulse"},"valueString":"x"})"));
        CHECK(kind(pulse, add("Observation", "value", R"("valueString":"x")")) == Fault::Kind::invalid);
        CHECK(kind(pulse, replace("Observation.value", R"("valueAddress":{"text":"x"})")) == Fault::Kind::invalid);
    }
    TEST_CASE("replace puts one element for another") {
        CHECK(after(ng, replace("Patient.name[0].family", R"("valueString":"Li")")).find(R"({"family":"Li","given")") != std::string::npos);
        CHECK(after(ng, replace("Patient.name.given[0]", R"("valueString":"Bo")")).find(R"(["Bo","May"])") != std::string::npos);
        CHECK(after(pulse, replace("Observation.value.value", R"("valueDecimal":2.50)")).find(R"({"value":2.50})") != std::string::npos);
        CHECK(after(ng, replace("Patient.gender", R"("valueString":"female")")).find(R"("gender":"female")") != std::string::npos);
        CHECK(kind(ng, replace("Patient.gender", R"("valueBoolean":true)")) == Fault::Kind::invalid);
        CHECK(kind(ng, replace("Patient.birthDate", R"("valueDate":"1980-01-01")")) == Fault::Kind::invalid);
        CHECK(kind(ng, replace("Patient.name.given", R"("valueString":"Bo")")) == Fault::Kind::invalid);
        CHECK(kind(ng, replace("Patient", R"("resource":{"resourceType":"Patient"})")) == Fault::Kind::invalid);
    }
    TEST_CASE("delete takes one element, or none, and what it empties goes with it") {
        CHECK(after(ng, operation("delete", "Patient.gender")).find("gender") == std::string::npos);
        CHECK(after(ng, operation("delete", "Patient.birthDate")) == ng);
        CHECK(after(ng, operation("delete", "Patient.name.given.where($this='Ada')")).find(R"("given":["May"])") != std::string::npos);
        CHECK(after(R"({"resourceType":"Patient","contact":[{"name":{"text":"x"}}]})", operation("delete", "Patient.contact[0].name.text")) == R"({"resourceType":"Patient"})");
        CHECK(after(R"({"resourceType":"Patient","contact":[{"name":{"text":"x"}}]})",
                    operation("delete", "Patient.contact[0].name.text") + "," + add("Patient.contact[0].name", "family", R"("valueString":"y")")) ==
              R"({"resourceType":"Patient","contact":[{"name":{"family":"y"}}]})");
        CHECK(kind(ng, operation("delete", "Patient.name.given")) == Fault::Kind::invalid);
        CHECK(kind(ng, operation("delete", "Patient")) == Fault::Kind::invalid);
    }
    TEST_CASE("insert and move count from the ends of a list, inclusive") {
        CHECK(after(ng, insert("Patient.name[0].given", 0, R"("valueString":"Z")")).find(R"(["Z","Ada","May"])") != std::string::npos);
        CHECK(after(ng, insert("Patient.name[0].given", 2, R"("valueString":"Z")")).find(R"(["Ada","May","Z"])") != std::string::npos);
        CHECK(after(ng, insert("Patient.telecom", 0, R"("valueContactPoint":{"value":"1"})")).ends_with(R"("telecom":[{"value":"1"}]})"));
        CHECK(kind(ng, insert("Patient.name[0].given", 3, R"("valueString":"Z")")) == Fault::Kind::invalid);
        CHECK(kind(ng, insert("Patient.name[0].given", -1, R"("valueString":"Z")")) == Fault::Kind::invalid);
        CHECK(kind(ng, insert("Patient.telecom", 1, R"("valueContactPoint":{"value":"1"})")) == Fault::Kind::invalid);
        CHECK(kind(ng, insert("Patient.gender", 0, R"("valueCode":"male")")) == Fault::Kind::invalid);
        CHECK(kind(ng, insert("Patient.birthDate", 0, R"("valueDate":"1980-01-01")")) == Fault::Kind::invalid);
        CHECK(kind(ng, insert("Patient.telecom.where(system='phone')", 0, R"("valueContactPoint":{"value":"1"})")) == Fault::Kind::invalid);
        CHECK(kind(ng, insert("Patient.name[0].given[0]", 0, R"("valueString":"Z")")) == Fault::Kind::invalid);
        const std::string list = R"({"resourceType":"Patient","name":[{"text":"0"},{"text":"1"},{"text":"2"},{"text":"3"}]})";
        CHECK(after(list, move("Patient.name", 3, 1)) == R"({"resourceType":"Patient","name":[{"text":"0"},{"text":"3"},{"text":"1"},{"text":"2"}]})");
        CHECK(after(list, move("Patient.name", 0, 3)) == R"({"resourceType":"Patient","name":[{"text":"1"},{"text":"2"},{"text":"3"},{"text":"0"}]})");
        CHECK(after(list, move("Patient.name", 2, 2)) == list);
        CHECK(kind(list, move("Patient.name", 4, 0)) == Fault::Kind::invalid);
        CHECK(kind(list, move("Patient.name", 0, -1)) == Fault::Kind::invalid);
        CHECK(kind(list, move("Patient.telecom", 0, 0)) == Fault::Kind::invalid);
    }
    TEST_CASE("a path must name elements of the resource") {
        CHECK(kind(ng, add("Patient.name[0].period", "end", R"("valueDate":"2021-01-01")")) == Fault::Kind::invalid);
        CHECK(kind(ng, add("Observation", "status", R"("valueCode":"final")")) == Fault::Kind::invalid);
        CHECK(kind(ng, replace("Patient.name.count()", R"("valueInteger":1)")) == Fault::Kind::invalid);
        CHECK(kind(ng, replace("'x'", R"("valueString":"y")")) == Fault::Kind::invalid);
        CHECK(kind(ng, add("Patient", "birthday", R"("valueDate":"1980-01-01")")) == Fault::Kind::invalid);
        CHECK(kind(ng, add("Patient", "gender", R"("valueCode":"male")")) == Fault::Kind::invalid);
        CHECK(kind(ng, add("Patient", "birthDate", R"("valueHumanName":{"text":"x"})")) == Fault::Kind::invalid);
    }
    TEST_CASE("what is no patch is malformed") {
        for (const std::string& operations : {operation("merge", "Patient"), operation("delete", "Patient.("), operation("add", "Patient"), operation("move", "Patient.name"),
                                              operation("delete", "Patient.gender", part("colour", R"("valueString":"red")")),
                                              operation("delete", "Patient.gender", part("path", R"("valueString":"Patient.name")")),
                                              std::string(R"({"name":"operation"})"), std::string(R"({"name":"other","valueString":"x"})"),
                                              operation("insert", "Patient.name", part("value", R"("valueHumanName":{"text":"x"})"))})
            CHECK_MESSAGE(kind(ng, operations) == Fault::Kind::malformed, operations);
    }
    TEST_CASE("operations see what those before them did, and all fail together") {
        CHECK(after(ng, operation("delete", "Patient.name[0].given[0]") + "," + replace("Patient.name[0].given[0]", R"("valueString":"Bo")")).find(R"("given":["Bo"])") !=
              std::string::npos);
        CHECK(kind(ng, operation("delete", "Patient.gender") + "," + replace("Patient.gender", R"("valueCode":"male")")) == Fault::Kind::invalid);
    }
    TEST_CASE("many operations on a very large resource are refused") {
        std::string large = R"({"resourceType":"Patient","name":[{"text":"x"})", many = operation("delete", "Patient.gender");
        for (int i = 0; i < 40'000; ++i) large += R"(,{"text":"x"})";
        for (int i = 1; i < 1000; ++i) many += "," + operation("delete", "Patient.gender");
        CHECK(kind(large + "]}", many) == Fault::Kind::too_costly);
        CHECK(changed(large + "]}", operation("delete", "Patient.name[7]")));
    }
    TEST_CASE("a patch cannot build what is too deep to be read") {
        std::string deeper;
        std::string path = "Patient";
        for (int i = 0; i < 80; ++i) {
            if (i > 0) deeper += ',';
            deeper += add("Patient.descendants().where($this is Extension and extension.exists().not()).last() | Patient.where(extension.exists().not())", "extension",
                          R"("part":[{"name":"url","valueUri":"http://x"}])");
        }
        CHECK(kind(R"({"resourceType":"Patient"})", deeper) == Fault::Kind::too_large);
    }
}
