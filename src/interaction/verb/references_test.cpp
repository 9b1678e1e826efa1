// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing_bundle.h"
#include "interaction/testing_plan.h"

using base::Fault;
using namespace interaction;

namespace {

struct Strict : World {
    Strict() { rules.referential_integrity = true; }
};

Fault fault_of(const base::Result<Response>& sent) {
    REQUIRE_FALSE(sent);
    return sent.fault();
}

const std::string urn = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9";

}  // namespace

TEST_SUITE("interaction/verb/references") {
    TEST_CASE("without the rule nothing is looked at") {
        World world;
        CHECK(world.put("Observation", "o1", observation("o1", "Patient/none")));
    }
    TEST_CASE("what is written refers to what lives, and each place that does not is named") {
        Strict world;
        const Fault fault = fault_of(world.put("Observation", "o1", observation("o1", "Patient/none", R"(,"performer":[{"display":"x"},{"reference":"Organization/none"}])")));
        CHECK(fault.kind == Fault::Kind::conflict);
        REQUIRE(fault.findings.size() == 2);
        CHECK(fault.findings[0].where == "Observation.subject.reference");
        CHECK(fault.findings[1].where == "Observation.performer[1].reference");
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        CHECK(world.put("Observation", "o1", observation("o1", "Patient/p1")));
        CHECK(world.put("Observation", "o1", observation("o1", "http://h/fhir/Patient/p1", R"(,"language":"de")")));
        CHECK(fault_of(world.put("Observation", "o2", observation("o2", "http://h/fhir/Patient/none"))).kind == Fault::Kind::conflict);
        Request patch = world.request(Verb::patch, "Observation", "o1");
        patch.patch = fhir::patch::Format::merge;
        patch.source = R"({"subject":{"reference":"Patient/none"}})";
        CHECK(fault_of(world.send(patch)).kind == Fault::Kind::conflict);
    }
    TEST_CASE("what is there but of a type that may not stand there is refused") {
        Strict world;
        REQUIRE(world.put("Organization", "o1", R"({"resourceType":"Organization","id":"o1","name":"x"})"));
        const Fault fault = fault_of(world.post("Observation", observation("x", "Organization/o1")));
        CHECK(fault.kind == Fault::Kind::invalid);
        CHECK(fault.where == "Observation.subject.reference");
        CHECK(world.post("Observation", R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"focus":[{"reference":"Organization/o1"}]})"));
    }
    TEST_CASE("other servers, contained resources, logical references and canonicals are not looked at") {
        Strict world;
        CHECK(world.post("Observation", observation("x", "http://other/fhir/Patient/1")));
        CHECK(world.post("Observation", observation("x", "#p", R"(,"contained":[{"resourceType":"Patient","id":"p"}])")));
        CHECK(world.post("Observation", R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"identifier":{"value":"1"}}})"));
        CHECK(world.post("Observation", observation("x", urn)));
        CHECK(fault_of(world.post("Observation", observation("x", "#p", R"(,"contained":[{"resourceType":"Patient","id":"p","managingOrganization":{"reference":"Organization/none"}}])")))
                  .kind == Fault::Kind::conflict);
    }
    TEST_CASE("a resource may refer to itself; a version that is referred to must exist") {
        Strict world;
        const std::string self = patient("p1", R"(,"link":[{"other":{"reference":"Patient/p1"},"type":"seealso"}])");
        REQUIRE(world.put("Patient", "p1", self));
        CHECK(fault_of(world.put("Observation", "o1", observation("o1", "Patient/p1/_history/2"))).kind == Fault::Kind::conflict);
        REQUIRE(world.put("Observation", "o1", observation("o1", "Patient/p1/_history/1")));
        CHECK(world.remove("Observation", "o1"));
        CHECK(world.remove("Patient", "p1"));
        CHECK(fault_of(world.put("Observation", "o2", observation("o2", "Patient/p1"))).kind == Fault::Kind::conflict);
        CHECK(world.put("Observation", "o1", observation("o1", "Patient/p1/_history/1")));
    }
    TEST_CASE("what something refers to is not deleted, and up to ten are named") {
        Strict world;
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        for (int i = 0; i < 12; ++i) REQUIRE(world.post("Observation", observation("x", "Patient/p1")));
        const Fault fault = fault_of(world.remove("Patient", "p1"));
        CHECK(fault.kind == Fault::Kind::conflict);
        std::size_t named = 0;
        for (auto at = fault.text.find("Observation/"); at != std::string::npos; at = fault.text.find("Observation/", at + 1)) ++named;
        CHECK(named == 10);
        fhir::search::Reach patients;
        patients.allow("Patient");
        world.plan = narrow(patients);
        CHECK(fault_of(world.remove("Patient", "p1")).text.find("Observation") == std::string::npos);
        world.plan = permission::unlimited();
        Request request = world.request(Verb::remove, "Patient", "p1");
        request.parameters = {{"_cascade", "delete"}};
        CHECK(world.send(request));
        CHECK(world.count("Observation") == 0);
    }
    TEST_CASE("a transaction is judged at its end") {
        Strict world;
        REQUIRE(world.bundle(bundle_of("transaction", {entry_of("PUT", "Observation/o1", observation("o1", "Patient/p1")),
                                                       entry_of("PUT", "Patient/p1", patient("p1"))})));
        // The patient goes, and so does what refers to it.
        CHECK(world.bundle(bundle_of("transaction", {entry_of("DELETE", "Patient/p1"), entry_of("DELETE", "Observation/o1")})));
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        REQUIRE(world.put("Patient", "p2", patient("p2")));
        REQUIRE(world.put("Observation", "o1", observation("o1", "Patient/p1")));
        CHECK(world.bundle(bundle_of("transaction", {entry_of("DELETE", "Patient/p1"), entry_of("PUT", "Observation/o1", observation("o1", "Patient/p2"))})));
        const Fault kept = fault_of(world.bundle(bundle_of("transaction", {entry_of("POST", "Patient", patient("x")), entry_of("DELETE", "Patient/p2")})));
        CHECK(kept.kind == Fault::Kind::conflict);
        CHECK(kept.where.starts_with("Bundle.entry[1]"));
        const Fault none = fault_of(world.bundle(bundle_of("transaction", {entry_of("POST", "Observation", observation("x", "Patient/p1"))})));
        CHECK(none.kind == Fault::Kind::conflict);
        CHECK(none.findings.front().where == "Bundle.entry[0].resource.subject.reference");
        CHECK(world.count("Patient") == 1);
    }
    TEST_CASE("the entries of a batch are judged one by one, in their order") {
        Strict world;
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        const auto sent = world.bundle(bundle_of("batch", {entry_of("POST", "Observation", observation("x", "Patient/p2")),
                                                           entry_of("PUT", "Patient/p2", patient("p2")),
                                                           entry_of("PUT", "Observation/o1", observation("o1", "Patient/p2")),
                                                           entry_of("DELETE", "Patient/p1")}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        CHECK(response_of(answer.root(), 0) == "409 Conflict");
        CHECK(response_of(answer.root(), 1) == "201 Created");
        CHECK(response_of(answer.root(), 2) == "201 Created");
        CHECK(response_of(answer.root(), 3) == "204 No Content");
        CHECK(world.count("Observation") == 1);
    }
}
