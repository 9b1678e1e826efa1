// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/write.h"

#include "hl7v2/parse.h"

#include <doctest/doctest.h>

using hl7v2::Delimiters;
using hl7v2::Draft;

TEST_SUITE("hl7v2/write") {
    TEST_CASE("what is put in any order is read back where it was put") {
        Draft draft;
        draft.begin("MSH");
        draft.put(10, "1");
        draft.put(3, "LAB");
        draft.begin("PID");
        draft.put(3, 2, 4, 2, "1.2");
        draft.put(3, 1, 1, 1, "12");
        draft.put(3, 2, 1, 1, "34");
        draft.put_null(7);
        draft.put(5, "");
        CHECK(draft.bytes() == "MSH|^~\\&|LAB|||||||1\rPID|||12~34^^^&1.2||||\"\"\r");
        const auto message = hl7v2::parse(draft.bytes());
        REQUIRE(bool(message));
        CHECK(message->at("PID-3[2].4.2").text() == "1.2");
        CHECK(message->at("PID-7").is_null());
    }

    TEST_CASE("I-18 I-19 no value begins a field, a segment or a frame") {
        for (const Delimiters& delimiters : {Delimiters{}, Delimiters{'*', '+', '@', '!', '$', '#'}}) {
            const std::string value = "a|b^c~d\\e&f*+@!$#\rOBX|1\n\x0B\x1C\r";
            Draft draft(delimiters);
            draft.begin("MSH");
            draft.put(3, value);
            draft.begin("NTE");
            draft.put(3, 2, 2, 2, value);
            const auto message = hl7v2::parse(draft.bytes());
            REQUIRE(bool(message));
            CHECK(message->size() == 2);
            CHECK(message->at("MSH-3").text() == value);
            CHECK(message->at("NTE-3[2].2.2").text() == value);
        }
    }

    TEST_CASE("numbers out of range put nothing") {
        Draft draft;
        draft.begin("PID");
        draft.put(0, "a");
        draft.put(-1, "a");
        draft.put(1'000'000'000, "a");
        draft.put(1, 0, 1, 1, "a");
        CHECK(draft.bytes() == "PID\r");
        CHECK(Draft().bytes().empty());
    }

    TEST_CASE("a message re-encoded says the same with other delimiters") {
        const auto message = hl7v2::parse("MSH|^~\\&|A\nPID|1||12^^^A&1.2~34*5|\"\"|x\\F\\y\\.br\\z||\nNTE|1||line\nmore+\n");
        REQUIRE(bool(message));
        for (const Delimiters& to : {Delimiters{}, Delimiters{'*', '+', '@', '!', '$', '\0'}}) {
            const auto again = hl7v2::parse(hl7v2::reencode(*message, to));
            REQUIRE(bool(again));
            REQUIRE(again->size() == message->size());
            CHECK(again->findings().empty());
            for (const char* place : {"PID-3[1].4.2", "PID-3[2]", "PID-4", "PID-5", "NTE-3"})
                CHECK(again->at(place).text() == message->at(place).text());
            CHECK(again->first("PID").fields() == message->first("PID").fields());
        }
    }
}
