// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/describe.h"

#include "hl7v2/parse.h"

#include <doctest/doctest.h>

TEST_SUITE("hl7v2/describe") {
    TEST_CASE("every value stands with its place") {
        const auto message = hl7v2::parse("MSH|^~\\&|A||||||ADT^A01|77|P|2.5\rPID|1||4711^^^H&1.2&ISO~12||Ng\rNTE|1\rNTE|2||a \\T\\ b\r");
        REQUIRE(message);
        const std::string text = hl7v2::describe(*message);
        CHECK(text.starts_with(R"({"message":"ADT^A01","version":"2.5","control":"77","segments":[{"segment":"MSH","values":[{"where":"MSH-1","text":"|"},)"));
        CHECK(text.find(R"({"where":"PID-3[1].1","text":"4711"},{"where":"PID-3[1].4.1","text":"H"},{"where":"PID-3[1].4.2","text":"1.2"})") != std::string::npos);
        CHECK(text.find(R"({"where":"PID-3[2]","text":"12"})") != std::string::npos);
        CHECK(text.find(R"({"where":"PID-5","text":"Ng"})") != std::string::npos);
        CHECK(text.find(R"({"segment":"NTE[2]","values":[{"where":"NTE[2]-1","text":"2"},{"where":"NTE[2]-3","text":"a & b"}]})") != std::string::npos);
    }
    TEST_CASE("what is long is cut, what is much is counted") {
        std::string bytes = "MSH|^~\\&|A||||||ORU^R01|1|P|2.5\rOBX|1|ST|x||" + std::string(5000, 'x') + "\rZZZ|";
        for (int i = 0; i < 30'000; ++i) bytes += "v~";
        const auto message = hl7v2::parse(bytes + "v\r");
        REQUIRE(message);
        const std::string text = hl7v2::describe(*message);
        CHECK(text.find(R"(","cut":true})") != std::string::npos);
        CHECK(text.find(R"(,"more":10)") != std::string::npos);
    }
}
