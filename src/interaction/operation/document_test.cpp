// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"

using namespace interaction;
using namespace fhir::literals;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Names = std::vector<std::string>;
using Kind = base::Fault::Kind;

struct Ward : World {
    Ward() {
        store("Patient", "p", R"("generalPractitioner":[{"reference":"Practitioner/d"}],"link":[{"other":{"reference":"Patient/q"},"type":"seealso"}])");
        store("Patient", "q", R"("active":true)");
        store("Practitioner", "d", R"("active":true)");
        store("Organization", "o", R"("name":"O")");
        store("Observation", "part", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"})");
        store("DiagnosticReport", "r", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"},"result":[{"reference":"Observation/part"}])");
        store("Organization", "unrelated", R"("name":"U")");
        compose("c", R"({"title":"s","entry":[{"reference":"DiagnosticReport/r"},{"reference":"http://elsewhere/fhir/Observation/1"}]})");
    }
    void store(const std::string& type, const std::string& id, const std::string& rest) {
        const auto done = put(type, id, R"({"resourceType":")" + type + R"(","id":")" + id + "\"," + rest + "}");
        REQUIRE_MESSAGE(done, done.fault().text);
    }
    void compose(const std::string& id, const std::string& section) {
        store("Composition", id, R"("status":"final","type":{"text":"t"},"title":"T","date":"2024-01-01","subject":{"reference":"Patient/p"},
            "author":[{"reference":"Practitioner/d"}],"custodian":{"reference":"Organization/o"},"section":[)" + section + "]");
    }
    base::Result<Response> ask(std::string id, Pairs asked = {}, std::string_view body = "") {
        return operate("document", "Composition", std::move(id), std::move(asked), body);
    }
    Names names(const base::Result<Response>& response) const {
        REQUIRE_MESSAGE(response, response.fault().text);
        const fhir::Document bundle = read(response->text());
        CHECK(bundle.root().text("type"_name) == "document");
        CHECK(bundle.root().child("identifier"_name).text("value"_name).starts_with("urn:uuid:"));
        CHECK_FALSE(bundle.root().text("timestamp"_name).empty());
        Names found;
        for (const fhir::View entry : bundle.root().children("entry"_name)) {
            found.push_back(std::string(entry.child("resource"_name).resource_type()) + "/" + std::string(entry.child("resource"_name).text("id"_name)));
            CHECK(entry.text("fullUrl"_name) == "http://h/fhir/" + found.back());
        }
        return found;
    }
};

const Names whole{"Composition/c", "Patient/p", "Practitioner/d", "Organization/o", "DiagnosticReport/r", "Observation/part"};

}  // namespace

TEST_SUITE("interaction/operation/document") {
    TEST_CASE("a document has the composition first, then all it refers to, then what these need") {
        Ward ward;
        CHECK(ward.names(ward.ask("c")) == whole);
        CHECK(ward.names(ward.ask("", {{"id", "c"}})) == whole);
        CHECK(ward.names(ward.ask("", {{"id", "http://h/fhir/Composition/c"}})) == whole);
        CHECK(ward.names(ward.ask("", {}, R"({"resourceType":"Parameters","parameter":[{"name":"id","valueUri":"Composition/c"}]})")) == whole);
        CHECK(ward.count("Bundle") == 0);
    }
    TEST_CASE("it is stored when that is asked, and says where") {
        Ward ward;
        const auto response = ward.ask("c", {{"persist", "true"}});
        CHECK(ward.names(response) == whole);
        CHECK(response->located);
        CHECK(response->type == "Bundle");
        CHECK(ward.names(ward.get("Bundle", response->id)) == whole);
        CHECK(ward.names(ward.ask("c", {{"persist", "false"}})) == whole);
        CHECK(ward.count("Bundle") == 1);
    }
    TEST_CASE("what is missing makes it no document; lenient handling takes what is there") {
        Ward ward;
        ward.compose("half", R"({"title":"s","entry":[{"reference":"Observation/gone"},{"reference":"Observation/part"}]})");
        const auto refused = ward.ask("half");
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == Kind::invalid);
        REQUIRE(refused.fault().findings.size() == 1);
        CHECK(refused.fault().findings[0].text.find("Observation/gone") != std::string::npos);
        Request lenient = ward.request(Verb::operation, "Composition", "half");
        lenient.operation = "document";
        lenient.lenient = true;
        CHECK(ward.names(ward.send(lenient)) == Names{"Composition/half", "Patient/p", "Practitioner/d", "Organization/o", "Observation/part"});
    }
    TEST_CASE("what is wrong is said") {
        Ward ward;
        CHECK(ward.ask("none").fault().kind == Kind::missing);
        CHECK(ward.ask("").fault().kind == Kind::malformed);
        CHECK(ward.ask("c", {{"id", "c"}}).fault().kind == Kind::malformed);
        CHECK(ward.ask("", {{"id", "http://elsewhere/Composition/c"}}).fault().kind == Kind::malformed);
        CHECK(ward.ask("c", {{"persist", "perhaps"}}).fault().kind == Kind::malformed);
        CHECK(ward.ask("c", {{"graph", "http://x"}}).fault().kind == Kind::malformed);
        CHECK(ward.ask("c", {{"nonsense", "x"}}).fault().kind == Kind::malformed);
        REQUIRE(ward.remove("Composition", "c"));
        CHECK(ward.ask("c").fault().kind == Kind::gone);
    }
    TEST_CASE("what is out of reach is missing") {
        Ward ward;
        auto plan = std::make_shared<permission::Plan>();
        for (const char* type : {"Composition", "Patient", "Practitioner"}) plan->read.allow(type);
        ward.plan = plan;
        CHECK(ward.ask("c").fault().kind == Kind::invalid);
    }
}
