// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing_bundle.h"
#include "interaction/testing_plan.h"

#include "interaction/call/url.h"

using base::Fault;
using namespace interaction;

namespace {

base::Result<Response> remove_by(World& world, const std::string& type, Pairs asked, Request::Return wanted = Request::Return::unsaid) {
    Request request = world.request(Verb::remove, type);
    request.parameters = std::move(asked);
    request.wanted = wanted;
    return world.send(request);
}

base::Result<Response> cascade(World& world, const std::string& type, const std::string& id, const std::string& how = "delete") {
    Request request = world.request(Verb::remove, type, id);
    request.parameters = {{"_cascade", how}};
    return world.send(request);
}

Fault::Kind kind(const base::Result<Response>& sent) {
    REQUIRE_FALSE(sent);
    return sent.fault().kind;
}

void several(World& world, int count) {
    for (int i = 0; i < count; ++i) REQUIRE(world.post("Organization", numbered("Organization", "7")));
}

// p1, three observations of it, and a report on the first of these.
void family(World& world) {
    REQUIRE(world.put("Patient", "p1", patient("p1")));
    for (const char* id : {"o1", "o2", "o3"}) REQUIRE(world.put("Observation", id, observation(id, "Patient/p1")));
    REQUIRE(world.put("DiagnosticReport", "r1",
                      R"({"resourceType":"DiagnosticReport","id":"r1","status":"final","code":{"text":"x"},"result":[{"reference":"Observation/o1"}]})"));
    REQUIRE(world.put("Patient", "p2", patient("p2")));
    REQUIRE(world.put("Observation", "other", observation("other", "Patient/p2")));
}

}  // namespace

TEST_SUITE("interaction/verb/removal") {
    TEST_CASE("one delete by criteria takes one resource, unless several are allowed") {
        World world;
        several(world, 2);
        CHECK(kind(remove_by(world, "Organization", {{"identifier", "http://s|7"}})) == Fault::Kind::ambiguous);
        CHECK(world.count("Organization") == 2);
        world.rules.conditional_delete = Rules::ConditionalDelete::multiple;
        const auto gone = remove_by(world, "Organization", {{"identifier", "http://s|7"}});
        REQUIRE(gone);
        CHECK(gone->status == Response::Status::ok);
        CHECK(gone->text().find("Deleted 2 resources.") != std::string::npos);
        CHECK(world.count("Organization") == 0);
        const auto none = remove_by(world, "Organization", {{"identifier", "http://s|7"}});
        REQUIRE(none);
        CHECK(none->text().find("nothing to delete") != std::string::npos);
        several(world, 1);
        const auto quiet = remove_by(world, "Organization", {{"identifier", "http://s|7"}}, Request::Return::minimal);
        REQUIRE(quiet);
        CHECK(quiet->status == Response::Status::no_content);
        CHECK(quiet->content.empty());
    }
    TEST_CASE("a delete of several has a limit, which _count narrows, and then takes nothing") {
        World world;
        world.rules.conditional_delete = Rules::ConditionalDelete::multiple;
        world.rules.conditional_delete_most = 3;
        several(world, 4);
        const Pairs asked = {{"identifier", "http://s|7"}};
        CHECK(kind(remove_by(world, "Organization", asked)) == Fault::Kind::ambiguous);
        CHECK(kind(remove_by(world, "Organization", {{"identifier", "http://s|7"}, {"_count", "100"}})) == Fault::Kind::ambiguous);
        CHECK(kind(remove_by(world, "Organization", {{"identifier", "http://s|7"}, {"_count", "0"}})) == Fault::Kind::malformed);
        CHECK(world.count("Organization") == 4);
        world.rules.conditional_delete_most = 10;
        CHECK(kind(remove_by(world, "Organization", {{"identifier", "http://s|7"}, {"_count", "3"}})) == Fault::Kind::ambiguous);
        CHECK(remove_by(world, "Organization", {{"identifier", "http://s|7"}, {"_count", "4"}}));
        CHECK(world.count("Organization") == 0);
        CHECK(kind(remove_by(world, "Organization", {{"_count", "4"}})) == Fault::Kind::malformed);
    }
    TEST_CASE("a delete of several takes nothing when one of them may not be deleted") {
        World world;
        world.rules.conditional_delete = Rules::ConditionalDelete::multiple;
        REQUIRE(world.put("Observation", "a", observation("a", "Patient/p1")));
        REQUIRE(world.put("Observation", "b", observation("b", "Patient/p2")));
        fhir::search::Reach all, some;
        all.allow("Observation");
        some.allow("Observation", criterion("Observation", {"subject", "Patient/p1"}));
        permission::Plan plan = *narrow(all);
        plan.remove = some;
        world.plan = std::make_shared<const permission::Plan>(plan);
        CHECK(kind(remove_by(world, "Observation", {{"status", "final"}})) == Fault::Kind::denied);
        CHECK(world.count("Observation") == 2);
        plan.search = some;  // and what is not seen is not among them
        world.plan = std::make_shared<const permission::Plan>(plan);
        CHECK(remove_by(world, "Observation", {{"status", "final"}}));
        world.plan = permission::unlimited();
        CHECK(world.get("Observation", "b"));
        CHECK(kind(world.get("Observation", "a")) == Fault::Kind::gone);
    }
    TEST_CASE("_cascade=delete takes what refers to it, however far, and nothing else") {
        World world;
        family(world);
        const auto gone = cascade(world, "Patient", "p1");
        REQUIRE(gone);
        CHECK(gone->status == Response::Status::ok);
        CHECK(gone->text().find("Deleted 5 resources.") != std::string::npos);
        for (const char* name : {"Patient/p1", "Observation/o3", "DiagnosticReport/r1"})
            CHECK(gone->text().find(name) != std::string::npos);
        CHECK(world.count("Observation") == 1);
        CHECK(world.count("DiagnosticReport") == 0);
        CHECK(world.get("Patient", "p2"));
    }
    TEST_CASE("so it is over the relational engine, where referrers of the same transaction count") {
        World world;
        const OnDisk disk(world.clock);
        world.elsewhere = disk.engine.get();
        world.rules.referential_integrity = true;
        family(world);
        CHECK(kind(world.remove("Patient", "p1")) == Fault::Kind::conflict);
        CHECK(kind(world.bundle(bundle_of("transaction", {entry_of("DELETE", "Patient/p2"), entry_of("DELETE", "Observation/other"),
                                                          entry_of("PUT", "Observation/new", observation("new", "Patient/p2"))}))) == Fault::Kind::conflict);
        CHECK(world.bundle(bundle_of("transaction", {entry_of("DELETE", "Patient/p2"), entry_of("DELETE", "Observation/other")})));
        const auto gone = cascade(world, "Patient", "p1");
        REQUIRE(gone);
        CHECK(gone->text().find("Deleted 5 resources.") != std::string::npos);
        CHECK(world.count("Observation") == 0);
        CHECK(world.count("DiagnosticReport") == 0);
    }
    TEST_CASE("circles end, and several seeds share what refers to them") {
        World world;
        const auto linked = [](const std::string& id, const std::string& to) {
            return patient(id, R"(,"active":true,"link":[{"other":{"reference":"Patient/)" + to + R"("},"type":"seealso"}])");
        };
        REQUIRE(world.put("Patient", "a", linked("a", "b")));
        REQUIRE(world.put("Patient", "b", linked("b", "a")));
        REQUIRE(cascade(world, "Patient", "a"));
        CHECK(world.count("Patient") == 0);
        world.rules.conditional_delete = Rules::ConditionalDelete::multiple;
        REQUIRE(world.put("Patient", "a", linked("a", "b")));
        REQUIRE(world.put("Patient", "b", linked("b", "c")));
        REQUIRE(world.put("Patient", "c", linked("c", "a")));
        const auto gone = remove_by(world, "Patient", {{"active", "true"}, {"_cascade", "delete"}});
        REQUIRE(gone);
        CHECK(gone->text().find("Deleted 3 resources.") != std::string::npos);
    }
    TEST_CASE("too much, or something that may not be deleted, and nothing goes") {
        World world;
        family(world);
        const auto before = world.repository.snapshot()->position();
        world.rules.cascade_most = 4;
        CHECK(kind(cascade(world, "Patient", "p1")) == Fault::Kind::conflict);
        world.rules.cascade_most = 0;
        CHECK(kind(cascade(world, "Patient", "p1")) == Fault::Kind::malformed);
        world.rules.cascade_most = 5;
        CHECK(kind(cascade(world, "Patient", "p1", "maybe")) == Fault::Kind::malformed);
        fhir::search::Reach reach;
        reach.allow("Patient");
        reach.allow("Observation");
        world.plan = narrow(reach);
        CHECK(kind(cascade(world, "Patient", "p1")) == Fault::Kind::denied);
        fhir::search::Reach patients;
        patients.allow("Patient");
        world.plan = narrow(patients);
        world.rules.cascade_most = 1;  // how many there are is told to nobody who may not delete them
        CHECK(kind(cascade(world, "Patient", "p1")) == Fault::Kind::denied);
        world.rules.cascade_most = 5;
        world.plan = permission::unlimited();
        CHECK(world.repository.snapshot()->position() == before);
        CHECK(cascade(world, "Patient", "p1"));
    }
    TEST_CASE("deletes of several and cascades stand in bundles too") {
        World world;
        family(world);
        world.rules.conditional_delete = Rules::ConditionalDelete::multiple;
        const auto sent = world.bundle(bundle_of("transaction", {entry_of("DELETE", "Patient/p1?_cascade=delete"),
                                                                 entry_of("DELETE", "Observation?subject=Patient/p2")}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        CHECK(response_of(answer.root(), 0) == "200 OK");
        CHECK(nth(answer.root(), "entry", 0).child("response").child("outcome").resource_type() == "OperationOutcome");
        CHECK(world.count("Observation") == 0);
        CHECK(world.count("Patient") == 1);
    }
}
