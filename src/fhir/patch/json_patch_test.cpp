// SPDX-License-Identifier: Apache-2.0
#include "fhir/patch/json_patch.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace fhir::patch;
using base::Fault;

namespace {

base::Result<std::string> changed(std::string_view document, std::string_view patch) {
    TRY(JsonValue value, read_value(document));
    TRY(auto operations, read_json_patch(patch));
    TRY(value, apply(std::move(value), std::move(operations)));
    return write_value(value);
}

std::string after(std::string_view document, std::string_view patch) {
    auto result = changed(document, patch);
    return result ? *result : "fault: " + result.fault().text;
}

Fault::Kind kind(std::string_view document, std::string_view patch) {
    auto result = changed(document, patch);
    REQUIRE_MESSAGE(!result, std::string(patch));
    return result.fault().kind;
}

std::string pruned(std::string_view document, std::string_view patch) {
    auto value = read_value(document);
    auto operations = read_json_patch(patch);
    REQUIRE((value && operations));
    auto result = apply(*std::move(value), *std::move(operations));
    REQUIRE(result);
    prune(*result);
    return write_value(*result);
}

}  // namespace

TEST_SUITE("fhir/patch/json_patch") {
    TEST_CASE("add puts members, items and last items in their places") {
        CHECK(after(R"({"a":1})", R"([{"op":"add","path":"/b","value":[2]}])") == R"({"a":1,"b":[2]})");
        CHECK(after(R"({"a":1})", R"([{"op":"add","path":"/a","value":2}])") == R"({"a":2})");
        CHECK(after(R"({"a":["x","z"]})", R"([{"op":"add","path":"/a/1","value":"y"}])") == R"({"a":["x","y","z"]})");
        CHECK(after(R"({"a":["x"]})", R"([{"op":"add","path":"/a/1","value":"y"}])") == R"({"a":["x","y"]})");
        CHECK(after(R"({"a":["x"]})", R"([{"op":"add","path":"/a/-","value":"y"}])") == R"({"a":["x","y"]})");
        CHECK(after(R"({"a":1})", R"([{"op":"add","path":"","value":[]}])") == "[]");
        CHECK(kind(R"({"a":["x"]})", R"([{"op":"add","path":"/a/2","value":"y"}])") == Fault::Kind::invalid);
        CHECK(kind(R"({"a":1})", R"([{"op":"add","path":"/b/c","value":1}])") == Fault::Kind::invalid);
        CHECK(kind(R"({"a":1})", R"([{"op":"add","path":"/a/c","value":1}])") == Fault::Kind::invalid);
    }
    TEST_CASE("remove and replace need something to be there") {
        CHECK(after(R"({"a":1,"b":2})", R"([{"op":"remove","path":"/a"}])") == R"({"b":2})");
        CHECK(after(R"({"a":[1,2,3]})", R"([{"op":"remove","path":"/a/1"}])") == R"({"a":[1,3]})");
        CHECK(after(R"({"a":1,"b":2})", R"([{"op":"replace","path":"/a","value":{"c":null}}])") == R"({"a":{"c":null},"b":2})");
        CHECK(after("[1,2]", R"([{"op":"replace","path":"/1","value":7}])") == "[1,7]");
        for (const char* path : {"/b", "/a/0", "/a/x"}) {
            CHECK(kind(R"({"a":{}})", std::string(R"([{"op":"remove","path":")") + path + "\"}]") == Fault::Kind::invalid);
            CHECK(kind(R"({"a":{}})", std::string(R"([{"op":"replace","value":1,"path":")") + path + "\"}]") == Fault::Kind::invalid);
        }
        CHECK(kind("[1]", R"([{"op":"remove","path":"/-"}])") == Fault::Kind::invalid);
        CHECK(kind("[1,2]", R"([{"op":"remove","path":"/01"}])") == Fault::Kind::invalid);
        CHECK(kind("[1,2]", R"([{"op":"remove","path":"/1e0"}])") == Fault::Kind::invalid);
        CHECK(kind("[1,2]", R"([{"op":"remove","path":"/-1"}])") == Fault::Kind::invalid);
    }
    TEST_CASE("move and copy take from where they say") {
        CHECK(after(R"({"a":{"b":1},"c":{}})", R"([{"op":"move","from":"/a/b","path":"/c/d"}])") == R"({"a":{},"c":{"d":1}})");
        CHECK(after("[1,2,3,4]", R"([{"op":"move","from":"/1","path":"/3"}])") == "[1,3,4,2]");
        CHECK(after("[1,2]", R"([{"op":"move","from":"/0","path":"/0"}])") == "[1,2]");
        CHECK(after(R"({"a":[1]})", R"([{"op":"copy","from":"/a","path":"/a/0"}])") == R"({"a":[[1],1]})");
        CHECK(kind(R"({"a":{"b":1}})", R"([{"op":"move","from":"/a","path":"/a/b"}])") == Fault::Kind::malformed);
        CHECK(kind("[1]", R"([{"op":"move","from":"/1","path":"/0"}])") == Fault::Kind::invalid);
    }
    TEST_CASE("test compares numbers by value, strings by characters, objects in any order") {
        const auto same = [](const char* a, const char* b) {
            const auto result = changed(a, std::string(R"([{"op":"test","path":"","value":)") + b + "}]");
            return static_cast<bool>(result);
        };
        CHECK(same("1", "1.0"));
        CHECK(same("100", "1e2"));
        CHECK(same("0.5", "5E-1"));
        CHECK(same("0", "-0.00e9"));
        CHECK(same("12345678901234567890.10", "12345678901234567890.1"));
        CHECK_FALSE(same("12345678901234567890", "12345678901234567891"));
        CHECK_FALSE(same("1", "-1"));
        CHECK_FALSE(same("10", "\"10\""));
        CHECK_FALSE(same("1e999999999999999999999", "2"));
        CHECK(same(R"("A\u00e9\ud83d\ude00")", "\"Aé😀\""));
        CHECK(same(R"({"a":1,"b":[1,2]})", R"({"b":[1,2],"a":1})"));
        CHECK_FALSE(same("[1,2]", "[2,1]"));
        CHECK_FALSE(same(R"({"a":1})", R"({"a":1,"b":2})"));
        CHECK_FALSE(same("null", "false"));
    }
    TEST_CASE("numbers keep their text") {
        CHECK(after(R"({"a":1.00})", R"([{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/c","value":1E+5}])") ==
              R"({"a":1.00,"b":1.00,"c":1E+5})");
    }
    TEST_CASE("pointers know their two escapes and nothing else") {
        CHECK(after(R"({"a/b":1,"m~n":2,"~1":3})", R"([{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/m~0n"},{"op":"test","path":"/~01","value":3}])") ==
              R"({"~1":3})");
        CHECK(after(R"({"":1})", R"([{"op":"replace","path":"/","value":2}])") == R"({"":2})");
        for (const char* path : {"a", "/a~", "/a~2", "#/a"})
            CHECK(kind("{}", std::string(R"([{"op":"remove","path":")") + path + "\"}]") == Fault::Kind::invalid);
    }
    TEST_CASE("all or nothing, and members that nobody knows are ignored") {
        CHECK(kind(R"({"a":1})", R"([{"op":"remove","path":"/a"},{"op":"test","path":"/a","value":1}])") == Fault::Kind::invalid);
        CHECK(after("{}", R"([{"op":"add","path":"/a","value":1,"spelling":"odd"}])") == R"({"a":1})");
        CHECK(after("{}", "[]") == "{}");
    }
    TEST_CASE("what is no patch is malformed") {
        for (const char* patch : {"", "{}", "null", "[1]", "[{}]", R"([{"op":"add"}])", R"([{"op":"add","path":"/a"}])", R"([{"op":"merge","path":"/a"}])",
                                  R"([{"op":"move","path":"/a"}])", R"([{"op":1,"path":"/a"}])", R"([{"op":"add","path":7,"value":1}])", "[",
                                  R"([{"op":"remove","op":"remove","path":"/a"}])", "[] x", "[1,]", R"(["\ud800"])", R"(["\u0000"])", "[01]", "[1.]", "[+1]", "[\"\x01\"]"})
            CHECK_MESSAGE(kind("{}", patch) == Fault::Kind::malformed, patch);
    }
    TEST_CASE("small patches cannot make large work") {
        std::string doubling = R"([{"op":"add","path":"/a","value":[1]})";
        for (int i = 0; i < 40; ++i) doubling += R"(,{"op":"copy","from":"/a","path":"/a/-"})";
        CHECK(kind("{}", doubling + "]") == Fault::Kind::too_large);
        std::string deeper = R"([{"op":"add","path":"/a","value":{}})";
        for (int i = 0; i < 200; ++i) deeper += R"(,{"op":"move","from":"/a","path":"/b"},{"op":"add","path":"/a","value":{}},{"op":"move","from":"/b","path":"/a/b"})";
        CHECK(kind("{}", deeper + "]") == Fault::Kind::too_large);
        std::string many = "[";
        for (std::size_t i = 0; i <= most_operations; ++i) many += R"({"op":"test","path":"","value":{}},)";
        many.back() = ']';
        CHECK(kind("{}", many) == Fault::Kind::too_large);
        CHECK(kind("{}", std::string(10'000, '[')) == Fault::Kind::too_large);
    }
    TEST_CASE("what a patch empties is pruned, what was sent empty is not") {
        CHECK(pruned(R"({"name":[{"family":"Ng"}],"a":1})", R"([{"op":"remove","path":"/name/0/family"}])") == R"({"a":1})");
        CHECK(pruned(R"({"name":[{"family":"Ng"},{"text":"x"}]})", R"([{"op":"remove","path":"/name/0/family"}])") == R"({"name":[{"text":"x"}]})");
        CHECK(pruned(R"({"name":[1]})", R"([{"op":"remove","path":"/name/0"},{"op":"add","path":"/name/-","value":2}])") == R"({"name":[2]})");
        CHECK(pruned(R"({"given":["a","b"],"_given":[null,{"id":"x"}]})", R"([{"op":"remove","path":"/_given/1/id"}])") == R"({"given":["a","b"]})");
        CHECK(pruned(R"({"given":["a","b"],"_given":[{"id":"y"},{"id":"x"}]})", R"([{"op":"remove","path":"/_given/0/id"}])") ==
              R"({"given":["a","b"],"_given":[null,{"id":"x"}]})");
        CHECK(pruned("{}", R"([{"op":"add","path":"/a","value":[]}])") == R"({"a":[]})");
    }
    TEST_CASE("the suite of FHIR for JSON Patch, where it is present") {
        const char* shared = std::getenv("ANDIRON_SHARED");
        std::string text;
        for (const std::string& folder : {std::string(shared == nullptr ? "" : shared), std::string(ANDIRON_SOURCE_DIR "/../shared"), std::string(ANDIRON_SOURCE_DIR "/../../shared")}) {
            std::ifstream file(folder + "/suites/patch/json-patch-tests.json");
            if (text.empty() && file) text.assign(std::istreambuf_iterator<char>(file), {});
        }
        if (text.empty()) {
            MESSAGE("not here: nothing done");
            return;
        }
        auto cases = read_value(text);
        REQUIRE(cases);
        CHECK(cases->children.size() > 10);
        for (JsonValue& one : cases->children) {
            const std::string name = one.member("comment")->text;
            auto operations = read_json_patch(write_value(*one.member("patch")));
            REQUIRE_MESSAGE(operations, name);
            const auto result = apply(*one.member("doc"), *std::move(operations));
            const JsonValue* expected = one.member("expected");
            CHECK_MESSAGE(static_cast<bool>(result) == (expected != nullptr), name);
            if (result && expected != nullptr) CHECK_MESSAGE(equal(*result, *expected), name);
        }
    }
}
