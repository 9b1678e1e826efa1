// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/run.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "runner/testing.h"
#include "runner/testscript/request.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

using namespace runner;
using namespace runner::testscript;

namespace {

// A server of a few lines: keeps what is created and updated, finds all of a type.
struct Server {
    std::map<std::string, std::string> kept{};
    std::vector<Request> asked{};
    int next = 1;

    Exchange operator()(const Request& request) {
        asked.push_back(request);
        Exchange exchange{.request = request, .response = {}};
        Request& sent = exchange.request;
        if (!sent.url.starts_with("http")) sent.url = "http://t/fhir/" + sent.url;
        Response& response = exchange.response;
        const std::string path(base::cut(sent.url.substr(14), '?').first);
        const auto answer = [&](int status, const std::string& body = "") {
            response.status = status;
            response.body = body;
            if (!body.empty()) response.fields.push_back({"Content-Type", body[0] == '<' ? "application/fhir+xml" : "application/fhir+json;charset=UTF-8"});
        };
        const std::string there = path.substr(0, path.find("/_history/"));
        if (path == "metadata") {
            answer(200, R"({"resourceType":"CapabilityStatement","rest":[{"mode":"server","resource":[{"type":"Patient","interaction":[{"code":"read"}]}]}]})");
        } else if (sent.method == "POST" && path.find('/') == std::string::npos) {
            const std::string id = "s" + std::to_string(next++);
            const auto read = runner::testing::knowledge().read(sent.body);
            if (!read) {
                answer(400, R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"structure"}]})");
                return exchange;
            }
            kept[path + '/' + id] = fhir::codec::to_json(with_id(read->root(), id).root());
            answer(201, kept[path + '/' + id]);
            response.fields.push_back({"Location", fmt::format("http://t/fhir/{}/{}/_history/1", path, id)});
        } else if (sent.method == "PUT") {
            const bool fresh = !kept.contains(path);
            kept[path] = sent.body;
            answer(fresh ? 201 : 200, sent.body);
        } else if (sent.method == "DELETE" && path.starts_with("refuse")) {
            answer(409);
        } else if (sent.method == "GET" && path == "page") {
            answer(200, "<html>no resource</html>");
        } else if (sent.method == "DELETE") {
            answer(kept.erase(path) == 1 ? 204 : 404);
        } else if (kept.contains(there)) {
            answer(200, kept[there]);
        } else if (path.find('/') == std::string::npos || path.ends_with("_search")) {
            std::string entries;
            const std::string type(base::cut(path, '/').first);
            int total = 0;
            for (const auto& [key, body] : kept)
                if (key.starts_with(type + '/')) {
                    entries += (total++ == 0 ? "" : ",") + ("{\"resource\":" + body + "}");
                }
            answer(200, fmt::format(R"({{"resourceType":"Bundle","type":"searchset","total":{}{}}})", total, total == 0 ? "" : ",\"entry\":[" + entries + "]"));
        } else {
            answer(404, R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]})");
        }
        return exchange;
    }
};

const Target target{.base = "http://t/fhir"};

struct Made {
    Case result;
    Server server;
};

Made run_text(const std::string& text, Options options = {}, const Target& to = target) {
    const auto script = testscript::read(text, "", runner::testing::knowledge());
    REQUIRE_MESSAGE(script, (script ? "" : script.fault().text));
    const Judge judge(runner::testing::knowledge(), runner::testing::clock());
    Made made{.result = {}, .server = {}};
    const Setting setting{.destinations = {{0, Destination{to, std::ref(made.server)}}}, .judge = judge, .clock = runner::testing::clock(), .options = options, .run = "r1"};
    made.result = run(*script, setting);
    return made;
}

std::string script_with(const std::string& head, const std::string& tests) {
    return R"({"resourceType":"TestScript","id":"x","name":"X","status":"draft","url":"http://example.org/x",)" + head +
           R"("contained":[{"resourceType":"Patient","id":"pat","active":true,"name":[{"family":"Ng","given":["${given}"]}]},
               {"resourceType":"Observation","id":"obs","status":"final","code":{"text":"c"},"subject":{"reference":"Patient/pat"}}],)" + tests + "}";
}

const char* const one_fixture = R"("fixture":[{"id":"f","resource":{"reference":"#pat"}}],"variable":[{"name":"given","defaultValue":"A \"B\""}],)";
const std::string created = R"({"operation":{"type":{"code":"create"},"resource":"Patient","sourceId":"f","responseId":"made"}},{"assert":{"response":"created"}})";

std::vector<Verdict> verdicts(const Test& test) {
    std::vector<Verdict> all;
    for (const Step& step : test.steps) all.push_back(step.verdict);
    return all;
}

// The verdict of one assert after a read of a created patient, and its message.
Step judged(const std::string& assert_text, const std::string& more_variables = "") {
    const std::string head = R"("fixture":[{"id":"f","resource":{"reference":"#pat"}}],"profile":[{"id":"base","reference":"http://hl7.org/fhir/StructureDefinition/Patient"},
        {"id":"unknown","reference":"http://example.org/unknown"}],"variable":[{"name":"given","defaultValue":"A"})" + more_variables + "],";
    const Made made = run_text(script_with(head, R"("test":[{"id":"t","action":[)" + created +
        R"(,{"operation":{"type":{"code":"read"},"targetId":"f","requestId":"rq","accept":"json"}},{"assert":)" + assert_text + "}]}]"));
    REQUIRE(made.result.tests[0].steps.size() == 4);
    return made.result.tests[0].steps[3];
}

}  // namespace

TEST_SUITE("runner/testscript/run") {
    TEST_CASE("a script creates, reads what the server made of it, and deletes it") {
        const Made made = run_text(script_with(one_fixture, R"("setup":{"action":[)" + created + R"(]},
            "test":[{"id":"reads","action":[
              {"operation":{"type":{"code":"read"},"resource":"Patient","targetId":"f"}},
              {"assert":{"response":"okay"}},{"assert":{"resource":"Patient"}},
              {"assert":{"expression":"Patient.name.given","value":"${given}"}}]}],
            "teardown":{"action":[{"operation":{"type":{"code":"delete"},"targetId":"made"}}]})"));
        CHECK(made.result.verdict() == Verdict::pass);
        CHECK(verdicts(made.result.tests[0]) == std::vector<Verdict>(4, Verdict::pass));
        REQUIRE(made.server.asked.size() == 3);
        CHECK(made.server.asked[0].body.find(R"("A \"B\"")") != std::string::npos);
        CHECK(made.server.asked[1].url == "Patient/s1");
        CHECK(made.server.asked[2].method == "DELETE");
        CHECK(made.server.kept.empty());
        CHECK(made.result.script == "http://example.org/x");
        CHECK(made.result.tests[0].steps[0].label == "GET Patient/s1");
        CHECK(made.result.tests[0].steps[0].exchange->response.status == 200);
    }

    TEST_CASE("what is created by itself gets the server's ids, also in references, and goes again in the other order") {
        const Made made = run_text(script_with(R"("fixture":[{"id":"p","autocreate":true,"autodelete":true,"resource":{"reference":"#pat"}},
              {"id":"o","autocreate":true,"autodelete":true,"resource":{"reference":"#obs"}}],
            "variable":[{"name":"given","defaultValue":"A"},{"name":"pid","sourceId":"p","expression":"Patient.id"}],)",
            R"("test":[{"id":"t","action":[
              {"operation":{"type":{"code":"read"},"resource":"Patient","params":"/${pid}"}},{"assert":{"response":"okay"}},
              {"operation":{"type":{"code":"vread"},"targetId":"o"}},
              {"assert":{"expression":"Observation.subject.reference","value":"Patient/${pid}"}}]}])"));
        CHECK(made.result.verdict() == Verdict::pass);
        REQUIRE(made.server.asked.size() == 6);
        CHECK(made.server.asked[1].body.find(R"("Patient/s1")") != std::string::npos);
        CHECK(made.server.asked[3].url == "Observation/s2/_history/1");
        CHECK(made.server.asked[4].url == "Observation/s2");
        CHECK(made.server.asked[5].url == "Patient/s1");
        CHECK(made.server.kept.empty());
    }

    TEST_CASE("what a fixture refers to is created before it, however the script lists them, and fixtures that are sent later mean it too") {
        const Made made = run_text(script_with(R"("fixture":[{"id":"o","autocreate":true,"autodelete":true,"resource":{"reference":"#obs"}},
              {"id":"later","resource":{"reference":"#obs"}},{"id":"p","autocreate":true,"autodelete":true,"resource":{"reference":"#pat"}}],
            "variable":[{"name":"given","defaultValue":"A"}],)",
            R"("test":[{"id":"t","action":[{"operation":{"type":{"code":"validate"},"resource":"Observation","sourceId":"later"}}]}])"));
        REQUIRE(made.server.asked.size() == 5);
        CHECK(made.server.asked[0].url == "Patient");
        CHECK(made.server.asked[1].url == "Observation");
        CHECK(made.server.asked[1].body.find(R"("Patient/s1")") != std::string::npos);
        CHECK(made.server.asked[2].body.find(R"("Patient/s1")") != std::string::npos);
        CHECK(made.server.asked[3].url == "Observation/s2");
        CHECK(made.server.asked[4].url == "Patient/s1");
    }

    TEST_CASE("on each server, references between fixtures mean what that server made") {
        const auto script = testscript::read(script_with(R"("destination":[{"index":1},{"index":2}],"fixture":[{"id":"p","autocreate":true,"resource":{"reference":"#pat"}},
              {"id":"o","autocreate":true,"resource":{"reference":"#obs"}}],"variable":[{"name":"given","defaultValue":"A"}],)",
            R"("test":[{"id":"t","action":[{"operation":{"type":{"code":"read"},"targetId":"o","destination":2}}]}])"), "", runner::testing::knowledge());
        REQUIRE(script);
        const Judge judge(runner::testing::knowledge(), runner::testing::clock());
        const Options options;
        Server one, two;
        two.next = 70;
        const Target second{.base = "http://u/fhir"};
        const Setting setting{.destinations = {{0, Destination{target, std::ref(one)}}, {2, Destination{second, std::ref(two)}}}, .judge = judge, .clock = runner::testing::clock(), .options = options};
        CHECK(run(*script, setting).verdict() == Verdict::pass);
        REQUIRE(one.asked.size() == 2);
        REQUIRE(two.asked.size() == 3);
        CHECK(one.asked[1].body.find(R"("Patient/s1")") != std::string::npos);
        CHECK(two.asked[1].body.find(R"("Patient/s70")") != std::string::npos);
        CHECK(two.asked[2].url == "Observation/s71");
    }

    TEST_CASE("a delete in teardown that does not delete is told") {
        const Made made = run_text(script_with(one_fixture, R"("test":[{"id":"t","action":[)" + created + R"(]}],
            "teardown":{"action":[{"operation":{"method":"DELETE","url":"Patient/s1"}},{"operation":{"method":"DELETE","url":"refuse/s1"}}]})"));
        CHECK(verdicts(made.result.teardown) == std::vector<Verdict>{Verdict::pass, Verdict::fail});
        CHECK(made.result.teardown.steps[1].message == "it was not deleted: status 409");
        CHECK(made.result.verdict() == Verdict::pass);
    }

    TEST_CASE("a failed setup leaves the tests untried, and teardown is done all the same") {
        const Made made = run_text(script_with(one_fixture, R"("setup":{"action":[
              {"operation":{"type":{"code":"read"},"resource":"Patient","params":"/none"}},{"assert":{"response":"okay"}},
              {"operation":{"type":{"code":"read"},"resource":"Patient","params":"/never"}}]},
            "test":[{"id":"t","action":[{"operation":{"type":{"code":"read"},"resource":"Patient","params":"/x"}},{"assert":{"response":"okay"}}]}],
            "teardown":{"action":[{"operation":{"type":{"code":"delete"},"resource":"Patient","params":"/none"}}]})"));
        CHECK(verdicts(made.result.setup) == std::vector<Verdict>{Verdict::pass, Verdict::fail, Verdict::skip});
        CHECK(verdicts(made.result.tests[0]) == std::vector<Verdict>{Verdict::error, Verdict::skip});
        REQUIRE(made.server.asked.size() == 2);
        CHECK(made.server.asked[1].method == "DELETE");
    }

    TEST_CASE("an assert that fails ends its test and no other, unless it only warns or says not to stop") {
        const std::string read = R"({"operation":{"type":{"code":"read"},"resource":"Patient","params":"/none"}},)";
        const Made made = run_text(script_with(one_fixture, R"("test":[
              {"id":"a","action":[)" + read + R"({"assert":{"response":"okay"}},{"assert":{"response":"notFound"}}]},
              {"id":"b","action":[)" + read + R"({"assert":{"response":"okay","warningOnly":true}},{"assert":{"response":"notFound"}}]},
              {"id":"c","action":[)" + read + R"({"assert":{"response":"okay","stopTestOnFail":false}},{"assert":{"response":"notFound"}}]},
              {"id":"c","action":[)" + read + R"({"assert":{"response":"notFound"}}]}])"));
        CHECK(verdicts(made.result.tests[0]) == std::vector<Verdict>{Verdict::pass, Verdict::fail, Verdict::skip});
        CHECK(verdicts(made.result.tests[1]) == std::vector<Verdict>{Verdict::pass, Verdict::warning, Verdict::pass});
        CHECK(verdicts(made.result.tests[2]) == std::vector<Verdict>{Verdict::pass, Verdict::fail, Verdict::pass});
        CHECK(made.result.tests[1].verdict() == Verdict::warning);
        CHECK(made.result.tests[3].id == "c-2");
        CHECK(made.result.tests[0].steps[1].message == "status 404 where okay was expected; the server says not-found");
    }

    TEST_CASE("asserts look at the response, the request, or what has an id") {
        CHECK(judged(R"({"response":"okay"})").verdict == Verdict::pass);
        CHECK(judged(R"({"response":"created"})").verdict == Verdict::fail);
        CHECK(judged(R"({"response":"okay","operator":"notEquals"})").verdict == Verdict::fail);
        CHECK(judged(R"({"sourceId":"rq","response":"okay"})").verdict == Verdict::error);
        CHECK(judged(R"({"responseCode":"200,204","operator":"in"})").verdict == Verdict::pass);
        CHECK(judged(R"({"responseCode":"199","operator":"greaterThan"})").verdict == Verdict::pass);
        CHECK(judged(R"({"sourceId":"made","response":"created"})").verdict == Verdict::pass);
        CHECK(judged(R"({"contentType":"json"})").verdict == Verdict::pass);
        CHECK(judged(R"({"contentType":"application/fhir+json"})").verdict == Verdict::pass);
        CHECK(judged(R"({"contentType":"application/json"})").verdict == Verdict::fail);
        CHECK(judged(R"({"contentType":"xml"})").verdict == Verdict::fail);
        CHECK(judged(R"({"direction":"request","headerField":"Accept","operator":"contains","value":"json"})").verdict == Verdict::pass);
        CHECK(judged(R"({"sourceId":"rq","headerField":"accept","value":"application/fhir+json"})").verdict == Verdict::pass);
        CHECK(judged(R"({"sourceId":"made","headerField":"Location","operator":"notEmpty"})").verdict == Verdict::pass);
        CHECK(judged(R"({"headerField":"ETag","operator":"empty"})").verdict == Verdict::pass);
        CHECK(judged(R"({"headerField":"ETag"})").verdict == Verdict::error);
        CHECK(judged(R"({"sourceId":"f","headerField":"ETag","operator":"empty"})").verdict == Verdict::error);
        CHECK(judged(R"({"requestMethod":"get"})").verdict == Verdict::pass);
        CHECK(judged(R"({"requestMethod":"post"})").verdict == Verdict::fail);
        CHECK(judged(R"({"requestURL":"Patient/s1"})").verdict == Verdict::pass);
        CHECK(judged(R"({"requestURL":"http://t/fhir/Patient/s1"})").verdict == Verdict::pass);
        CHECK(judged(R"({"requestURL":"Observation","operator":"notContains"})").verdict == Verdict::pass);
        CHECK(judged(R"({"sourceId":"nobody","resource":"Patient"})").verdict == Verdict::error);
        CHECK(judged(R"({"resource":"Person"})").verdict == Verdict::fail);
    }

    TEST_CASE("expressions and paths are compared with values and with other sources") {
        CHECK(judged(R"({"expression":"Patient.active"})").verdict == Verdict::pass);
        CHECK(judged(R"({"expression":"name.family = 'Oh'"})").verdict == Verdict::fail);
        CHECK(judged(R"({"expression":"name.count() = 1","operator":"eval"})").verdict == Verdict::pass);
        CHECK(judged(R"({"expression":"name.family","value":"Ng"})").verdict == Verdict::pass);
        CHECK(judged(R"({"expression":"name.family","operator":"equals"})").verdict == Verdict::error);
        CHECK(judged(R"({"expression":"name.(","value":"Ng"})").verdict == Verdict::error);
        CHECK(judged(R"({"expression":"telecom","operator":"empty"})").verdict == Verdict::pass);
        CHECK(judged(R"({"path":"fhir:Patient/fhir:name/fhir:family/@value","value":"Ng"})").verdict == Verdict::pass);
        CHECK(judged(R"({"path":"$.name[0].family","operator":"in","value":"Oh,Ng"})").verdict == Verdict::pass);
        CHECK(judged(R"x({"path":"substring(//family,1)","value":"Ng"})x").verdict == Verdict::limit);
        CHECK(judged(R"({"compareToSourceId":"f","compareToSourceExpression":"Patient.name.first().family"})").verdict == Verdict::pass);
        CHECK(judged(R"({"compareToSourceId":"f","compareToSourceExpression":"Patient.id"})").verdict == Verdict::fail);
        CHECK(judged(R"({"expression":"Patient.name.family","compareToSourceId":"f","compareToSourcePath":"//family/@value"})").verdict == Verdict::pass);
        CHECK(judged(R"({"expression":"Patient.id","compareToSourceId":"made","compareToSourceExpression":"Patient.id"})").verdict == Verdict::pass);
        CHECK(judged(R"({"expression":"name.family","value":"${nobody}"})").verdict == Verdict::error);
    }

    TEST_CASE("of a body that cannot be read nothing is taken for absent") {
        const Made made = run_text(script_with(one_fixture, R"("test":[{"id":"a","action":[{"operation":{"method":"GET","url":"page"}},{"assert":{"expression":"Bundle.entry","operator":"empty"}}]},
            {"id":"b","action":[{"operation":{"method":"DELETE","url":"Patient/none"}},{"assert":{"expression":"Patient.name","operator":"empty"}}]}])"));
        CHECK(made.result.tests[0].steps[1].verdict == Verdict::fail);
        CHECK(made.result.tests[1].steps[1].verdict == Verdict::pass);  // nothing came at all
    }

    TEST_CASE("minimum, profile and links") {
        CHECK(judged(R"({"minimumId":"f"})").verdict == Verdict::pass);  // the id of what a script contains is its name there
        CHECK(judged(R"({"minimumId":"made","sourceId":"f"})").message.find("Patient.id of made is not there") != std::string::npos);
        CHECK(judged(R"({"minimumId":"made"})").verdict == Verdict::pass);
        CHECK(judged(R"({"validateProfileId":"base"})").verdict == Verdict::pass);
        CHECK(judged(R"({"validateProfileId":"unknown"})").verdict == Verdict::limit);
        CHECK(judged(R"({"validateProfileId":"never"})").verdict == Verdict::error);
        CHECK(judged(R"({"navigationLinks":true})").message == "this is no Bundle");
    }

    TEST_CASE("variables come from headers, bodies and whoever runs the script") {
        const std::string variables = R"("fixture":[{"id":"f","resource":{"reference":"#pat"}}],"variable":[{"name":"given","defaultValue":"A"},
              {"name":"where","headerField":"Location","sourceId":"made"},{"name":"ask","hint":"[family]"},{"name":"andiron-run","defaultValue":"z"},
              {"name":"many","expression":"Bundle.entry.resource.id"},{"name":"early","sourceId":"later","expression":"id","defaultValue":"d"}],)";
        const std::string tests = R"("test":[{"id":"t","action":[)" + created + R"(,
              {"operation":{"type":{"code":"read"},"url":"${where}"}},{"assert":{"response":"okay"}},
              {"operation":{"type":{"code":"search"},"resource":"Patient","params":"?run=${andiron-run}&x=${early}"}},
              {"operation":{"type":{"code":"search"},"resource":"Patient","params":"?family=${ask}"}}]},
              {"id":"u","action":[{"operation":{"type":{"code":"search"},"resource":"Patient","params":"?family=${typo}"}}]}])";
        const Made made = run_text(script_with(variables, tests));
        REQUIRE(made.server.asked.size() == 3);
        CHECK(made.server.asked[1].url == "http://t/fhir/Patient/s1/_history/1");
        CHECK(made.server.asked[2].url == "Patient?run=r1&x=d");
        CHECK(made.result.tests[0].verdict() == Verdict::skip);  // what passed before makes it no pass
        const Made complex = run_text(script_with(R"("fixture":[{"id":"f","resource":{"reference":"#pat"}}],"variable":[{"name":"given","defaultValue":"A"},{"name":"name","expression":"Patient.name","sourceId":"f"}],)",
            R"("test":[{"id":"t","action":[{"operation":{"type":{"code":"read"},"resource":"Patient","params":"/${name}"}}]}])"));
        CHECK(complex.result.tests[0].steps[0].verdict == Verdict::error);
        CHECK(complex.result.tests[0].steps[0].message.find("has no plain value") != std::string::npos);
        CHECK(made.result.tests[0].steps.back().verdict == Verdict::skip);
        CHECK(made.result.tests[0].steps.back().message.find("[family]") != std::string::npos);
        CHECK(made.result.tests[1].steps[0].verdict == Verdict::error);
        const Made given = run_text(script_with(variables, tests), {.variables = {{"ask", "Ng"}, {"andiron-run", "mine"}}});
        CHECK(given.server.asked[2].url == "Patient?run=mine&x=d");
        CHECK(given.server.asked[3].url == "Patient?family=Ng");
    }

    TEST_CASE("the URL follows from the type and its parts") {
        const auto url = [](const std::string& operation) {
            const Made made = run_text(script_with(one_fixture, R"("test":[{"id":"t","action":[)" + created + R"(,{"operation":)" + operation + "}]}]"));
            if (made.server.asked.size() < 2) return "not asked: " + made.result.tests[0].steps.back().message;
            const Request& last = made.server.asked.back();
            return last.method + ' ' + last.url;
        };
        CHECK(url(R"({"type":{"code":"capabilities"}})") == "GET metadata");
        CHECK(url(R"({"type":{"code":"search"},"resource":"Patient","params":"?name=a b"})") == "GET Patient?name=a%20b");
        CHECK(url(R"({"type":{"code":"search"},"resource":"Patient","params":"?name=a|b","encodeRequestUrl":false})") == "GET Patient?name=a|b");
        CHECK(url(R"({"type":{"code":"search"},"resource":"Patient","params":"name=x"})") == "GET Patient?name=x");
        CHECK(url(R"({"type":{"code":"search"},"resource":"Patient","params":"?name=x","method":"post"})") == "POST Patient/_search");
        CHECK(url(R"({"type":{"code":"history"},"targetId":"made"})") == "GET Patient/s1/_history");
        CHECK(url(R"({"type":{"code":"history"},"resource":"Patient"})") == "GET Patient/_history");
        CHECK(url(R"({"type":{"code":"history"}})") == "GET _history");
        CHECK(url(R"({"type":{"code":"history"},"resource":"Patient","params":"/1/_history?_count=2"})") == "GET Patient/1/_history?_count=2");
        CHECK(url(R"({"type":{"code":"update"},"sourceId":"f"})") == "PUT Patient/s1");
        CHECK(url(R"({"type":{"code":"update"},"resource":"Patient","params":"?identifier=x","sourceId":"f"})") == "PUT Patient?identifier=x");
        CHECK(url(R"({"type":{"code":"deleteCondMultiple"},"resource":"Patient","params":"?active=true"})") == "DELETE Patient?active=true");
        CHECK(url(R"({"type":{"code":"transaction"},"sourceId":"f"})") == "POST ");
        CHECK(url(R"({"type":{"code":"validate"},"resource":"Patient","sourceId":"f"})") == "POST Patient/$validate");
        CHECK(url(R"({"type":{"code":"validate"},"sourceId":"f"})") == "POST Patient/$validate");
        CHECK(url(R"({"type":{"code":"history"},"sourceId":"f"})") == "GET Patient/s1/_history");
        CHECK(url(R"({"type":{"code":"search"},"sourceId":"f"})") == "GET Patient");
        CHECK(url(R"({"type":{"code":"expand"},"resource":"ValueSet","params":"?url=http://x"})") == "GET ValueSet/$expand?url=http://x");
        CHECK(url(R"({"type":{"code":"expand"},"resource":"ValueSet","params":"/1"})") == "GET ValueSet/1/$expand");
        CHECK(url(R"({"type":{"code":"everything"},"targetId":"made"})") == "GET Patient/s1/$everything");
        CHECK(url(R"({"type":{"code":"lookup"},"resource":"CodeSystem","params":"/$lookup?code=a"})") == "GET CodeSystem/$lookup?code=a");
        CHECK(url(R"({"method":"options","url":"metadata"})") == "OPTIONS metadata");
        CHECK(url(R"({"type":{"code":"read"},"resource":"Patient"})").starts_with("not asked: a read needs to know one resource"));
        CHECK(url(R"({"type":{"code":"deleteCondMultiple"},"resource":"Patient"})").starts_with("not asked: a deleteCondMultiple needs search parameters"));
        CHECK(url(R"({"type":{"code":"create"}})").starts_with("not asked: a create needs a resource type"));
        CHECK(url(R"({"type":{"code":"vread"},"resource":"Patient","sourceId":"f"})") == "GET Patient/s1/_history/1");
        CHECK(url(R"({"type":{"code":"delete"},"resource":"Patient","params":"/"})").starts_with("not asked: a delete needs to know one resource"));
        CHECK(url(R"({"type":{"code":"juggle"},"resource":"Patient"})").starts_with("not asked: the operation type juggle is not known here"));
    }

    TEST_CASE("bodies go in the format that is asked for, and an update has the id of its URL") {
        const auto sent = [](const std::string& operation, Format format = Format::json) {
            const Made made = run_text(script_with(one_fixture, R"("test":[{"id":"t","action":[{"operation":)" + operation + "}]}]"), {}, {.base = "http://t/fhir", .format = format});
            REQUIRE(made.server.asked.size() == 1);
            return made.server.asked[0];
        };
        const auto type = [](const Request& request) {
            for (const Field& field : request.fields)
                if (field.name == "Content-Type") return field.value;
            return std::string();
        };
        const Request json = sent(R"({"type":{"code":"create"},"resource":"Patient","sourceId":"f"})");
        CHECK(type(json) == "application/fhir+json");
        const Request xml = sent(R"({"type":{"code":"create"},"resource":"Patient","sourceId":"f","contentType":"xml"})");
        CHECK(type(xml) == "application/fhir+xml");
        CHECK(xml.body.starts_with("<"));
        CHECK(type(sent(R"({"type":{"code":"create"},"resource":"Patient","sourceId":"f"})", Format::xml)) == "application/fhir+xml");
        const Request header = sent(R"({"type":{"code":"create"},"resource":"Patient","sourceId":"f","requestHeader":[{"field":"Content-Type","value":"text/plain"}]})");
        CHECK(header.fields.size() == 1);
        CHECK(type(header) == "text/plain");
        for (const char* without : {R"({"type":{"code":"read"},"sourceId":"f"})", R"({"type":{"code":"delete"},"sourceId":"f"})"}) {
            CHECK(sent(without).body.empty());
            CHECK(type(sent(without)) == "");
        }
        CHECK(sent(R"({"type":{"code":"update"},"resource":"Patient","params":"/other","sourceId":"f"})").body.find(R"("id":"pat")") != std::string::npos);
    }

    TEST_CASE("what was never made is not removed, and that is no error") {
        const Made made = run_text(script_with(one_fixture, R"("test":[{"id":"t","action":[{"operation":{"type":{"code":"capabilities"}}}]}],
            "teardown":{"action":[{"operation":{"type":{"code":"delete"},"targetId":"never"}},{"operation":{"type":{"code":"delete"},"resource":"Patient","params":"/1"}}]})"));
        CHECK(verdicts(made.result.teardown) == std::vector<Verdict>{Verdict::skip, Verdict::pass});
        CHECK(made.result.teardown.steps[0].message == "nothing has the id never here");
    }

    TEST_CASE("definitions that this program knows may be fixtures by their URL") {
        const Made made = run_text(R"({"resourceType":"TestScript","id":"x","fixture":[{"id":"f","resource":{"reference":"http://hl7.org/fhir/StructureDefinition/Patient"}}],
            "test":[{"id":"t","action":[{"operation":{"type":{"code":"create"},"sourceId":"f"}},{"assert":{"response":"created"}}]}]})");
        CHECK(made.result.verdict() == Verdict::pass);
        CHECK(made.server.asked[0].url == "StructureDefinition");
    }

    TEST_CASE("what the target does not offer is not tried") {
        const std::string wanted = R"("contained":[{"resourceType":"CapabilityStatement","id":"c","rest":[{"mode":"server","resource":[{"type":"Patient","interaction":[{"code":"read"},{"code":"delete"}]}]}]}],)";
        const auto text = [&](const std::string& capability) {
            return R"({"resourceType":"TestScript","id":"x",)" + wanted + R"("metadata":{"capability":[)" + capability +
                   R"(]},"test":[{"id":"t","action":[{"operation":{"type":{"code":"read"},"resource":"Patient","params":"/x"}},{"assert":{"response":"notFound"}}]}]})";
        };
        const Made required = run_text(text(R"({"required":true,"validated":false,"capabilities":"#c"})"));
        CHECK(required.result.tests[0].steps[0].verdict == Verdict::skip);
        CHECK(required.result.tests[0].steps[0].message == "the target does not offer Patient interaction delete");
        CHECK(required.result.verdict() == Verdict::skip);
        const Made validated = run_text(text(R"({"required":false,"validated":true,"capabilities":"#c"})"));
        CHECK(validated.result.verdict() == Verdict::skip);
        const Made elsewhere = run_text(text(R"({"required":true,"validated":false,"capabilities":"http://example.org/CapabilityStatement/none"})"));
        CHECK(elsewhere.result.setup.steps[0].verdict == Verdict::skip);
        CHECK(elsewhere.result.verdict() == Verdict::pass);
    }

    TEST_CASE("destinations go to their targets, and one target stands for all") {
        const std::string head = R"("destination":[{"index":1},{"index":2}],)";
        const std::string tests = R"("test":[{"id":"t","action":[{"operation":{"type":{"code":"read"},"resource":"Patient","params":"/1","destination":1}},
            {"operation":{"type":{"code":"read"},"resource":"Patient","params":"/2","destination":2}}]},
            {"id":"u","action":[{"operation":{"type":{"code":"read"},"resource":"Patient","params":"/3"}}]},
            {"id":"v","action":[{"operation":{"type":{"code":"read"},"resource":"Patient","params":"/4","destination":3}}]}])";
        const auto script = testscript::read(script_with(head, tests), "", runner::testing::knowledge());
        REQUIRE(script);
        const Judge judge(runner::testing::knowledge(), runner::testing::clock());
        const Options options;
        Server one, two;
        const Target second{.base = "http://u/fhir"};
        Setting setting{.destinations = {{0, Destination{target, std::ref(one)}}}, .judge = judge, .clock = runner::testing::clock(), .options = options};
        const Case alone = run(*script, setting);
        CHECK(one.asked.size() == 3);
        CHECK(alone.tests[1].verdict() == Verdict::pass);
        CHECK(alone.tests[2].verdict() == Verdict::error);
        setting.destinations.emplace(2, Destination{second, std::ref(two)});
        const Case both = run(*script, setting);
        CHECK(one.asked.size() == 4);
        REQUIRE(two.asked.size() == 1);
        CHECK(two.asked[0].url == "Patient/2");
        CHECK(both.tests[1].verdict() == Verdict::error);
    }

    TEST_CASE("a server that is not there is an error, and so is a fixture that is not") {
        const auto script = testscript::read(script_with(one_fixture, R"("test":[{"id":"t","action":[)" + created + "]}]"), "", runner::testing::knowledge());
        REQUIRE(script);
        const Judge judge(runner::testing::knowledge(), runner::testing::clock());
        const Options options;
        const Setting setting{.destinations = {{0, Destination{target, [](const Request& request) { return Exchange{.request = request, .response = {}, .fault = "refused"}; }}}},
                              .judge = judge, .clock = runner::testing::clock(), .options = options};
        const Case nobody = run(*script, setting);
        CHECK(verdicts(nobody.tests[0]) == std::vector<Verdict>{Verdict::error, Verdict::skip});
        CHECK(nobody.tests[0].steps[0].message == "refused");
        const Made none = run_text(R"({"resourceType":"TestScript","id":"x","fixture":[{"id":"f","resource":{"reference":"Patient/none"}}],
            "test":[{"id":"t","action":[{"assert":{"response":"okay"}}]}]})");
        CHECK(none.result.tests[0].verdict() == Verdict::error);
        CHECK(none.result.setup.steps[0].message.find("is not beside the script") != std::string::npos);
        const Made far = run_text(R"({"resourceType":"TestScript","id":"x","fixture":[{"id":"f","resource":{"reference":"http://example.org/a.json"}}],
            "test":[{"id":"t","action":[{"assert":{"response":"okay"}}]}]})");
        CHECK(far.result.tests[0].verdict() == Verdict::limit);
    }
}
