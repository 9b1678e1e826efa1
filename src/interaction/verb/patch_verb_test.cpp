// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "interaction/testing.h"

#include <fmt/format.h>

#include <thread>
#include <vector>

using namespace interaction;
using base::Fault;
using Form = fhir::patch::Format;

namespace {

struct PatchWorld : World {
    Request asked(std::string_view source, Form form = Form::json, std::string id = "a") const {
        Request made = request(Verb::patch, "Patient", std::move(id));
        made.patch = form;
        made.source = source;
        return made;
    }
    base::Result<Response> patch(std::string_view source, Form form = Form::json) { return send(asked(source, form)); }
    base::Result<Response> patch_path(std::string_view path, std::string_view value) {
        return send(request(Verb::patch, "Patient", "a", fmt::format(R"({{"resourceType":"Parameters","parameter":[{{"name":"operation","part":[
            {{"name":"type","valueCode":"replace"}},{{"name":"path","valueString":"{}"}},{{"name":"value",{}}}]}}]}})", path, value)));
    }
    Fault::Kind refused(std::string_view source, Form form = Form::json) {
        const auto response = patch(source, form);
        REQUIRE_MESSAGE(!response, std::string(source));
        return response.fault().kind;
    }
    std::string stored(std::string_view id = "a") {
        const auto response = get("Patient", id);
        return response ? response->text() : "";
    }
    bool holds(std::string_view text) { return stored().find(text) != std::string::npos; }
    void begin() { REQUIRE(put("Patient", "a", R"({"resourceType":"Patient","id":"a","name":[{"family":"Ng"}],"gender":"male"})")); }
};

std::string entry(std::string_view method, std::string_view url, std::string_view resource, std::string_view more = "") {
    return fmt::format(R"({{"resource":{},"request":{{"method":"{}","url":"{}"{}}}}})", resource, method, url, more);
}
std::string binary(std::string_view patch, std::string_view type = "application/json-patch+json") {
    return fmt::format(R"({{"resourceType":"Binary","contentType":"{}","data":"{}"}})", type, base::base64_encode(patch));
}
std::string bundle(std::string_view type, std::string_view entries) {
    return fmt::format(R"({{"resourceType":"Bundle","type":"{}","entry":[{}]}})", type, entries);
}

}  // namespace

TEST_SUITE("interaction/verb/patch") {
    TEST_CASE("each form changes the resource and makes one version") {
        PatchWorld world;
        world.begin();
        const auto one = world.patch(R"([{"op":"replace","path":"/gender","value":"female"}])");
        REQUIRE(one);
        CHECK(one->status == Response::Status::ok);
        CHECK(one->version == 2);
        CHECK(one->text().find(R"("gender":"female")") != std::string::npos);
        const auto two = world.patch(R"({"birthDate":"1980-01-01","gender":null})", Form::merge);
        REQUIRE(two);
        CHECK(two->version == 3);
        CHECK(world.holds(R"("birthDate":"1980-01-01")"));
        CHECK_FALSE(world.holds("gender"));
        const auto three = world.patch_path("Patient.name[0].family", R"("valueString":"Li")");
        REQUIRE(three);
        CHECK(three->version == 4);
        CHECK(world.holds(R"("family":"Li")"));
        CHECK(world.find("Patient", {{"family", "Li"}})->text().find("Li") != std::string::npos);
    }
    TEST_CASE("what changes nothing makes no version") {
        PatchWorld world;
        world.begin();
        for (const auto& [source, form] : {std::pair{"[]", Form::json}, {"{}", Form::merge}, {R"([{"op":"test","path":"/id","value":"a"}])", Form::json},
                                           {R"([{"op":"move","from":"/name","path":"/telecom"},{"op":"move","from":"/telecom","path":"/name"}])", Form::json}}) {
            const auto response = world.patch(source, form);
            REQUIRE(response);
            CHECK(response->version == 1);
        }
    }
    TEST_CASE("what is missing or deleted cannot be patched") {
        PatchWorld world;
        CHECK(world.refused("[]") == Fault::Kind::missing);
        world.begin();
        REQUIRE(world.remove("Patient", "a"));
        CHECK(world.refused("[]") == Fault::Kind::gone);
    }
    TEST_CASE("If-Match names the version that is patched") {
        PatchWorld world;
        world.begin();
        Request request = world.asked(R"([{"op":"remove","path":"/gender"}])");
        request.if_match = "W/\"7\"";
        const auto stale = world.send(request);
        REQUIRE_FALSE(stale);
        CHECK(stale.fault().kind == Fault::Kind::stale);
        request.if_match = "W/\"1\"";
        CHECK(world.send(request));
    }
    TEST_CASE("criteria choose the one resource") {
        PatchWorld world;
        world.begin();
        Request request = world.asked(R"([{"op":"remove","path":"/gender"}])", Form::json, "");
        request.parameters = {{"family", "Nobody"}};
        CHECK(world.send(request).fault().kind == Fault::Kind::missing);
        request.parameters = {{"family", "Ng"}};
        CHECK(world.send(request)->version == 2);
        REQUIRE(world.put("Patient", "b", R"({"resourceType":"Patient","id":"b","name":[{"family":"Ng"}]})"));
        CHECK(world.send(request).fault().kind == Fault::Kind::ambiguous);
        request.parameters.clear();
        CHECK(world.send(request).fault().kind == Fault::Kind::malformed);
    }
    TEST_CASE("id, type and the server's own meta stay") {
        PatchWorld world;
        world.begin();
        for (const char* source : {R"([{"op":"replace","path":"/id","value":"b"}])", R"([{"op":"remove","path":"/id"}])", R"([{"op":"replace","path":"/resourceType","value":"Group"}])",
                                   R"([{"op":"replace","path":"/meta/versionId","value":"9"}])", R"([{"op":"remove","path":"/meta/lastUpdated"}])",
                                   R"([{"op":"add","path":"","value":{"resourceType":"Patient","id":"b"}}])", R"([{"op":"replace","path":"/meta","value":{"versionId":"9"}}])"})
            CHECK_MESSAGE(world.refused(source) == Fault::Kind::malformed, source);
        CHECK(world.refused(R"({"id":"b"})", Form::merge) == Fault::Kind::malformed);
        CHECK(world.refused(R"({"meta":{"versionId":"8"}})", Form::merge) == Fault::Kind::malformed);
        CHECK(world.patch_path("Patient.id", R"("valueId":"b")").fault().kind == Fault::Kind::malformed);
        CHECK(world.patch(R"([{"op":"replace","path":"/meta","value":{"tag":[{"code":"x"}]}}])")->version == 2);
    }
    TEST_CASE("a result that may not be stored is refused with its issues, and nothing is stored") {
        PatchWorld world;
        world.begin();
        CHECK(world.refused(R"([{"op":"add","path":"/birthday","value":"1980"}])") == Fault::Kind::invalid);
        CHECK(world.refused(R"([{"op":"add","path":"/birthDate","value":"yesterday"}])") == Fault::Kind::invalid);
        CHECK(world.refused(R"([{"op":"add","path":"/birthDate","value":null}])") == Fault::Kind::invalid);
        CHECK(world.refused(R"([{"op":"add","path":"","value":[1]}])") == Fault::Kind::invalid);
        CHECK(world.refused(R"({"gender":"unknowable"})", Form::merge) == Fault::Kind::invalid);
        CHECK_FALSE(world.patch(R"({"gender":"unknowable"})", Form::merge).fault().findings.empty());
        CHECK(world.refused(R"([{"op":"remove","path":"/telecom"}])") == Fault::Kind::invalid);
        CHECK(world.refused(R"([{"op":"remove"}])") == Fault::Kind::malformed);
        CHECK(world.refused("[]", Form::merge) == Fault::Kind::malformed);
        CHECK(world.get("Patient", "a")->version == 1);
    }
    TEST_CASE("Prefer says what comes back") {
        PatchWorld world;
        world.begin();
        Request request = world.asked(R"([{"op":"remove","path":"/gender"}])");
        request.wanted = Request::Return::minimal;
        CHECK(world.send(request)->content.empty());
        request = world.asked(R"([{"op":"add","path":"/gender","value":"other"}])");
        request.wanted = Request::Return::outcome;
        CHECK(world.send(request)->text().find("OperationOutcome") != std::string::npos);
    }
    TEST_CASE("patches that come together are all applied") {
        PatchWorld world;
        world.begin();
        std::vector<std::thread> clients;
        for (int i = 0; i < 8; ++i)
            clients.emplace_back([&world, i] {
                for (int k = 0; k < 10; ++k)
                    (void)world.patch(fmt::format(R"([{{"op":"add","path":"/name/-","value":{{"text":"{}-{}"}}}}])", i, k));
            });
        for (std::thread& client : clients) client.join();
        const auto patient = world.read(world.stored());
        CHECK(patient.root().count(patient.find("name")) == 81);
        CHECK(world.get("Patient", "a")->version == 81);
    }
    TEST_CASE("a batch patches with Parameters and with a Binary, each entry for itself") {
        PatchWorld world;
        world.begin();
        const auto response = world.bundle(bundle("batch",
            entry("PATCH", "Patient/a", binary(R"([{"op":"remove","path":"/gender"}])")) + "," +
            entry("PATCH", "Patient/none", binary("[]")) + "," +
            entry("PATCH", "Patient?family=Ng", binary(R"({"active":true})", "application/merge-patch+json")) + "," +
            entry("PATCH", "Patient/a", R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.telecom"}]}]})") + "," +
            entry("PATCH", "Patient/a", binary("[]", "text/plain")) + "," + entry("PATCH", "Patient/a", R"({"resourceType":"Patient"})")));
        REQUIRE(response);
        const auto answer = world.read(response->text());
        const auto status = [&](std::size_t k) { return std::string(nth(answer.root(), "entry", k).child("response").child("status").text().substr(0, 3)); };
        CHECK(status(0) == "200");
        CHECK(status(1) == "404");
        CHECK(status(2) == "200");
        CHECK(status(3) == "200");
        CHECK(status(4) == "400");
        CHECK(status(5) == "400");
        CHECK(world.holds(R"("active":true)"));
        CHECK_FALSE(world.holds("gender"));
        CHECK(world.get("Patient", "a")->version == 3);
    }
    TEST_CASE("a transaction patches after it has put, and patches may point to what it creates") {
        PatchWorld world;
        world.begin();
        const std::string created = R"({"fullUrl":"urn:uuid:0a6bb6f0-7f2b-4a5e-9a53-2f0c3a6d1111","resource":{"resourceType":"Organization","name":"O"},"request":{"method":"POST","url":"Organization"}})";
        const std::string pointing = entry("PATCH", "Patient/a", R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},
            {"name":"path","valueString":"Patient"},{"name":"name","valueString":"managingOrganization"},
            {"name":"value","valueReference":{"reference":"urn:uuid:0a6bb6f0-7f2b-4a5e-9a53-2f0c3a6d1111"}}]}]})");
        const auto response = world.bundle(bundle("transaction", pointing + "," + created));
        REQUIRE(response);
        CHECK(world.holds(R"("managingOrganization":{"reference":"Organization/)"));
        CHECK(world.get("Patient", "a")->version == 2);
    }
    TEST_CASE("a transaction with a patch that fails stores nothing") {
        PatchWorld world;
        world.begin();
        const std::string fresh = entry("POST", "Organization", R"({"resourceType":"Organization","name":"O"})");
        const auto response = world.bundle(bundle("transaction", fresh + "," + entry("PATCH", "Patient/a", binary(R"([{"op":"test","path":"/gender","value":"female"}])"))));
        REQUIRE_FALSE(response);
        CHECK(response.fault().kind == Fault::Kind::invalid);
        CHECK(response.fault().text.find("entry[1]") != std::string::npos);
        CHECK(world.count("Organization") == 0);
        const std::string update = entry("PUT", "Patient/a", R"({"resourceType":"Patient","id":"a","name":[{"family":"Ng"}]})");
        CHECK_FALSE(world.bundle(bundle("transaction", update + "," + entry("PATCH", "Patient/a", binary("[]")))));
        CHECK_FALSE(world.bundle(bundle("transaction", update + "," + entry("PATCH", "Patient?family=Ng", binary("[]")))));
        CHECK(world.get("Patient", "a")->version == 1);
    }
}
