// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/graphql/check.h"
#include "fhir/graphql/parse.h"
#include "fhir/graphql/select.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>

#include <deque>

TEST_SUITE_BEGIN("fhir/graphql/select");

namespace fhir::graphql {
namespace {

// Resources by "Type/id"; remembers what was searched.
class Shelf final : public Source {
public:
    View add(std::string_view json) {
        auto read = codec::read_json(json, testing::r4().names());
        REQUIRE_MESSAGE(read, std::string(json));
        const View root = documents_.emplace_back(*std::move(read)).root();
        all_.emplace(std::string(root.resource_type()) + "/" + std::string(root.child("id").text()), root);
        return root;
    }
    base::Result<View> read(std::string_view type, std::string_view id) override { return resolve(std::string(type) + "/" + std::string(id)); }
    base::Result<View> resolve(std::string_view reference) override {
        const auto found = all_.find(std::string(reference));
        return found == all_.end() ? View{} : found->second;
    }
    base::Result<std::vector<View>> list(const Search& search) override {
        searches.push_back(search);
        std::vector<View> found;
        for (const auto& [name, view] : all_)
            if (view.resource_type() == search.type) found.push_back(view);
        return found;
    }
    base::Result<Connection> connect(const Search& search, bool is_counted) override {
        counted = is_counted;
        Connection page;
        const auto all = *list(search);
        for (const View view : all) page.edges.push_back({"match", "", view});
        page.count = 7;
        page.offset = 0;
        page.pagesize = 2;
        page.next = "later";
        return page;
    }

    std::vector<Search> searches;
    bool counted = false;

private:
    std::deque<fhir::Document> documents_;
    std::map<std::string, View> all_;
};

constexpr std::string_view a_patient =
    R"({"resourceType":"Patient","id":"a","contained":[{"resourceType":"Organization","id":"o","name":"Inside"}],"active":true,)"
    R"("name":[{"use":"official","family":"Ng","given":["Ann","Bea"],"_given":[null,{"id":"g2"}]},{"use":"usual","given":["Annie"]},)"
    R"({"use":"maiden","family":"Ott","given":["Ann"]}],"birthDate":"1980-01-02","_birthDate":{"extension":[{"url":"u","valueDecimal":1.50}]},)"
    R"("multipleBirthInteger":2,"managingOrganization":{"reference":"#o"},"generalPractitioner":[{"reference":"Practitioner/p"},{"reference":"Organization/q"}],)"
    R"("link":[{"other":{"reference":"Patient/none"},"type":"seealso"}]})";

struct World {
    World() {
        patient = shelf.add(a_patient);
        shelf.add(R"({"resourceType":"Practitioner","id":"p","name":[{"family":"Doc"}],"gender":"female"})");
        shelf.add(R"({"resourceType":"Organization","id":"q","name":"Outside"})");
    }

    base::Result<std::string> ask(std::string_view query, bool system = false, std::string_view variables = "", Budget budget = {}) {
        TRY(const graphql::Document document, parse(query));
        const Operation& operation = document.operations.front();
        Shape shape{Shape::Kind::query, schema::no_type};
        if (!system) shape = {Shape::Kind::element, testing::r4().find_type("Patient")};
        TRY(check(operation, document, shape, testing::r4()));
        TRY(const Variables bound, bind_variables(operation, variables));
        return select({document, operation, bound, testing::r4(), 0, budget}, system ? View{} : patient, shelf);
    }
    std::string of(std::string_view query, std::string_view variables = "") {
        auto answer = ask(query, false, variables);
        return answer ? *answer : "FAULT " + answer.fault().text;
    }
    std::string system(std::string_view query, std::string_view variables = "") {
        auto answer = ask(query, true, variables);
        return answer ? *answer : "FAULT " + answer.fault().text;
    }

    Shelf shelf;
    View patient;
};

TEST_CASE("fields come in the order of the question; what is absent is left out; numbers keep their text") {
    World world;
    CHECK(world.of("{ multipleBirthInteger id resourceType gender __typename active }") ==
          R"({"multipleBirthInteger":2,"id":"a","resourceType":"Patient","__typename":"Patient","active":true})");
    CHECK(world.of("{ _birthDate { extension { url valueDecimal } } birthDate }") ==
          R"({"_birthDate":{"extension":[{"url":"u","valueDecimal":1.50}]},"birthDate":"1980-01-02"})");
    CHECK(world.of("{ name(use: official) { _given { id } given } }") == R"({"name":[{"_given":[null,{"id":"g2"}],"given":["Ann","Bea"]}]})");
}

TEST_CASE("lists are navigated by field, FHIRPath, offset and count") {
    World world;
    CHECK(world.of("{ name(use: official) { family } }") == R"({"name":[{"family":"Ng"}]})");
    CHECK(world.of("{ name(given: \"Ann\") { use } }") == R"({"name":[{"use":"official"},{"use":"maiden"}]})");
    CHECK(world.of("{ name(fhirpath: \"family.exists()\") { family } }") == R"({"name":[{"family":"Ng"},{"family":"Ott"}]})");
    CHECK(world.of("{ name(fhirpath: \"given.count() = 1\", _count: 1) { use } }") == R"({"name":[{"use":"usual"}]})");
    CHECK(world.of("{ name(_offset: 1, _count: 1) { use } }") == R"({"name":[{"use":"usual"}]})");
    CHECK(world.of("{ name(_offset: 9) { use } }") == "{}");
    CHECK(world.of("query($u: code) { name(use: $u) { family } }", R"({"u":"maiden"})") == R"({"name":[{"family":"Ott"}]})");
    CHECK(world.of("query($u: code) { name(use: $u) { use } }") == R"({"name":[{"use":"official"},{"use":"usual"},{"use":"maiden"}]})");
    CHECK(world.of("{ name(period: 1) { use } }").starts_with("FAULT"));
    CHECK(world.of("{ name(fhirpath: \"((\") { use } }").starts_with("FAULT"));
    CHECK(world.of("{ name(_count: -1) { use } }").starts_with("FAULT"));
}

TEST_CASE("aliases let a field stand twice; the same key for two fields does not") {
    World world;
    CHECK(world.of("{ legal: name(use: official) { family } born: name(use: maiden) { family } }") ==
          R"({"legal":[{"family":"Ng"}],"born":[{"family":"Ott"}]})");
    CHECK(world.of("{ x: id x: active }").starts_with("FAULT"));
}

TEST_CASE("fragments are part of what they stand in, where their type fits") {
    World world;
    CHECK(world.of("{ ...A ...on Group { quantity } ...on DomainResource { id } ... { active } } fragment A on Patient { name(use: maiden) { ...N } } "
                   "fragment N on HumanName { family }") == R"({"name":[{"family":"Ott"}],"id":"a","active":true})");
    CHECK(world.of("{ name(_count: 1) { use } ...A } fragment A on Patient { name(_count: 1) { family } }") == R"({"name":[{"use":"official","family":"Ng"}]})");
    CHECK(world.of("{ link { ...L ...on PatientLink { __typename } } } fragment L on BackboneElement { id }") == R"({"link":[{"__typename":"PatientLink"}]})");
    CHECK(world.of("{ ...A } fragment A on Patient { ...A }").starts_with("FAULT"));
    CHECK(world.of("{ ...A }").starts_with("FAULT"));
    CHECK(world.of("{ ...on Patent { id } }").starts_with("FAULT"));
}

TEST_CASE("skip and include are asked of fields and fragments") {
    World world;
    CHECK(world.of("query($y: Boolean!) { id @include(if: $y) active @skip(if: $y) ...on Patient @skip(if: $y) { birthDate } }", R"({"y":true})") == R"({"id":"a"})");
    CHECK(world.of("{ id @include(if: 1) }").starts_with("FAULT"));
    CHECK(world.of("{ id @include }").starts_with("FAULT"));
    CHECK(world.of("{ id @nobody }").starts_with("FAULT"));
}

TEST_CASE("what no resource of the type can have is refused before anything runs") {
    World world;
    for (const char* query : {"{ nothing }", "{ name }", "{ id { x } }", "{ name { given(a: 1) } }", "{ _name { id } }", "{ value }", "{ id @flatten }", "{ id @slice }",
                              "{ PatientList { id } }", "{ managingOrganization { resource(type: Organization) { birthDate } } }", "{ __schema { types { name } } }",
                              "{ name(use: $x) { family } }", "{ generalPractitioner { resource { ...on Practitioner { nothing } } } }"})
        CHECK_MESSAGE(world.of(query).starts_with("FAULT"), query);
    const auto answer = world.ask("{\n  name { nothing }\n}");
    REQUIRE_FALSE(answer);
    CHECK(answer.fault().findings.front().line == 2);
    CHECK(answer.fault().findings.front().column == 10);
}

TEST_CASE("references are followed, into the resource itself as well") {
    World world;
    CHECK(world.of("{ managingOrganization { reference resource { resourceType name } } }") ==
          R"({"managingOrganization":{"reference":"#o","resource":{"resourceType":"Organization","name":"Inside"}}})");
    CHECK(world.of("{ generalPractitioner { resource(type: Practitioner) { gender } } }") == R"({"generalPractitioner":[{"resource":{"gender":"female"}},{}]})");
    CHECK(world.of("{ generalPractitioner { resource { id ...on Organization { title: name } } } }") ==
          R"({"generalPractitioner":[{"resource":{"id":"p"}},{"resource":{"id":"q","title":"Outside"}}]})");
    CHECK(world.of("{ link { other { resource(optional: true) { id } } } }") == R"({"link":[{"other":{}}]})");
    CHECK(world.of("{ link { other { resource { id } } } }").starts_with("FAULT"));
    CHECK(world.of("{ contained { __typename ...on Organization { name } } }") == R"({"contained":[{"__typename":"Organization","name":"Inside"}]})");
}

TEST_CASE("a reference asked for twice in the same braces is a list of both answers") {
    World world;
    CHECK(world.of("{ managingOrganization { reference } managingOrganization { resource { id } } }") ==
          R"({"managingOrganization":[{"reference":"#o"},{"resource":{"id":"o"}}]})");
    CHECK(world.of("{ id id }") == R"({"id":"a"})");
}

TEST_CASE("flattened fields leave their children in their place, as lists") {
    World world;
    CHECK(world.of("{ active name @flatten { given family } }") == R"({"active":true,"given":["Ann","Bea","Annie","Ann"],"family":["Ng","Ott"]})");
    CHECK(world.of("{ name @flatten { given @first } }") == R"({"given":["Ann","Annie","Ann"]})");
    CHECK(world.of("{ name @first @flatten { given family } }") == R"({"given":["Ann","Bea"],"family":"Ng"})");
    CHECK(world.of("{ name @first { family } }") == R"({"name":{"family":"Ng"}})");
    CHECK(world.of("{ name(use: maiden) @flatten { family @singleton } }") == R"({"family":"Ott"})");
    CHECK(world.of("{ name @flatten { family @singleton } }").starts_with("FAULT"));
    CHECK(world.of("{ x: birthDate name @flatten { x: family } }").starts_with("FAULT"));
    CHECK(world.of("{ managingOrganization @flatten { resource @flatten { name } } }") == R"({"name":"Inside"})");
}

TEST_CASE("slices carry the value of a path, or their number, in their names") {
    World world;
    CHECK(world.of("{ name @flatten @slice(path: \"use\") { family @singleton } }") == R"({"family.official":"Ng","family.maiden":"Ott"})");
    CHECK(world.of("{ name @flatten @slice(fhirpath: \"$index\") { family } }") == R"({"family.0":["Ng"],"family.2":["Ott"]})");
    CHECK(world.of("{ name @slice(path: \"use\") { family } }") == R"({"name.official":[{"family":"Ng"}],"name.usual":[{}],"name.maiden":[{"family":"Ott"}]})");
    CHECK(world.of("{ name @flatten @slice(path: \"use\") { given @slice(path: \"$index\") @singleton } }").starts_with(R"({"given.official.0":"Ann","given.official.1":"Bea")"));
}

TEST_CASE("the system is asked for one, for lists and for connections") {
    World world;
    CHECK(world.system("{ Patient(id: a) { id } }") == R"({"Patient":{"id":"a"}})");
    CHECK(world.system("{ Patient(_id: \"none\") { id } }") == R"({"Patient":null})");
    CHECK(world.system("{ PatientList(birthdate: [\"ge1980\", 1990], general_practitioner: p) { id } }") == R"({"PatientList":[{"id":"a"}]})");
    REQUIRE(world.shelf.searches.size() == 1);
    CHECK(world.shelf.searches[0].type == "Patient");
    CHECK(world.shelf.searches[0].parameters[0].second == std::vector<std::string>{"ge1980", "1990"});
    CHECK(world.shelf.searches[0].parameters[1].first == "general_practitioner");
    CHECK(world.system("{ PatientList(fhirpath: \"active.not()\") { id } }") == R"({"PatientList":[]})");
    CHECK(world.system("{ GroupList { id } }") == R"({"GroupList":[]})");
    CHECK(world.system("{ PatientConnection { count offset pagesize edges { mode score resource { id } } first next } }") ==
          R"({"PatientConnection":{"count":7,"offset":0,"pagesize":2,"edges":[{"mode":"match","resource":{"id":"a"}}],"next":"later"}})");
    CHECK(world.shelf.counted);
    CHECK(world.system("query($c: ID) { PatientConnection(_cursor: $c) { edges { resource { id } } } }", R"({"c":"x"})") ==
          R"({"PatientConnection":{"edges":[{"resource":{"id":"a"}}]}})");
    CHECK(world.shelf.searches.back().cursor == "x");
    CHECK_FALSE(world.shelf.counted);
    for (const char* query : {"{ Patient { id } }", "{ Patient(name: a) { id } }", "{ Patients { id } }", "{ PatientList(_reference: link) { id } }", "{ id }",
                              "{ PatientList(_cursor: x) { id } }", "{ PatientList(name: {a: 1}) { id } }"})
        CHECK_MESSAGE(world.system(query).starts_with("FAULT"), query);
}

TEST_CASE("inside a resource a list is of those that refer to it") {
    World world;
    CHECK(world.of("{ id ConditionList(_reference: patient, code: x) { id } }") == R"({"id":"a","ConditionList":[]})");
    REQUIRE(world.shelf.searches.size() == 1);
    CHECK(world.shelf.searches[0].reference == "patient");
    CHECK(world.shelf.searches[0].of == world.patient);
    CHECK(world.of("{ ConditionConnection(_reference: patient, _cursor: x) { count } }").starts_with("FAULT"));
    CHECK(world.of("{ contained { ...on Organization { PatientList(_reference: organization) { id } } } }").starts_with("FAULT"));
}

TEST_CASE("fields, bytes and steps of FHIRPath are bounded") {
    World world;
    std::string query = "{";
    for (int i = 0; i < 500; ++i) query += " a" + std::to_string(i) + ": name(fhirpath: \"given.count() > 0\") { given }";
    query += "}";
    CHECK(world.ask(query));
    for (const Budget& small : {Budget{100, 1U << 20U, 1'000'000}, Budget{100'000, 1'000, 1'000'000}, Budget{100'000, 1U << 20U, 100}}) {
        const auto answer = world.ask(query, false, "", small);
        REQUIRE_FALSE(answer);
        CHECK(answer.fault().kind == base::Fault::Kind::too_costly);
    }
}

TEST_CASE("fragments that multiply end at the budget, not at the end of days") {
    World world;
    std::string query = "{ ...F0 }";
    for (int i = 0; i < 30; ++i) {
        const std::string next = std::to_string(i + 1);
        query += " fragment F" + std::to_string(i) + " on Patient { a: contained { ...on Resource { id } } x" + next +
                 ": managingOrganization { resource { ...G" + next + " } } y" + next + ": managingOrganization { resource { ...G" + next + " } } } fragment G" + next +
                 " on Organization { partOf { resource { id } } }";
    }
    CHECK_FALSE(world.of(query).empty());
    World ring;
    ring.patient = ring.shelf.add(R"({"resourceType":"Patient","id":"r","link":[{"other":{"reference":"Patient/r"},"type":"seealso"}]})");
    std::string doubling = "{ ...F0 }";
    for (int i = 0; i < 20; ++i) {
        const std::string name = std::to_string(i), next = std::to_string(i + 1);
        doubling += " fragment F" + name + " on Patient { a: link { other { resource { ...F" + next + " } } } b: link { other { resource { ...F" + next + " } } } }";
    }
    doubling += " fragment F20 on Patient { id }";
    const auto answer = ring.ask(doubling);
    REQUIRE_FALSE(answer);
}

}  // namespace
}  // namespace fhir::graphql

TEST_SUITE_END();
