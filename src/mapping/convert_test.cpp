// SPDX-License-Identifier: Apache-2.0
#include "mapping/convert.h"

#include <doctest/doctest.h>

using namespace mapping;

TEST_SUITE("mapping/convert") {

TEST_CASE("I-23: a time keeps the precision that was sent") {
    CHECK(to_date_time("2024", "Z") == "2024");
    CHECK(to_date_time("202402", "Z") == "2024-02");
    CHECK(to_date_time("20240229", "Z") == "2024-02-29");
    CHECK(to_date_time("2024022913", "Z") == "2024-02-29T13:00:00Z");
    CHECK(to_date_time("20240229130501.25-0500", "Z") == "2024-02-29T13:05:01.25-05:00");
}

TEST_CASE("a time without a zone takes the zone it is given") {
    CHECK(to_date_time("202402291305", "+02:00") == "2024-02-29T13:05:00+02:00");
    CHECK(to_date_time("20240229", "+02:00") == "2024-02-29");
    CHECK(zone_of("20240501120000+0530") == "+05:30");
    CHECK_FALSE(zone_of("20240501120000"));
}

TEST_CASE("I-23: a day that no calendar has gives nothing") {
    for (const char* wrong : {"20240230", "20230229", "20241301", "20240100", "99", "0000", "2024022", "20240229250000", "20240229126000",
                              "20240229120000+9999", "20240229120000.", "2024-02-29", "yesterday", "", "2024022912000000000000000000000000000000"})
        CHECK_FALSE_MESSAGE(to_date_time(wrong, "Z"), wrong);
    CHECK_FALSE(to_date_time("19000229", "Z"));
    CHECK(to_date_time("20000229", "Z") == "2000-02-29");
}

TEST_CASE("a date drops the time and an instant needs the day") {
    CHECK(to_date("19390325000000") == "1939-03-25");
    CHECK(to_instant("20240501", "Z") == "2024-05-01T00:00:00Z");
    CHECK_FALSE(to_instant("202405", "Z"));
    CHECK(to_time("1530+0200") == "15:30:00");
    CHECK_FALSE(to_time("2460"));
}

TEST_CASE("a number is written as FHIR writes it and keeps its trailing zeros") {
    CHECK(to_decimal("230.00") == "230.00");
    CHECK(to_decimal("+007.5") == "7.5");
    CHECK(to_decimal("-.5") == "-0.5");
    CHECK(to_decimal("5.") == "5");
    for (const char* wrong : {"", ".", "-", "1e5", "1,5", "5 mg", "--5", "0x10"}) CHECK_FALSE_MESSAGE(to_decimal(wrong), wrong);
}

TEST_CASE("a reference range has both bounds or the one it names") {
    CHECK(convert(Conversion::low, "[ 0.04 - 0.40 ]", "") == "0.04");
    CHECK(convert(Conversion::high, "[ 0.04 - 0.40 ]", "") == "0.40");
    CHECK(convert(Conversion::low, "-5--1", "") == "-5");
    CHECK(convert(Conversion::high, "-5--1", "") == "-1");
    CHECK_FALSE(convert(Conversion::low, "< 0.21", ""));
    CHECK(convert(Conversion::high, "< 0.21", "") == "0.21");
    CHECK(convert(Conversion::low, ">=60", "") == "60");
    CHECK_FALSE(convert(Conversion::low, "neg - pos", ""));
    CHECK_FALSE(convert(Conversion::high, "10 - high", ""));
}

TEST_CASE("a comparator is only one before a number") {
    CHECK(convert(Conversion::comparator, "<5", "") == "<");
    CHECK(convert(Conversion::comparator, ">= 5", "") == ">=");
    CHECK(convert(Conversion::number_part, ">= 5", "") == "5");
    CHECK_FALSE(convert(Conversion::comparator, "<5 mg", ""));
    CHECK_FALSE(convert(Conversion::comparator, "5", ""));
}

TEST_CASE("bytes come as base64 or not at all") {
    CHECK(convert(Conversion::plain64, "SGVs\nbG8=", "") == "SGVsbG8=");
    CHECK(convert(Conversion::hex64, "48656C6c6F", "") == "SGVsbG8=");
    CHECK_FALSE(convert(Conversion::hex64, "4865 6", ""));
    CHECK_FALSE(convert(Conversion::plain64, "not base64!", ""));
}

TEST_CASE("whole numbers have their bounds") {
    CHECK(convert(Conversion::positive_int, "3", "") == "3");
    CHECK_FALSE(convert(Conversion::positive_int, "0", ""));
    CHECK_FALSE(convert(Conversion::integer, "2147483648", ""));
    CHECK_FALSE(convert(Conversion::integer, "1.5", ""));
}

}
