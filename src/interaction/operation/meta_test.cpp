// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing_plan.h"

using namespace interaction;
using namespace fhir::literals;

namespace {

struct Labelled : World {
    Labelled() {
        REQUIRE(put("Patient", "p", R"({"resourceType":"Patient","id":"p","meta":{"profile":["http://x/p"],"tag":[{"system":"http://t","code":"a","display":"A"}]}})"));
        REQUIRE(put("Patient", "bare", R"({"resourceType":"Patient","id":"bare"})"));
        REQUIRE(put("Basic", "b", R"({"resourceType":"Basic","id":"b","code":{"text":"x"},"meta":{"security":[{"system":"http://s","code":"R"}],"tag":[{"system":"http://t","code":"a"}]}})"));
    }
    base::Result<Response> ask(std::string operation, std::string type, std::string id, std::string_view body = "", std::string version = "") {
        Request made = request(Verb::operation, std::move(type), std::move(id), body);
        made.operation = std::move(operation);
        made.version = std::move(version);
        made.safe = body.empty();
        return send(made);
    }
    // "profile ...|tag ...|security ..." of the meta that came back.
    std::string said(const base::Result<Response>& response) const {
        REQUIRE_MESSAGE(response, response.fault().text);
        const fhir::Document parameters = read(response->text());
        const fhir::View meta = nth(parameters.root(), "parameter", 0).child("valueMeta");
        CHECK(nth(parameters.root(), "parameter", 0).text("name"_name) == "return");
        std::string text(meta.text("versionId"_name));
        for (const fhir::View one : meta.children("profile"_name)) text += " " + std::string(one.text());
        for (const fhir::View one : meta.children("security"_name)) text += " s:" + std::string(one.text("code"_name));
        for (const fhir::View one : meta.children("tag"_name)) text += " t:" + std::string(one.text("code"_name));
        return text;
    }
};

constexpr const char* two = R"({"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"profile":["http://x/p","http://x/q"],
    "tag":[{"system":"http://t","code":"a","version":"2"},{"system":"http://t","code":"b"},{"system":"http://t","code":"b"}],"security":[{"system":"http://s","code":"N"}]}}]})";

}  // namespace

TEST_SUITE("interaction/operation/meta") {
    TEST_CASE("the meta of a resource, of a version, of a type and of everything") {
        Labelled world;
        CHECK(world.said(world.ask("meta", "Patient", "p")) == "1 http://x/p t:a");
        REQUIRE(world.put("Patient", "p", R"({"resourceType":"Patient","id":"p"})"));
        CHECK(world.said(world.ask("meta", "Patient", "p")) == "2");
        CHECK(world.said(world.ask("meta", "Patient", "p", "", "1")) == "1 http://x/p t:a");
        CHECK(world.ask("meta", "Patient", "p", "", "9").fault().kind == base::Fault::Kind::missing);
        CHECK(world.said(world.ask("meta", "Basic", "")) == " s:R t:a");
        CHECK(world.said(world.ask("meta", "", "")) == " s:R t:a");
        CHECK(world.said(world.ask("meta", "Observation", "")) == "");
        CHECK(world.ask("meta", "Patient", "none").fault().kind == base::Fault::Kind::missing);
    }
    TEST_CASE("adding makes a new version with what was not there; adding again makes none") {
        Labelled world;
        const auto added = world.ask("meta-add", "Patient", "p", two);
        CHECK(world.said(added) == "2 http://x/p http://x/q s:N t:a t:b");
        CHECK(added->version == 2);
        CHECK(world.said(world.ask("meta-add", "Patient", "p", two)) == "2 http://x/p http://x/q s:N t:a t:b");
        CHECK(world.get("Patient", "p")->version == 2);
        CHECK(world.said(world.ask("meta-add", "Patient", "bare", two)) == "2 http://x/p http://x/q s:N t:a t:b");
        const auto found = world.find("Patient", {{"_tag", "http://t|b"}, {"_summary", "count"}});
        CHECK(found->text().find("\"total\":2") != std::string::npos);
    }
    TEST_CASE("deleting takes out what is named, and does not mind what is not there") {
        Labelled world;
        CHECK(world.said(world.ask("meta-delete", "Patient", "p", two)) == "2");
        CHECK(world.said(world.ask("meta-delete", "Patient", "p", two)) == "2");
        CHECK(world.find("Patient", {{"_tag", "http://t|a"}})->text().find("\"entry\"") == std::string::npos);
    }
    TEST_CASE("what is wrong is said") {
        Labelled world;
        using Kind = base::Fault::Kind;
        CHECK(world.ask("meta-add", "Patient", "p", R"({"resourceType":"Parameters"})").fault().kind == Kind::malformed);
        CHECK(world.ask("meta-add", "Patient", "p", R"({"resourceType":"Patient"})").fault().kind == Kind::malformed);
        CHECK(world.ask("meta-add", "Patient", "p", R"({"resourceType":"Parameters","parameter":[{"name":"meta","valueString":"x"}]})").fault().kind == Kind::malformed);
        CHECK(world.ask("meta-add", "Patient", "none", two).fault().kind == Kind::missing);
        CHECK(world.ask("meta-add", "Patient", "", two).fault().kind == Kind::unsupported);
        CHECK(world.ask("meta-add", "Patient", "p").fault().kind == Kind::unsupported);  // by GET
        Request stale = world.request(Verb::operation, "Patient", "p", two);
        stale.operation = "meta-add";
        stale.if_match = "W/\"7\"";
        CHECK(world.send(stale).fault().kind == Kind::stale);
        CHECK(world.bundle(R"({"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"POST","url":"Patient/p/$meta-add"}}]})")->text().find("501") !=
              std::string::npos);
    }
    TEST_CASE("what is out of reach is not there") {
        Labelled world;
        auto plan = std::make_shared<permission::Plan>();
        plan->read.allow("Basic");
        plan->search.allow("Basic");
        world.plan = plan;
        CHECK(world.ask("meta", "Patient", "p").fault().kind == base::Fault::Kind::missing);
        CHECK(world.ask("meta-add", "Patient", "p", two).fault().kind == base::Fault::Kind::missing);
        CHECK(world.said(world.ask("meta", "Patient", "")) == "");
        CHECK(world.said(world.ask("meta", "", "")) == " s:R t:a");
    }
    TEST_CASE("whoever takes away the tag by which a resource is in his reach has done so, and is not shown it any more") {
        Labelled world;
        auto plan = std::make_shared<permission::Plan>();
        plan->read.allow("Patient", criterion("Patient", {"_tag", "http://t|a"}));
        plan->update.allow("Patient");
        world.plan = plan;
        const auto done = world.ask("meta-delete", "Patient", "p", two);
        REQUIRE_MESSAGE(done, done.fault().text);
        CHECK(done->text().empty());
        CHECK(done->version == 2);
        CHECK(world.ask("meta", "Patient", "p").fault().kind == base::Fault::Kind::missing);
        world.plan = permission::unlimited();
        CHECK(world.said(world.ask("meta", "Patient", "p")) == "2");
    }
}
