// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"

#include <doctest/doctest.h>

using namespace fhir;
using codec::read_json;
using codec::to_json;

namespace {

const Names names;

std::string round_trip(std::string_view json) {
    auto document = read_json(json, names);
    REQUIRE_MESSAGE(document, document.fault().text);
    return to_json(document->root());
}
std::string refused(std::string_view json) {
    auto document = read_json(json, names);
    REQUIRE_FALSE(document);
    CHECK(document.fault().kind == base::Fault::Kind::malformed);
    return document.fault().text;
}
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE("fhir/codec/json") {
    TEST_CASE("what was read is written again, byte for byte when it was minified") {
        for (const char* json : {
                 R"({"resourceType":"Patient","id":"p","active":true,"name":[{"family":"Ng","given":["A","B"]}]})",
                 R"({"resourceType":"Observation","valueQuantity":{"value":1.00,"unit":"mg"}})",
                 R"({"resourceType":"Patient","birthDate":"1970","_birthDate":{"extension":[{"url":"u","valueCode":"x"}]}})",
                 R"({"resourceType":"Patient","name":[{"given":["A",null,"C"],"_given":[null,{"id":"g"},null]}]})",
                 R"({"resourceType":"Patient","deceasedBoolean":false,"_birthDate":{"id":"b"}})",
                 R"({"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"}],"text":{"div":"<div>\"a\\b\"</div>"}})",
                 R"({"resourceType":"ExampleScenario","instance":[{"resourceId":"a","resourceType":"Patient"}]})",
                 R"({"shoe":{"size":44}})"})
            CHECK(round_trip(json) == json);
    }
    TEST_CASE("C-07 numbers keep their text, whatever their size and form") {
        for (const char* number : {"0", "-0", "1.0", "1.00", "1E5", "0.00000000000000000000000000000000000000001",
                                   "1234567890123456789012345678901234567890", "128.7486e-300"})
            CHECK(round_trip(std::string(R"({"a":)") + number + "}") == std::string(R"({"a":)") + number + "}");
    }
    TEST_CASE("C-07 a number that no decimal of 64 bits reaches is a wrong value") {
        const auto document = read_json(R"({"resourceType":"Observation","valueQuantity":{"value":1e400}})", names);
        REQUIRE_FALSE(document);
        CHECK(document.fault().type == base::IssueType::value);
    }
    TEST_CASE("C-01 depth is bounded") {
        CHECK(has(refused(std::string(500'000, '[')), "a resource is an object"));
        std::string deep = R"({"resourceType":"Patient")";
        for (int i = 0; i < 500'000; ++i) deep += R"(,"extension":[{"url":"u")";
        CHECK(has(refused(deep), "nested too deep"));
        CHECK(read_json(deep, names).fault().type == base::IssueType::structure);
    }
    TEST_CASE("C-02 a text cut off anywhere is refused") {
        const std::string json =
            R"({"resourceType":"Patient","active":true,"_birthDate":{"id":"b"},"name":[{"given":["A",null],"_given":[null,{"id":"g"}]}],"n":1.5})";
        for (std::size_t i = 0; i < json.size(); ++i) CHECK_FALSE(read_json(json.substr(0, i), names));
        CHECK(read_json(json, names));
    }
    TEST_CASE("C-03 the whole input is one object") {
        refused(R"({"a":1}x)");
        refused(std::string_view("{\"a\":1}\0junk", 12));
        refused(R"({"a":1}{"b":1})");
    }
    TEST_CASE("C-04 a property stands once") {
        CHECK(has(refused(R"({"id":"a","id":"b"})"), "stands twice"));
        CHECK(has(refused(R"({"resourceType":"Patient","resourceType":"Patient"})"), "stands twice"));
        CHECK(has(refused(R"({"_a":{"id":"1"},"a":"x","_a":{"id":"2"}})"), "stands twice"));
        std::string many = "{";
        for (int i = 0; i < 100'000; ++i) many += "\"k" + std::to_string(i) + "\":1,";
        refused(many + "\"k7\":1}");
    }
    TEST_CASE("C-05 UTF-8 only; a byte order mark is passed over") {
        refused("{\"a\":\"\xFF\"}");
        refused("{\"a\":\"\xC0\x80\"}");
        refused(R"({"a":"\ud800"})");
        CHECK(round_trip("\xEF\xBB\xBF{\"a\":\"\xC3\xBC\"}") == "{\"a\":\"\xC3\xBC\"}");
        CHECK(round_trip(R"({"a":"\u00fc\ud83d\ude00"})") == "{\"a\":\"\xC3\xBC\xF0\x9F\x98\x80\"}");
    }
    TEST_CASE("C-06 control characters do not come in, not even escaped") {
        refused(R"({"a":"\u0000"})");
        refused(R"({"a":"x\u001fy"})");
        refused("{\"a\":\"x\ny\"}");
        CHECK(round_trip(R"({"a":"x\t\n\r\"\\\/y"})") == R"({"a":"x\t\n\r\"\\/y"})");
    }
    TEST_CASE("C-08 C-09 what is not JSON is refused") {
        for (const char* value : {"NaN", "Infinity", "01", ".5", "1.", "+1", "'a'", "[1,]", "/*c*/1", "1e400", "tru"})
            refused(std::string(R"({"a":)") + value + "}");
        refused(R"({"a":1,})");
    }
    TEST_CASE("C-06 raw control characters do not come in, wherever they stand in a string") {
        for (std::size_t at = 0; at < 40; ++at)
            for (char c = 0; c < 0x20; ++c) {
                std::string text(40, 'x');
                text[at] = c;
                CHECK_FALSE(read_json(R"({"a":")" + text + R"("})", names));
            }
    }
    TEST_CASE("C-05 half of a surrogate pair is no character, a whole one is") {
        for (const char* text : {"\\ude00", "\\uDC00x", "\\ud83d", "\\ud83dx", "\\ud83d\\ud83d"})
            CHECK_FALSE(read_json(std::string(R"({"a":")") + text + R"("})", names));
        CHECK(round_trip(R"({"a":"\ud83d\ude00"})") == "{\"a\":\"\xF0\x9F\x98\x80\"}");
    }
    TEST_CASE("a name that would be markup where it is written is refused") {
        for (const char* json : {R"({"a\":1,\"b":1})", R"({"a\b":1})", R"({"a><b":1})", R"({"_a\"":{"id":"x"}})", R"({"":1})", R"({"a b":1})",
                                 R"({"\u0008":1})", R"({"__a":{"id":"x"}})"})
            CHECK(has(refused(json), "a property's name holds"));
        for (const char* json : {R"({"resourceType":"a\":1"})", R"({"resourceType":"Patient","contained":[{"resourceType":"a><b"}]})"})
            CHECK(has(refused(json), "no name of a resource type"));
        CHECK(read_json(R"({"a-b.c_9":1})", names));
    }
    TEST_CASE("C-10 the top is an object") {
        for (const char* json : {"", "  \n", "[]", "null", "\"a\"", "1", "true"}) refused(json);
    }
    TEST_CASE("C-12 C-13 C-14 shapes that FHIR forbids are refused with their place") {
        refused(R"({"a":null})");
        refused(R"({"a":["x",null]})");
        refused(R"({"a":[]})");
        refused(R"({"a":{}})");
        refused(R"({"a":""})");
        refused(R"({"a":[["x"]]})");
        refused(R"({"_a":"x"})");
        refused(R"({"a":["x"],"_a":{"id":"1"}})");
        refused(R"({"a":"x","_a":[{"id":"1"}]})");
        refused(R"({"a":["x","y"],"_a":[{"id":"1"}]})");
        refused(R"({"a":["x"],"_a":[{"id":"1"},{"id":"2"}]})");
        refused(R"({"a":{"b":1},"_a":{"id":"1"}})");
        refused(R"({"_a":[null]})");
        const auto document = read_json("{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"x\"},{\"given\":[\"a\",\n\"\"]}]}", names);
        REQUIRE_FALSE(document);
        CHECK(document.fault().where == "Patient.name[1].given[1]");
        CHECK(document.fault().findings[0].line == 2);
    }
    TEST_CASE("a twin may stand before its value") {
        const auto a = read_json(R"({"_a":[null,{"id":"1"}],"a":["x",null]})", names);
        const auto b = read_json(R"({"a":["x",null],"_a":[null,{"id":"1"}]})", names);
        REQUIRE(a);
        REQUIRE(b);
        CHECK(equal(a->root(), b->root()));
    }
    TEST_CASE("a stamped resource carries id, version and time in front, and nothing the client said about them") {
        const auto document = read_json(
            R"({"id":"old","resourceType":"Patient","meta":{"versionId":"99","profile":["p"],"_lastUpdated":{"id":"l"}},"active":true})", names);
        REQUIRE(document);
        const codec::Stampable stampable(document->root(), "new");
        CHECK(stampable.stamped(3, 1'714'564'800'123'456) ==
              R"({"resourceType":"Patient","id":"new","meta":{"versionId":"3","lastUpdated":"2024-05-01T12:00:00.123Z","profile":["p"]},"active":true})");
        const auto bare = read_json(R"({"resourceType":"Basic"})", names);
        CHECK(codec::Stampable(bare->root(), "b").stamped(1, 0) ==
              R"({"resourceType":"Basic","id":"b","meta":{"versionId":"1","lastUpdated":"1970-01-01T00:00:00.000Z"}})");
    }
    TEST_CASE("a resource with long texts is stamped as any other, whether they need escapes or not") {
        for (const std::string& first : {std::string(long_text, 'x'), std::string(long_text, '\n')}) {
            Builder build(names);
            build.resource("Binary");
            build.value("id"_name, "b");
            build.open("meta"_name);
            build.value("versionId"_name, "1");
            build.value("lastUpdated"_name, "1970-01-01T00:00:00.000Z");
            build.close();
            build.value(build.name("data"), first);
            build.value(build.name("contentType"), "text/plain");
            build.value(build.name("also"), std::string(long_text, 'y'), Kind::string, true);
            build.value(build.name("also"), "short", Kind::string, true);
            const Document document = std::move(build).finish();
            const bool same = codec::Stampable(document.root(), "b").stamped(1, 0) == codec::to_json(document.root());
            CHECK(same);
        }
    }
    TEST_CASE("pretty is the same, for people") {
        const auto document = read_json(R"({"resourceType":"Patient","name":[{"given":["A"]}]})", names);
        CHECK(codec::to_pretty_json(document->root()) ==
              "{\n  \"resourceType\": \"Patient\",\n  \"name\": [\n    {\n      \"given\": [\n        \"A\"\n      ]\n    }\n  ]\n}\n");
    }
    TEST_CASE("many extensions without a value keep their order and find their values") {
        std::string json = R"({"resourceType":"Patient")";
        for (int i = 0; i < 40; ++i) {
            const std::string name = "made" + std::to_string(i);
            if (i % 3 != 0) json += ",\"" + name + "\":\"v\"";
            json += ",\"_" + name + "\":{\"id\":\"i" + std::to_string(i) + "\"}";
        }
        auto document = read_json(json + "}", names);
        REQUIRE(document);
        int seen = 0;
        for (View child : document->root().children()) {
            const int number = std::stoi(std::string(child.name_text().substr(4)));
            CHECK(child.text("id"_name) == "i" + std::to_string(number));
            CHECK(child.text() == (number % 3 != 0 ? "v" : ""));
            ++seen;
        }
        CHECK(seen == 40);
    }
    TEST_CASE("more unknown names than there are numbers are refused, and the text says so") {
        std::string json = R"({"resourceType":"Patient")";
        for (int i = 0; i < 33'000; ++i) json += ",\"n" + std::to_string(i) + "\":1";
        CHECK(has(refused(json + "}"), "more than 32,000 names"));
    }
}
