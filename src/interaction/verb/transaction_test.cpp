// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"

#include "base/text.h"

#include <atomic>
#include <thread>

using base::Fault;
using interaction::nth;
using interaction::Request;
using interaction::Verb;
using interaction::World;

namespace {

std::string bundle(const std::string& type, const std::vector<std::string>& entries) {
    std::string text = R"({"resourceType":"Bundle","type":")" + type + "\"";
    for (std::size_t i = 0; i < entries.size(); ++i) text += (i == 0 ? ",\"entry\":[" : ",") + entries[i];
    return text + (entries.empty() ? "}" : "]}");
}

std::string entry(const std::string& method, const std::string& url, const std::string& resource = "",
                  const std::string& full_url = "", const std::string& more = "") {
    std::string text = "{";
    if (!full_url.empty()) text += R"("fullUrl":")" + full_url + "\",";
    if (!resource.empty()) text += "\"resource\":" + resource + ",";
    return text + R"("request":{"method":")" + method + R"(","url":")" + url + "\"" + more + "}}";
}

std::string organization(const std::string& number) {
    return R"({"resourceType":"Organization","identifier":[{"system":"http://s","value":")" + number + R"("}],"name":"N"})";
}

std::string observation(const std::string& subject, const std::string& more = "") {
    return R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":")" + subject + "\"}" +
           more + "}";
}

const std::string ann = R"({"resourceType":"Patient","name":[{"family":"Ng"}]})";
const std::string urn = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9";

Fault fault_of(World& world, const std::string& text) {
    const auto sent = world.bundle(text);
    REQUIRE_FALSE(sent);
    return sent.fault();
}

std::string status(fhir::View bundle, std::size_t number) {
    return std::string(nth(bundle, "entry", number).child("response").child("status").text());
}

// "Patient/p1" out of the location of an entry's answer.
std::string made(fhir::View bundle, std::size_t number) {
    const auto location = nth(bundle, "entry", number).child("response").child("location").text();
    return std::string(location.substr(0, location.find("/_history")));
}

base::Result<interaction::Response> get(World& world, const std::string& local) {
    const auto [type, id] = base::cut(local, '/');
    return world.get(type, id);
}

}  // namespace

TEST_SUITE("interaction/verb/transaction") {
    TEST_CASE("entries find each other by fullUrl, in every place where an address may stand") {
        World world;
        const std::string text = R"(,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\")" +
                                 urn + R"(\">x</a></div>"},"extension":[{"url":"http://e","valueUri":")" + urn +
                                 R"("}],"note":[{"text":")" + urn + "\"}]";
        const auto sent = world.bundle(bundle("transaction", {entry("POST", "Observation", observation(urn, text)),
                                                              entry("POST", "Patient", ann, urn)}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        CHECK(answer.root().child("type").text() == "transaction-response");
        CHECK(status(answer.root(), 0) == "201 Created");
        CHECK(status(answer.root(), 1) == "201 Created");
        const std::string patient = made(answer.root(), 1);
        const auto stored = get(world, made(answer.root(), 0));
        REQUIRE(stored);
        const std::string body = stored->text();
        CHECK(body.find("\"reference\":\"" + patient + "\"") != std::string::npos);
        CHECK(body.find("href=\\\"" + patient + "\\\"") != std::string::npos);
        CHECK(body.find("\"valueUri\":\"" + patient + "\"") != std::string::npos);
        CHECK(body.find("\"text\":\"" + urn + "\"") != std::string::npos);  // a text stays a text
        const auto found = world.find("Observation", {{"subject", patient}});
        REQUIRE(found);
        CHECK(world.read(found->text()).root().child("total").text() == "1");
    }
    TEST_CASE("E-10: circular references are fine") {
        World world;
        const std::string other = "urn:uuid:15efabf0-4be2-4561-91ce-51548425acb9";
        const auto person = [](const std::string& to) {
            return R"({"resourceType":"Patient","link":[{"other":{"reference":")" + to + R"("},"type":"seealso"}]})";
        };
        CHECK(world.bundle(bundle("transaction", {entry("POST", "Patient", person(other), urn),
                                                  entry("POST", "Patient", person(urn), other)})));
        CHECK(world.count("Patient") == 2);
    }
    TEST_CASE("E-10: the same fullUrl twice, the same identity twice and a missing method are refused") {
        World world;
        CHECK(fault_of(world, bundle("transaction", {entry("POST", "Patient", ann, urn), entry("POST", "Patient", ann, urn)})).kind ==
              Fault::Kind::malformed);
        const std::string p1 = R"({"resourceType":"Patient","id":"p1"})";
        CHECK(fault_of(world, bundle("transaction", {entry("PUT", "Patient/p1", p1), entry("DELETE", "Patient/p1")})).kind ==
              Fault::Kind::malformed);
        const Fault fault = fault_of(world, bundle("transaction", {entry("POST", "Patient", ann), R"({"resource":)" + ann + "}"}));
        CHECK(fault.kind == Fault::Kind::malformed);
        CHECK(fault.where == "Bundle.entry[1]");
        CHECK(world.count("Patient") == 0);
    }
    TEST_CASE("E-11: one bad entry of many, and nothing is stored") {
        World world;
        std::vector<std::string> entries;
        for (int i = 0; i < 300; ++i) entries.push_back(entry("POST", "Patient", ann));
        entries[217] = entry("POST", "Patient", R"({"resourceType":"Patient","gender":"lizard"})");
        const Fault fault = fault_of(world, bundle("transaction", entries));
        CHECK(fault.text.starts_with("Bundle.entry[217]"));
        CHECK(fault.where.starts_with("Bundle.entry[217].resource"));
        CHECK(world.count("Patient") == 0);
        entries[217] = entry("PUT", "Patient/p1", R"({"resourceType":"Patient","id":"p1"})", "", R"(,"ifMatch":"W/\"3\"")");
        CHECK(fault_of(world, bundle("transaction", entries)).kind == Fault::Kind::stale);
        CHECK(world.count("Patient") == 0);
        CHECK(world.repository.snapshot()->position() == 0);
    }
    TEST_CASE("E-13: a transaction inside a transaction is refused; a Bundle may be stored") {
        World world;
        const std::string inner = bundle("collection", {});
        CHECK(fault_of(world, bundle("transaction", {entry("POST", "/", inner)})).kind == Fault::Kind::malformed);
        CHECK(world.bundle(bundle("transaction", {entry("POST", "Bundle", inner)})));
        CHECK(fault_of(world, bundle("collection", {})).kind == Fault::Kind::malformed);
        CHECK(fault_of(world, ann).kind == Fault::Kind::malformed);
        CHECK(world.count("Bundle") == 1);
    }
    TEST_CASE("E-14: a urn that no entry has is refused") {
        World world;
        CHECK(fault_of(world, bundle("transaction", {entry("POST", "Observation", observation(urn))})).kind == Fault::Kind::malformed);
    }
    TEST_CASE("entries that are no array of objects are refused") {
        World world;
        for (const char* entries : {R"({"request":{"method":"GET","url":"Patient"}})", R"(["x"])"}) {
            const auto answer = world.bundle(std::string(R"({"resourceType":"Bundle","type":"batch","entry":)") + entries + "}");
            REQUIRE_FALSE(answer);
            CHECK(answer.fault().kind == Fault::Kind::malformed);
            CHECK(answer.fault().where == "Bundle.entry");
        }
    }
    TEST_CASE("too many entries are refused as a whole") {
        World world;
        world.rules.most_entries = 2;
        const std::vector<std::string> three = {entry("POST", "Patient", ann), entry("POST", "Patient", ann), entry("POST", "Patient", ann)};
        CHECK(fault_of(world, bundle("transaction", three)).kind == Fault::Kind::too_large);
        CHECK(fault_of(world, bundle("batch", three)).kind == Fault::Kind::too_large);
    }
    TEST_CASE("deletes run first and reads see everything, whatever the order of entries") {
        World world;
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1"})"));
        const auto sent = world.bundle(bundle("transaction", {entry("GET", "Patient?_summary=count"), entry("GET", "Patient/p3"),
                                                              entry("PUT", "Patient/p3", R"({"resourceType":"Patient","id":"p3"})"),
                                                              entry("POST", "Patient", ann), entry("DELETE", "Patient/p1")}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        CHECK(nth(answer.root(), "entry", 0).child("resource").child("total").text() == "2");
        CHECK(nth(answer.root(), "entry", 1).child("resource").child("id").text() == "p3");
        CHECK(nth(answer.root(), "entry", 1).child("response").child("etag").text() == "W/\"1\"");
        CHECK(status(answer.root(), 2) == "201 Created");
        CHECK(status(answer.root(), 4) == "204 No Content");
    }
    TEST_CASE("a conditional reference means the one resource that matches") {
        World world;
        const auto org = world.post("Organization", organization("7"));
        REQUIRE(org);
        const auto patient = [](const std::string& number) {
            return R"({"resourceType":"Patient","managingOrganization":{"reference":"Organization?identifier=http://s|)" + number + R"("}})";
        };
        const auto sent = world.bundle(bundle("transaction", {entry("POST", "Patient", patient("7")), entry("POST", "Patient", patient("7"))}));
        REQUIRE(sent);
        const auto stored = get(world, made(world.read(sent->text()).root(), 1));
        REQUIRE(stored);
        CHECK(stored->text().find("\"reference\":\"Organization/" + org->id + "\"") != std::string::npos);

        const Fault none = fault_of(world, bundle("transaction", {entry("POST", "Patient", patient("8"))}));
        CHECK(none.kind == Fault::Kind::invalid);
        REQUIRE(world.post("Organization", organization("7")));
        CHECK(fault_of(world, bundle("transaction", {entry("POST", "Patient", patient("7"))})).kind == Fault::Kind::ambiguous);
        CHECK(world.count("Patient") == 2);
    }
    TEST_CASE("a conditional reference may mean a resource of the same bundle") {
        World world;
        const std::string patient =
            R"({"resourceType":"Patient","managingOrganization":{"reference":"Organization?identifier=http://s|9"}})";
        const auto sent = world.bundle(bundle("transaction", {entry("POST", "Patient", patient), entry("POST", "Organization", organization("9"))}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        const auto stored = get(world, made(answer.root(), 0));
        REQUIRE(stored);
        CHECK(stored->text().find(made(answer.root(), 1)) != std::string::npos);
    }
    TEST_CASE("a conditional create meets what is there, and references follow") {
        World world;
        const auto org = world.post("Organization", organization("7"));
        REQUIRE(org);
        const std::string once = R"(,"ifNoneExist":"identifier=http://s|7")";
        const std::string patient = R"({"resourceType":"Patient","managingOrganization":{"reference":")" + urn + R"("}})";
        const auto sent = world.bundle(bundle("transaction", {entry("POST", "Organization", organization("7"), urn, once),
                                                              entry("POST", "Patient", patient)}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        CHECK(status(answer.root(), 0) == "200 OK");
        CHECK(made(answer.root(), 0) == "Organization/" + org->id);
        CHECK(get(world, made(answer.root(), 1))->text().find("Organization/" + org->id) != std::string::npos);
        CHECK(world.count("Organization") == 1);
    }
    TEST_CASE("the same conditional create twice in one bundle creates once") {
        World world;
        const std::string once = R"(,"ifNoneExist":"identifier=http://s|7")";
        const auto sent = world.bundle(bundle("transaction", {entry("POST", "Organization", organization("7"), "", once),
                                                              entry("POST", "Organization", organization("7"), "", once)}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        CHECK(status(answer.root(), 0) == "201 Created");
        CHECK(status(answer.root(), 1) == "200 OK");
        CHECK(made(answer.root(), 0) == made(answer.root(), 1));
        CHECK(world.count("Organization") == 1);
    }
    TEST_CASE("updates and deletes by criteria work inside a transaction, also after deletes") {
        World world;
        const auto seven = world.post("Organization", organization("7"));
        const auto eight = world.post("Organization", organization("8"));
        REQUIRE(seven);
        REQUIRE(eight);
        const auto renamed = R"({"resourceType":"Organization","identifier":[{"system":"http://s","value":"7"}],"name":"M"})";
        const auto sent = world.bundle(bundle("transaction", {entry("PUT", "Organization?identifier=http://s|7", renamed),
                                                              entry("DELETE", "Organization?identifier=http://s|8"),
                                                              entry("PUT", "Organization?identifier=http://s|9", organization("9")),
                                                              entry("DELETE", "Organization?identifier=http://s|10")}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        CHECK(made(answer.root(), 0) == "Organization/" + seven->id);
        CHECK(status(answer.root(), 0) == "200 OK");
        CHECK(status(answer.root(), 2) == "201 Created");
        CHECK(world.get("Organization", eight->id).fault().kind == Fault::Kind::gone);
        CHECK(world.count("Organization") == 2);
    }
    TEST_CASE("a source server's ids are replaced where its resources are created") {
        World world;
        const std::string patient = R"({"resourceType":"Patient","id":"77"})";
        const auto sent = world.bundle(bundle("transaction", {entry("POST", "Patient", patient, "http://old/fhir/Patient/77"),
                                                              entry("POST", "Observation", observation("Patient/77"), "http://old/fhir/Observation/1"),
                                                              entry("POST", "Observation", observation("http://old/fhir/Patient/77")),
                                                              entry("POST", "Observation", observation("Patient/77"))}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        const std::string target = "\"reference\":\"" + made(answer.root(), 0) + "\"";
        CHECK(get(world, made(answer.root(), 1))->text().find(target) != std::string::npos);
        CHECK(get(world, made(answer.root(), 2))->text().find(target) != std::string::npos);
        CHECK(get(world, made(answer.root(), 3))->text().find("\"Patient/77\"") != std::string::npos);
    }
    TEST_CASE("with_commit joins the transaction") {
        World world;
        Request request = world.request(Verb::batch, "", "", bundle("transaction", {entry("POST", "Patient", ann)}));
        request.with_commit = [](store::Transaction&) -> base::Result<void> { return Fault{Fault::Kind::conflict, "no"}; };
        CHECK_FALSE(world.send(request));
        CHECK(world.count("Patient") == 0);
        int ran = 0;
        request.with_commit = [&](store::Transaction&) -> base::Result<void> { ++ran; return {}; };
        CHECK(world.send(request));
        CHECK(ran == 1);
    }
    TEST_CASE("parts are put as they are, each in place of the version that it names, or nothing is") {
        World world;
        const fhir::Document first = world.read(R"({"resourceType":"Patient","id":"a","gender":"female"})");
        const fhir::Document second = world.read(R"({"resourceType":"Patient","id":"a","gender":"male"})");
        const fhir::Document other = world.read(R"({"resourceType":"Patient","id":"b"})");
        Request request = world.request(Verb::batch, "", "");
        int ran = 0;
        request.with_commit = [&](store::Transaction&) -> base::Result<void> { return ++ran, base::Result<void>{}; };
        const auto send = [&](fhir::View a, std::int64_t before) {
            request.parts = {interaction::Part{"Patient", "b", other.root()}, interaction::Part{"Patient", "a", a, before}};
            return world.send(request);
        };
        CHECK(send(first.root(), interaction::Part::none));
        CHECK(send(first.root(), interaction::Part::none).fault().kind == Fault::Kind::stale);
        CHECK(send(second.root(), 2).fault().kind == Fault::Kind::stale);
        CHECK(ran == 1);
        CHECK(send(second.root(), 1));
        CHECK(send(second.root(), interaction::Part::any_version));
        CHECK(ran == 3);
        CHECK(get(world, "Patient/a")->version == 2);
        CHECK(get(world, "Patient/b")->version == 1);
        request.parts = std::vector<interaction::Part>{};
        CHECK(world.send(request));
        CHECK(ran == 4);
    }
    TEST_CASE("a part that is not valid, of an unknown type or named twice is refused, and nothing is stored") {
        World world;
        const fhir::Document good = world.read(R"({"resourceType":"Patient","id":"a"})");
        const fhir::Document bad = world.read(R"({"resourceType":"Patient","id":"b","gender":5})");
        Request request = world.request(Verb::batch, "", "");
        request.parts = {interaction::Part{"Patient", "a", good.root()}, interaction::Part{"Patient", "b", bad.root()}};
        CHECK_FALSE(world.send(request));
        request.parts = {interaction::Part{"Patient", "a", good.root()}, interaction::Part{"Patient", "a", good.root()}};
        CHECK_FALSE(world.send(request));
        request.parts = {interaction::Part{"Patient", "a", good.root()}, interaction::Part{"Nobody", "c", good.root()}};
        CHECK_FALSE(world.send(request));
        CHECK(world.count("Patient") == 0);
    }
    TEST_CASE("parallel transactions with the same conditional create make one resource") {
        World world;
        const std::string text = bundle("transaction", {entry("POST", "Organization", organization("7"), urn, R"(,"ifNoneExist":"identifier=http://s|7")"),
                                                        entry("POST", "Patient", R"({"resourceType":"Patient","managingOrganization":{"reference":")" + urn + R"("}})")});
        std::atomic<int> good{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 5; ++i)
                    if (world.bundle(text)) ++good;
            });
        for (auto& thread : threads) thread.join();
        CHECK(good == 40);
        CHECK(world.count("Organization") == 1);
        CHECK(world.count("Patient") == 40);
        const auto org = world.find("Organization", {});
        REQUIRE(org);
        const std::string id(world.read(org->text()).root().child("entry").child("resource").child("id").text());
        const auto of_it = world.find("Patient", {{"organization", "Organization/" + id}, {"_summary", "count"}});
        REQUIRE(of_it);
        CHECK(world.read(of_it->text()).root().child("total").text() == "40");
    }
}

TEST_SUITE("interaction/verb/batch") {
    TEST_CASE("every entry of a batch is answered for itself") {
        World world;
        const auto sent = world.bundle(bundle("batch", {entry("POST", "Patient", ann), entry("GET", "Patient/none"),
                                                        entry("PUT", "Patient/p1", R"({"resourceType":"Patient","id":"p2"})"),
                                                        entry("GET", "Patient?_summary=count"), entry("BREW", "Patient"),
                                                        entry("DELETE", "Patient/none"), entry("GET", "metadata"),
                                                        entry("POST", "Patient/p1/$nothing")}));
        REQUIRE(sent);
        const auto answer = world.read(sent->text());
        CHECK(answer.root().child("type").text() == "batch-response");
        CHECK(status(answer.root(), 0) == "201 Created");
        CHECK(status(answer.root(), 1) == "404 Not Found");
        CHECK(nth(answer.root(), "entry", 1).child("response").child("outcome").resource_type() == "OperationOutcome");
        CHECK(status(answer.root(), 2) == "400 Bad Request");
        CHECK(nth(answer.root(), "entry", 3).child("resource").child("total").text() == "1");
        CHECK(status(answer.root(), 4) == "400 Bad Request");
        CHECK(status(answer.root(), 5) == "204 No Content");
        CHECK(nth(answer.root(), "entry", 6).child("resource").resource_type() == "CapabilityStatement");
        CHECK(status(answer.root(), 7) == "501 Not Implemented");
    }
    TEST_CASE("an empty bundle is answered with an empty bundle") {
        World world;
        CHECK(world.bundle(bundle("batch", {})));
        CHECK(world.bundle(bundle("transaction", {})));
    }
}

TEST_SUITE("interaction/verb/conditional") {
    TEST_CASE("E-05: a conditional create that matches two is refused") {
        World world;
        REQUIRE(world.post("Organization", organization("7")));
        REQUIRE(world.post("Organization", organization("7")));
        Request create = world.request(Verb::create, "Organization", "", organization("7"));
        create.if_none_exist = "identifier=http://s|7";
        const auto sent = world.send(create);
        REQUIRE_FALSE(sent);
        CHECK(sent.fault().kind == Fault::Kind::ambiguous);
        CHECK(sent.fault().type == base::IssueType::multiple_matches);
    }
    TEST_CASE("E-06: a conditional delete without criteria deletes nothing") {
        World world;
        REQUIRE(world.post("Organization", organization("7")));
        using Pairs = std::vector<std::pair<std::string, std::string>>;
        const std::vector<Pairs> useless = {{}, {{"_count", "5"}}, {{"identifier", ""}}, {{"bogus", "1"}}};
        for (const Pairs& parameters : useless) {
            Request removal = world.request(Verb::remove, "Organization");
            removal.parameters = parameters;
            removal.lenient = true;
            const auto sent = world.send(removal);
            REQUIRE_FALSE(sent);
            CHECK(sent.fault().kind == Fault::Kind::malformed);
        }
        CHECK(world.count("Organization") == 1);
    }
    TEST_CASE("E-07: of parallel conditional creates one creates") {
        World world;
        Request create = world.request(Verb::create, "Organization", "", organization("7"));
        create.if_none_exist = "identifier=http%3A%2F%2Fs%7C7";
        std::atomic<int> created{0};
        std::atomic<int> found{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 10; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 5; ++i) {
                    const auto sent = world.send(create);
                    if (!sent) continue;
                    if (sent->status == interaction::Response::Status::created) ++created;
                    else ++found;
                }
            });
        for (auto& thread : threads) thread.join();
        CHECK(created == 1);
        CHECK(found == 49);
        CHECK(world.count("Organization") == 1);
    }
    TEST_CASE("an update by criteria updates the match, or creates") {
        World world;
        Request update = world.request(Verb::update, "Organization", "", organization("7"));
        update.parameters = {{"identifier", "http://s|7"}};
        const auto first = world.send(update);
        REQUIRE(first);
        CHECK(first->status == interaction::Response::Status::created);
        Request renamed = world.request(Verb::update, "Organization", "",
                                        R"({"resourceType":"Organization","identifier":[{"system":"http://s","value":"7"}],"name":"M"})");
        renamed.parameters = update.parameters;
        const auto second = world.send(renamed);
        REQUIRE(second);
        CHECK(second->id == first->id);
        CHECK(second->version == 2);
        Request other = world.request(Verb::update, "Organization", "",
                                      R"({"resourceType":"Organization","id":"other","identifier":[{"system":"http://s","value":"7"}]})");
        other.parameters = update.parameters;
        const auto refused = world.send(other);
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == Fault::Kind::malformed);
    }
    TEST_CASE("a delete by criteria deletes the one match and refuses more") {
        World world;
        REQUIRE(world.post("Organization", organization("7")));
        Request removal = world.request(Verb::remove, "Organization");
        removal.parameters = {{"identifier", "http://s|8"}};
        CHECK(world.send(removal));
        CHECK(world.count("Organization") == 1);
        removal.parameters = {{"identifier", "http://s|7"}};
        CHECK(world.send(removal));
        CHECK(world.count("Organization") == 0);
        REQUIRE(world.post("Organization", organization("7")));
        REQUIRE(world.post("Organization", organization("7")));
        const auto two = world.send(removal);
        REQUIRE_FALSE(two);
        CHECK(two.fault().kind == Fault::Kind::ambiguous);
        CHECK(world.count("Organization") == 2);
    }
}
