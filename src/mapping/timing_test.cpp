// SPDX-License-Identifier: Apache-2.0
#include "mapping/timing.h"

#include "mapping/convert.h"

#include <doctest/doctest.h>

using namespace mapping;

TEST_SUITE("mapping/timing") {

TEST_CASE("a repeat pattern says how often within how long") {
    const auto said = [](std::string_view code) {
        return convert(Conversion::frequency, code, "").value_or("-") + "/" + convert(Conversion::period, code, "").value_or("-") + " " +
               convert(Conversion::period_unit, code, "").value_or("-");
    };
    CHECK(said("BID") == "2/1 d");
    CHECK(said("5ID") == "5/1 d");
    CHECK(said("Q6H") == "1/6 h");
    CHECK(said("q30m") == "1/30 min");
    CHECK(said("Q2L") == "1/2 mo");
    CHECK(said("Q1J135") == "1/1 wk");
    CHECK(said("QOD") == "1/2 d");
    for (const char* unknown : {"", "C", "PRN", "Once", "U 5 * * *", "Q", "QH3", "Q0H", "Q99999H", "ID", "Q6X"}) {
        CAPTURE(unknown);
        CHECK_FALSE(repeat_pattern(unknown));
    }
}

TEST_CASE("a duration has its number and its unit") {
    CHECK(convert(Conversion::span, "D4", "") == "4");
    CHECK(convert(Conversion::span_unit, "D4", "") == "d");
    CHECK(convert(Conversion::span_unit, "M30", "") == "min");
    CHECK(convert(Conversion::span, "1.5 hours", "") == "1.5");
    CHECK(convert(Conversion::span_unit, "1.5 hours", "") == "h");
    CHECK(convert(Conversion::span_times, "X3", "") == "3");
    CHECK_FALSE(convert(Conversion::span_times, "X", ""));
    for (const char* unknown : {"", "INDEF", "T", "X3", "D", "4", "D4.5", "4 boxes", ".d"}) {
        CAPTURE(unknown);
        CHECK_FALSE(span(unknown));
    }
}

TEST_CASE("a duration in minutes is whole and at least one") {
    CHECK(minutes("60 s") == "1");
    CHECK(minutes("2 h") == "120");
    CHECK(minutes("50 min") == "50");
    CHECK(minutes("50") == "50");
    CHECK(minutes("1.5 HR") == "90");
    for (const char* unknown : {"", "x", "30 s", "0", "-5 min", "1 mo", "99999999999 min"}) {
        CAPTURE(unknown);
        CHECK_FALSE(minutes(unknown));
    }
}

TEST_CASE("a time and what follows it keep zone and calendar") {
    CHECK(later("20240228233000+0100 45 min", "Z") == "2024-02-29T00:15:00+01:00");
    CHECK(later("202312312359 2", "-05:00") == "2024-01-01T00:01:00-05:00");
    CHECK(later("20210924093000.25+0215 1 wk", "Z") == "2021-10-01T09:30:00.25+02:15");
    CHECK(later("19691231 90 s", "Z") == "1969-12-31T00:01:30Z");
    for (const char* unknown : {"", "20240230 5 min", "202402 5 min", "20240201", "20240201 5 mo", "99991231235959 1 wk"}) {
        CAPTURE(unknown);
        CHECK_FALSE(later(unknown, "Z"));
    }
}

}
