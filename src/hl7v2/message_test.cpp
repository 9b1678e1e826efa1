// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/parse.h"

#include <doctest/doctest.h>

using hl7v2::Message;
using hl7v2::parse;

namespace {

Message good(std::string bytes) {
    auto read = parse(std::move(bytes));
    REQUIRE_MESSAGE(bool(read), (read ? std::string() : read.fault().text));
    return *std::move(read);
}

const std::string header = "MSH|^~\\&|LAB|HOSP|EHR|HOSP|20240102030405||ORU^R01^ORU_R01|77|P|2.5.1\r";

}  // namespace

TEST_SUITE("hl7v2/message") {
    TEST_CASE("a repeated identifier is reached by its number") {
        const auto message = good(header + "PID|1||12^^^A~34^^^B&1.2&ISO\r");
        const auto field = message.first("PID").field(3);
        CHECK(field.repetition(2).component(1).text() == "34");
        CHECK(field.repetition(2).component(4).subcomponent(2).text() == "1.2");
        CHECK(field.component(4).text() == "A");
        CHECK(field.repetitions().size() == 2);
        CHECK(message.at("PID-3[2].4.3").raw() == "ISO");
    }

    TEST_CASE("what is absent reads as empty") {
        const auto message = good(header + "PID|1||12\r");
        CHECK(message.first("ZZZ").field(1).empty());
        CHECK_FALSE(message.first("ZZZ"));
        CHECK(message.first("PID").field(99).component(2).subcomponent(3).empty());
        CHECK(message.first("PID").field(0).empty());
        CHECK(message.first("PID").field(-1).empty());
        CHECK(message.first("PID").field(3).repetition(2).empty());
        CHECK(message.first("PID").field(2).repetitions().size() == 0);
        CHECK(message.segment(17).name() == "");
        CHECK(message.at("no location").empty());
    }

    TEST_CASE("MSH counts its separator as field 1") {
        const auto message = good(header);
        CHECK(message.header().field(1).text() == "|");
        CHECK(message.header().field(2).text() == "^~\\&");
        CHECK(message.header().field(2).component(1).raw() == "^~\\&");
        CHECK(message.header().field(2).repetitions().size() == 1);
        CHECK(message.header().field(3).text() == "LAB");
        CHECK(message.header().field(12).text() == "2.5.1");
        CHECK(message.header().fields() == 12);
        CHECK(message.type() == "ORU");
        CHECK(message.event() == "R01");
        CHECK(message.structure() == "ORU_R01");
        CHECK(message.control_id() == "77");
    }

    TEST_CASE("the sender's delimiters are honoured") {
        const auto message = good("MSH$*+!@$A$B\rPID$1$$x*y@z+w!S!v\r");
        CHECK(message.first("PID").field(3).repetition(2).text() == "w*v");
        CHECK(message.first("PID").field(3).component(2).subcomponent(2).text() == "z");
    }

    TEST_CASE("a coarser view gives its first part, a finer one is its own first part") {
        const auto message = good(header + "PID|a&b^c~d\r");
        const auto field = message.first("PID").field(1);
        CHECK(field.subcomponent(2).text() == "b");
        CHECK(field.component(2).component(1).text() == "c");
        CHECK(field.component(2).component(2).empty());
        CHECK(field.component(2).repetition(1).text() == "c");
        int count = 0;
        for (const auto& each : field.component(1).subcomponents()) {
            CHECK(each.raw() == (count == 0 ? "a" : "b"));
            ++count;
        }
        CHECK(count == 2);
    }

    TEST_CASE("empty parts in the middle are counted, and null is not empty") {
        const auto message = good(header + "PID|a~~b|\"\"|\r");
        CHECK(message.first("PID").field(1).repetitions().size() == 3);
        CHECK(message.first("PID").field(1).repetition(2).empty());
        CHECK(message.first("PID").field(2).is_null());
        CHECK_FALSE(message.first("PID").field(2).empty());
        CHECK(message.first("PID").fields() == 3);
    }

    TEST_CASE("views stay good when the message moves") {
        auto message = good("MSH|^~\\&|A\r");
        const auto field = message.header().field(3);
        const Message moved = std::move(message);
        CHECK(field.text() == "A");
        CHECK(moved.size() == 1);
    }

    TEST_CASE("a truncated field says so only when the sender declared the character") {
        CHECK(good("MSH|^~\\&#|A#|B\r").at("MSH-3").truncated());
        CHECK_FALSE(good("MSH|^~\\&#|A#|B\r").at("MSH-4").truncated());
        CHECK_FALSE(good("MSH|^~\\&|A#|B\r").at("MSH-3").truncated());
        CHECK(good("MSH|^~\\&#|A\\P\\\r").at("MSH-3").text() == "A#");
    }

    TEST_CASE("segments know which of their name they are") {
        const auto message = good(header + "NTE|1\rOBX|1\rNTE|2\r");
        CHECK(message.segment(3).sequence() == 2);
        CHECK(message.segment(2).sequence() == 1);
        CHECK(message.all("NTE").size() == 2);
        CHECK(message.at("NTE[2]-1").raw() == "2");
    }

    TEST_CASE("a location is read as it is written, and nothing else is one") {
        for (const char* text : {"PID", "PID-3", "PID-3[2]", "PID-3[2].1", "OBX[4]-5", "OBX[4]-5[1].2.3"})
            CHECK(hl7v2::Location::read(text).value().text() == text);
        for (const char* text : {"", "PI", "pid-3", "PID-", "PID-0", "PID-3[", "PID-3[]", "Patient.name", "PID-3.", "PID-3 "})
            CHECK_FALSE(hl7v2::Location::read(text).has_value());
        CHECK(hl7v2::Location::read("PID-99999999999999999999") == std::nullopt);
    }
}
