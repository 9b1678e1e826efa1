// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"

#include <set>

using namespace interaction;
using namespace fhir::literals;

namespace {

struct Ward : World {
    Ward() {
        REQUIRE(put("Patient", "1", R"({"resourceType":"Patient","id":"1"})"));
        REQUIRE(put("Patient", "2", R"({"resourceType":"Patient","id":"2"})"));
        REQUIRE(put("Observation", "a", observation("a", "Patient/1", "final")));
        REQUIRE(put("Observation", "b", observation("b", "Patient/1", "amended")));
        REQUIRE(put("Observation", "c", observation("c", "Patient/2", "final")));
        REQUIRE(put("Observation", "1", observation("1", "Patient/2", "final")));  // has the id of a patient
        REQUIRE(put("Organization", "o", R"({"resourceType":"Organization","id":"o","name":"o"})"));
    }
    static std::string observation(const std::string& id, const std::string& subject, const std::string& status) {
        return R"({"resourceType":"Observation","id":")" + id + R"(","status":")" + status +
               R"(","code":{"text":"x"},"subject":{"reference":")" + subject + R"("}})";
    }
    base::Result<Response> members(const std::string& kind, const std::string& id, const std::string& type,
                                   std::vector<std::pair<std::string, std::string>> asked = {}) {
        Request made = request(Verb::search, type);
        made.compartment = store::Name{kind, id};
        made.parameters = std::move(asked);
        return send(made);
    }
    std::set<std::string> found(const base::Result<Response>& response) const {
        REQUIRE(response);
        const fhir::Document bundle = read(response->text());
        std::set<std::string> names;
        for (const fhir::View entry : bundle.root().children("entry"_name)) {
            const fhir::View resource = entry.child("resource"_name);
            names.insert(std::string(resource.resource_type()) + "/" + std::string(resource.text("id"_name)));
        }
        return names;
    }
};

using Names = std::set<std::string>;

}  // namespace

TEST_SUITE("interaction/verb/compartment_search") {
    TEST_CASE("a compartment is searched for one type, with whatever else is asked") {
        Ward ward;
        CHECK(ward.found(ward.members("Patient", "1", "Observation")) == Names{"Observation/a", "Observation/b"});
        CHECK(ward.found(ward.members("Patient", "1", "Observation", {{"status", "final"}})) == Names{"Observation/a"});
        CHECK(ward.found(ward.members("Patient", "2", "Observation")) == Names{"Observation/1", "Observation/c"});
        CHECK(ward.found(ward.members("Patient", "1", "Patient")) == Names{"Patient/1"});
    }
    TEST_CASE("all types of a compartment are searched at once, by their own parameters each") {
        Ward ward;
        CHECK(ward.found(ward.members("Patient", "1", "")) == Names{"Patient/1", "Observation/a", "Observation/b"});
    }
    TEST_CASE("nobody's compartment is empty; what is no compartment is not there") {
        Ward ward;
        CHECK(ward.found(ward.members("Patient", "none", "Observation")).empty());
        CHECK(ward.found(ward.members("Patient", "none", "")).empty());
        CHECK(ward.members("Organization", "o", "Observation").fault().kind == base::Fault::Kind::missing);
        CHECK(ward.members("Patient", "1", "Organization").fault().kind == base::Fault::Kind::missing);
        CHECK(ward.members("Patient", "1", "Observation", {{"nonsense", "1"}}).fault().kind == base::Fault::Kind::malformed);
    }
    TEST_CASE("what is out of reach is in no compartment") {
        Ward ward;
        auto plan = std::make_shared<permission::Plan>();
        plan->search.allow("Patient");
        ward.plan = plan;
        CHECK(ward.found(ward.members("Patient", "1", "")) == Names{"Patient/1"});
        CHECK(ward.found(ward.members("Patient", "1", "Observation")).empty());
    }
    TEST_CASE("links name the compartment, and pages go on in it") {
        Ward ward;
        const auto response = ward.members("Patient", "1", "Observation", {{"_count", "1"}});
        REQUIRE(response);
        const fhir::Document bundle = ward.read(response->text());
        CHECK(link(bundle.root(), "self") == "http://h/fhir/Patient/1/Observation?_count=1");
        const std::string next = link(bundle.root(), "next");
        REQUIRE(next.starts_with("http://h/fhir/Patient/1/Observation?"));
        const std::string token = next.substr(next.find("_page=") + 6);
        CHECK(ward.found(ward.members("Patient", "1", "Observation", {{"_count", "1"}, {"_page", token}})) == Names{"Observation/b"});
        CHECK_FALSE(ward.members("Patient", "2", "Observation", {{"_count", "1"}, {"_page", token}}));
    }
    TEST_CASE("entries of a bundle search compartments too") {
        Ward ward;
        const auto response = ward.bundle(R"({"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/1/Observation?status=final"}},
            {"request":{"method":"POST","url":"Patient/1/*/_search"}}]})");
        REQUIRE(response);
        const fhir::Document answer = ward.read(response->text());
        CHECK(nth(answer.root(), "entry", 0).child("resource"_name).count("entry"_name) == 1);
        CHECK(nth(answer.root(), "entry", 1).child("resource"_name).count("entry"_name) == 3);
    }
}
