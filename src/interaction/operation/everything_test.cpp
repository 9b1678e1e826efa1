// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/url.h"
#include "interaction/testing.h"

#include <algorithm>

using namespace interaction;
using namespace fhir::literals;

namespace {

using Names = std::vector<std::string>;

// Two patients with a little of everything around them.
struct Ward : World {
    Ward() {
        store("Organization", "hospital", R"("name":"H","partOf":{"reference":"Organization/group"})");
        store("Organization", "group", R"("name":"G")");
        store("Organization", "nobody", R"("name":"N")");
        store("Practitioner", "doctor", R"("name":[{"family":"D"}])");
        store("PractitionerRole", "role", R"("practitioner":{"reference":"Practitioner/doctor"},"organization":{"reference":"Organization/hospital"})");
        store("Medication", "pill", R"("status":"active")");
        store("Patient", "p", R"("managingOrganization":{"reference":"Organization/hospital"})");
        store("Patient", "q", R"("generalPractitioner":[{"reference":"Practitioner/doctor"}])");
        store("Encounter", "e", R"("status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p"},"period":{"start":"2020-03-01","end":"2020-03-02"})");
        store("Observation", "o1", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"},"encounter":{"reference":"Encounter/e"},
            "performer":[{"reference":"PractitionerRole/role"}],"effectiveDateTime":"2020-03-01")");
        store("Observation", "o2", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"},"effectiveDateTime":"2021-06-01")");
        store("Observation", "o3", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/q"},"performer":[{"reference":"Practitioner/doctor"}]})");
        store("MedicationRequest", "m", R"("status":"active","intent":"order","medicationReference":{"reference":"Medication/pill"},"subject":{"reference":"Patient/p"}})");
        store("Group", "g", R"("type":"person","actual":true,"member":[{"entity":{"reference":"Patient/p"}},{"entity":{"reference":"Patient/q"}}])");
    }
    void store(const std::string& type, const std::string& id, std::string rest) {
        if (rest.ends_with('}') && std::count(rest.begin(), rest.end(), '{') < std::count(rest.begin(), rest.end(), '}')) rest.pop_back();
        const auto done = put(type, id, R"({"resourceType":")" + type + R"(","id":")" + id + R"(",)" + rest + "}");
        REQUIRE_MESSAGE(done, done.fault().text);
    }
    base::Result<Response> everything(std::string type, std::string id, Pairs asked = {}, std::string_view body = "") {
        return operate("everything", std::move(type), std::move(id), std::move(asked), body);
    }
    Names names(const base::Result<Response>& response) const {
        REQUIRE_MESSAGE(response, response.fault().text);
        const fhir::Document bundle = read(response->text());
        Names found;
        for (const fhir::View entry : bundle.root().children("entry"_name)) {
            const fhir::View resource = entry.child("resource"_name);
            found.push_back(std::string(resource.resource_type()) + "/" + std::string(resource.text("id"_name)));
        }
        return found;
    }
    // All pages, joined.
    Names pages(const std::string& type, const std::string& id, const Pairs& asked) {
        Names all;
        Pairs parameters = asked;
        for (int page = 0; page < 100; ++page) {
            const auto response = everything(type, id, parameters);
            for (const std::string& name : names(response)) all.push_back(name);
            const fhir::Document bundle = read(response->text());
            const std::string next = link(bundle.root(), "next");
            if (next.empty()) return all;
            parameters = asked;
            parameters.emplace_back("_page", next.substr(next.find("_page=") + 6));
        }
        FAIL("pages without end");
        return all;
    }
};

const Names of_p{"Patient/p", "Encounter/e", "Group/g", "MedicationRequest/m", "Observation/o1", "Observation/o2",
                 "Medication/pill", "Organization/group", "Organization/hospital", "Practitioner/doctor", "PractitionerRole/role"};

}  // namespace

TEST_SUITE("interaction/operation/everything") {
    TEST_CASE("a patient's everything: the patient, the members, and what they lean on; nobody else") {
        Ward ward;
        const auto response = ward.everything("Patient", "p");
        CHECK(ward.names(response) == of_p);
        const fhir::Document bundle = ward.read(response->text());
        CHECK(bundle.root().text("type"_name) == "searchset");
        CHECK(bundle.root().text("total"_name) == "11");
        CHECK(nth(bundle.root(), "entry", 0).child("search"_name).text("mode"_name) == "match");
        CHECK(nth(bundle.root(), "entry", 8).child("search"_name).text("mode"_name) == "include");
        CHECK(link(bundle.root(), "self") == "http://h/fhir/Patient/p/$everything");
    }
    TEST_CASE("pages of any size bring the same, each once") {
        Ward ward;
        for (const char* count : {"1", "2", "3", "5", "11", "12"}) CHECK(ward.pages("Patient", "p", {{"_count", count}}) == of_p);
    }
    TEST_CASE("pages show the moment of the first one") {
        Ward ward;
        const auto first = ward.everything("Patient", "p", {{"_count", "2"}});
        REQUIRE(first);
        const fhir::Document bundle = ward.read(first->text());
        const std::string next = link(bundle.root(), "next");
        ward.store("Observation", "o9", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"})");
        Names rest;
        std::string token = next.substr(next.find("_page=") + 6);
        while (!token.empty()) {
            const auto page = ward.everything("Patient", "p", {{"_count", "2"}, {"_page", token}});
            for (const std::string& name : ward.names(page)) rest.push_back(name);
            const fhir::Document more = ward.read(page->text());
            const std::string url = link(more.root(), "next");
            token = url.empty() ? "" : url.substr(url.find("_page=") + 6);
        }
        CHECK(rest == Names(of_p.begin() + 2, of_p.end()));
    }
    TEST_CASE("a page link serves its own question only") {
        Ward ward;
        const auto first = ward.everything("Patient", "p", {{"_count", "2"}});
        const fhir::Document bundle = ward.read(first->text());
        const std::string next = link(bundle.root(), "next");
        const std::string token = next.substr(next.find("_page=") + 6);
        CHECK(ward.everything("Patient", "q", {{"_count", "2"}, {"_page", token}}).fault().kind == base::Fault::Kind::malformed);
        CHECK_FALSE(ward.everything("Patient", "p", {{"_count", "3"}, {"_page", token}}));
        auto other = std::make_shared<permission::Plan>(*ward.plan);
        other->who = "somebody else";
        ward.plan = other;
        CHECK_FALSE(ward.everything("Patient", "p", {{"_count", "2"}, {"_page", token}}));
    }
    TEST_CASE("start and end are about the care; what has no date of care stays") {
        Ward ward;
        CHECK(ward.names(ward.everything("Patient", "p", {{"end", "2020-12-31"}, {"_type", "Observation,Encounter"}})) ==
              Names{"Encounter/e", "Observation/o1"});
        CHECK(ward.names(ward.everything("Patient", "p", {{"start", "2021"}, {"_type", "Observation,Encounter,MedicationRequest,Patient"}})) ==
              Names{"Patient/p", "MedicationRequest/m", "Observation/o2"});
        CHECK(ward.names(ward.everything("Patient", "p", {{"start", "2021"}, {"_type", "Practitioner,Medication"}})) == Names{"Medication/pill"});
    }
    TEST_CASE("_since is about the record, _type about the types") {
        Ward ward;
        ward.clock.advance(1'000'000'000);
        ward.store("Observation", "late", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"})");
        ward.store("Practitioner", "doctor", R"("name":[{"family":"E"}])");
        CHECK(ward.names(ward.everything("Patient", "p", {{"_since", base::instant(ward.clock.now() / 1000 * 1000)}})) ==
              Names{"Observation/late", "Practitioner/doctor"});
        CHECK(ward.names(ward.everything("Patient", "p", {{"_type", "Group"}, {"_type", "Medication"}})) == Names{"Group/g", "Medication/pill"});
    }
    TEST_CASE("all patients: each resource once, in the compartment of several or of one") {
        Ward ward;
        const Names all{"Patient/p", "Patient/q", "Encounter/e", "Group/g", "MedicationRequest/m", "Observation/o1", "Observation/o2", "Observation/o3",
                        "Medication/pill", "Organization/group", "Organization/hospital", "Practitioner/doctor", "PractitionerRole/role"};
        CHECK(ward.names(ward.everything("Patient", "")) == all);
        CHECK(ward.pages("Patient", "", {{"_count", "3"}}) == all);
    }
    TEST_CASE("an encounter's everything has its patient, as somebody outside") {
        Ward ward;
        CHECK(ward.names(ward.everything("Encounter", "e")) ==
              Names{"Encounter/e", "Observation/o1", "Organization/group", "Organization/hospital", "Patient/p", "Practitioner/doctor", "PractitionerRole/role"});
        CHECK_FALSE(ward.everything("Encounter", ""));
        CHECK_FALSE(ward.everything("Encounter", "e", {{"start", "2020"}}));
    }
    TEST_CASE("parameters may come in a body") {
        Ward ward;
        CHECK(ward.names(ward.everything("Patient", "p", {}, R"({"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Observation"},
            {"name":"start","valueDate":"2021-01-01"}]})")) == Names{"Observation/o2"});
    }
    TEST_CASE("what is wrong is said") {
        Ward ward;
        const auto kind = [&](const Pairs& asked) { return ward.everything("Patient", "p", asked).fault().kind; };
        for (const Pairs& wrong : {Pairs{{"start", "yesterday"}}, Pairs{{"_since", "x"}}, Pairs{{"_type", "Nonsense"}}, Pairs{{"_count", "0"}},
                                   Pairs{{"_count", "x"}}, Pairs{{"_page", "x"}}, Pairs{{"name", "x"}}})
            CHECK(kind(wrong) == base::Fault::Kind::malformed);
        CHECK(ward.everything("Patient", "none").fault().kind == base::Fault::Kind::missing);
        CHECK(ward.everything("Observation", "o1").fault().kind == base::Fault::Kind::unsupported);
        REQUIRE(ward.remove("Patient", "q"));
        CHECK(ward.everything("Patient", "q").fault().kind == base::Fault::Kind::gone);
    }
    TEST_CASE("what is out of reach is not there") {
        Ward ward;
        auto plan = std::make_shared<permission::Plan>();
        for (const char* type : {"Patient", "Observation", "Practitioner"}) plan->read.allow(type);
        ward.plan = plan;
        CHECK(ward.names(ward.everything("Patient", "p")) == Names{"Patient/p", "Observation/o1", "Observation/o2"});
        CHECK(ward.names(ward.everything("Patient", "")).empty());
        plan = std::make_shared<permission::Plan>();
        plan->read.allow("Patient", *World::compartments().clause("Patient", "q", "Patient", World::parameters()));
        ward.plan = plan;
        CHECK(ward.everything("Patient", "p").fault().kind == base::Fault::Kind::missing);
        CHECK(ward.names(ward.everything("Patient", "q")) == Names{"Patient/q"});
    }
}
