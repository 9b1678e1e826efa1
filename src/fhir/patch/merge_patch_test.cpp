// SPDX-License-Identifier: Apache-2.0
#include "fhir/patch/merge_patch.h"

#include <doctest/doctest.h>

using namespace fhir::patch;

namespace {
std::string after(std::string_view target, std::string_view patch, bool pruned = false) {
    auto one = read_value(target), other = read_value(patch);
    REQUIRE((one && other));
    JsonValue result = merged(*std::move(one), *other);
    if (pruned) prune(result);
    return write_value(result);
}
}  // namespace

TEST_SUITE("fhir/patch/merge_patch") {
    TEST_CASE("members are merged, null takes away, everything else replaces") {
        CHECK(after(R"({"a":"b"})", R"({"a":"c"})") == R"({"a":"c"})");
        CHECK(after(R"({"a":"b"})", R"({"b":"c"})") == R"({"a":"b","b":"c"})");
        CHECK(after(R"({"a":"b","b":"c"})", R"({"a":null})") == R"({"b":"c"})");
        CHECK(after(R"({"a":["b"]})", R"({"a":"c"})") == R"({"a":"c"})");
        CHECK(after(R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})") == R"({"a":{"b":"d"}})");
        CHECK(after(R"({"a":[{"b":"c"}]})", R"({"a":[1]})") == R"({"a":[1]})");
        CHECK(after(R"({"a":"foo"})", "null") == "null");
        CHECK(after(R"({"a":"foo"})", "\"bar\"") == "\"bar\"");
        CHECK(after(R"({"e":null})", R"({"a":1.00})") == R"({"e":null,"a":1.00})");
        CHECK(after("[1,2]", R"({"a":"b","c":null})") == R"({"a":"b"})");
        CHECK(after("{}", R"({"a":{"bb":{"ccc":null}}})") == R"({"a":{"bb":{}}})");
    }
    TEST_CASE("what is emptied is pruned, in new elements too") {
        CHECK(after(R"({"a":{"b":"c"},"d":1})", R"({"a":{"b":null}})", true) == R"({"d":1})");
        CHECK(after(R"({"d":1})", R"({"a":{"bb":{"ccc":null}}})", true) == R"({"d":1})");
        CHECK(after(R"({"d":1})", R"({"a":{}})", true) == R"({"d":1,"a":{}})");
    }
}
