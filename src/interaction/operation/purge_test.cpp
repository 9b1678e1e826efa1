// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"
#include "store/ledger.h"

using namespace interaction;
using Kind = base::Fault::Kind;

namespace {

struct Ward : World {
    Ward() {
        REQUIRE(put("Patient", "p", R"({"resourceType":"Patient","id":"p"})"));
        REQUIRE(put("Patient", "p", R"({"resourceType":"Patient","id":"p","gender":"female"})"));
        REQUIRE(put("Patient", "q", R"({"resourceType":"Patient","id":"q","link":[{"other":{"reference":"Patient/p"},"type":"seealso"}]})"));
        REQUIRE(put("Observation", "stays", observation("stays", "q")));
        REQUIRE(put("Observation", "o", observation("o", "p")));
        REQUIRE(put("Observation", "moved", observation("moved", "p")));
        REQUIRE(put("Observation", "moved", observation("moved", "q")));
        REQUIRE(put("Observation", "deleted", observation("deleted", "p")));
        REQUIRE(remove("Observation", "deleted"));
        REQUIRE(put("Group", "g", R"({"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/p"}},{"entity":{"reference":"Patient/q"}}]})"));
        REQUIRE(put("Practitioner", "d", R"({"resourceType":"Practitioner","id":"d"})"));
    }
    static std::string observation(const std::string& id, const std::string& patient) {
        return R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/)" + patient + R"("}})";
    }
    base::Result<Response> purge(std::string id) {
        Request made = request(Verb::operation, "Patient", std::move(id));
        made.operation = "purge";
        return send(made);
    }
    base::Result<Response> forget(std::string type, std::string id, std::string version = "") {
        Request made = request(Verb::forget, std::move(type), std::move(id));
        made.version = std::move(version);
        return send(made);
    }
    Kind vread(std::string type, std::string id, std::string version) {
        Request made = request(Verb::vread, std::move(type), std::move(id));
        made.version = std::move(version);
        const auto found = send(made);
        REQUIRE_FALSE(found);
        return found.fault().kind;
    }
    std::size_t history(std::string type, std::string id) {
        const auto found = send(request(Verb::history, std::move(type), std::move(id)));
        REQUIRE(found);
        const fhir::Document bundle = read(found->text());
        return bundle.root().count(fhir::known_name("entry"));
    }
    void humble() { plan = std::make_shared<permission::Plan>(permission::Plan{.who = "x", .read = fhir::search::Reach::everything(),
                                                                               .search = fhir::search::Reach::everything(),
                                                                               .create = fhir::search::Reach::everything(),
                                                                               .update = fhir::search::Reach::everything(),
                                                                               .remove = fhir::search::Reach::everything()}); }
};

// A store in which somebody else writes just before the purge does.
class Busy final : public store::Repository {
public:
    explicit Busy(Ward& world) : world_(world) {}
    std::unique_ptr<store::Snapshot> snapshot() override { return world_.repository.snapshot(); }
    base::Result<void> write(const store::Work& work) override {
        world_.elsewhere = nullptr;
        REQUIRE(world_.put("Observation", "late", Ward::observation("late", "p")));
        REQUIRE(world_.put("Observation", "late", Ward::observation("late", "q")));
        world_.elsewhere = this;
        return world_.repository.write(work);
    }
    base::Result<void> adopt(std::shared_ptr<const store::Indexing> indexing) override { return world_.repository.adopt(std::move(indexing)); }
    base::Result<std::vector<store::Filling>> filling() override { return world_.repository.filling(); }
    base::Result<void> index_anew() override { return world_.repository.index_anew(); }

private:
    Ward& world_;
};

}  // namespace

TEST_SUITE("interaction/operation/purge") {
    TEST_CASE("a patient is taken away with all history, also what was deleted or moved before; others stay") {
        Ward ward;
        const auto done = ward.purge("p");
        REQUIRE_MESSAGE(done, done.fault().text);
        CHECK(done->text().find("2 resources and 5 versions") != std::string::npos);
        CHECK(done->text().find("Patient/q stays") != std::string::npos);
        CHECK(done->text().find("Group/g stays") != std::string::npos);
        CHECK(ward.get("Patient", "p").fault().kind == Kind::gone);
        CHECK(ward.get("Observation", "o").fault().kind == Kind::gone);
        CHECK(ward.get("Observation", "stays"));
        CHECK(ward.get("Observation", "moved"));
        CHECK(ward.get("Patient", "q"));
        CHECK(ward.get("Practitioner", "d"));
        CHECK(ward.vread("Patient", "p", "1") == Kind::missing);
        CHECK(ward.vread("Observation", "moved", "1") == Kind::missing);
        CHECK(ward.vread("Observation", "deleted", "1") == Kind::missing);
        CHECK(ward.history("Patient", "p") == 1);
        CHECK(ward.history("Observation", "deleted") == 1);
        CHECK(ward.history("Observation", "moved") == 1);
        CHECK(store::verify(ward.repository.ledger()));
    }
    TEST_CASE("a former version that names one version of the patient goes too") {
        Ward world;
        REQUIRE(world.put("Observation", "pinned", Ward::observation("pinned", "p/_history/1")));
        REQUIRE(world.put("Observation", "pinned", Ward::observation("pinned", "q")));
        REQUIRE(world.purge("p"));
        CHECK(world.vread("Observation", "pinned", "1") == Kind::missing);
        CHECK(world.get("Observation", "pinned"));
    }
    TEST_CASE("what comes and goes while the history is read is found") {
        Ward world;
        Busy busy(world);
        world.elsewhere = &busy;
        REQUIRE(world.purge("p"));
        world.elsewhere = nullptr;
        CHECK(world.vread("Observation", "late", "1") == Kind::missing);
        CHECK(world.get("Observation", "late"));
    }
    TEST_CASE("a deleted patient can be purged, and once more") {
        Ward ward;
        REQUIRE(ward.remove("Patient", "p"));
        CHECK(ward.purge("p"));
        CHECK(ward.history("Patient", "p") == 1);
        CHECK(ward.purge("p")->text().find("0 resources and 0 versions") != std::string::npos);
        CHECK(ward.purge("none").fault().kind == Kind::missing);
    }
    TEST_CASE("history is deleted but for the current version, or one version of it") {
        Ward ward;
        CHECK(ward.forget("Patient", "p", "2").fault().kind == Kind::conflict);
        CHECK(ward.forget("Patient", "p", "7").fault().kind == Kind::missing);
        CHECK(ward.forget("Patient", "p", "x").fault().kind == Kind::missing);
        CHECK(ward.forget("Patient", "none").fault().kind == Kind::missing);
        const auto one = ward.forget("Patient", "p", "1");
        REQUIRE(one);
        CHECK(one->status == Response::Status::no_content);
        CHECK(ward.forget("Patient", "p", "1").fault().kind == Kind::missing);
        CHECK(ward.forget("Observation", "deleted")->status == Response::Status::no_content);
        CHECK(ward.history("Observation", "deleted") == 1);
        CHECK(ward.history("Patient", "p") == 1);
        CHECK(ward.get("Patient", "p")->version == 2);
    }
    TEST_CASE("only administrators take history away") {
        Ward ward;
        ward.humble();
        CHECK(ward.purge("p").fault().kind == Kind::denied);
        CHECK(ward.forget("Patient", "p").fault().kind == Kind::denied);
        CHECK(ward.forget("Patient", "p", "1").fault().kind == Kind::denied);
        CHECK(ward.history("Patient", "p") == 2);
    }
}
