// SPDX-License-Identifier: Apache-2.0
#include "fhir/primitive.h"

#include <doctest/doctest.h>
#include <string>

using namespace fhir::primitive;

namespace {

using Check = bool (*)(std::string_view);

void accepts(Check check, std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) {
        CAPTURE(text);
        CHECK(check(text));
    }
}

void refuses(Check check, std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) {
        CAPTURE(text);
        CHECK_FALSE(check(text));
    }
}

}  // namespace

TEST_SUITE("fhir/primitive") {
    TEST_CASE("C-20: dates exist in the calendar") {
        accepts(is_date, {"2024", "2024-02", "2024-02-29", "0001-01-01", "9999-12-31", "2000-02-29"});
        refuses(is_date,
                {"2024-02-30", "2023-02-29", "1900-02-29", "0000", "0000-01-01", "2024-13", "2024-00", "2024-1", "24",
                 "2024-01-00", "2024-04-31", "2024-01-01T10:00:00Z", "2024-", "20240101", "", " 2024", "2024 "});
    }

    TEST_CASE("C-20: a dateTime with hours has seconds and a zone") {
        accepts(is_date_time,
                {"2024", "2024-05", "2024-05-01", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00.123456789+14:00",
                 "2016-12-31T23:59:60Z", "2024-05-01T00:00:00-13:59"});
        refuses(is_date_time,
                {"2024-05-01T10:00Z", "2024-05-01T10:00:00", "2024-05-01T24:00:00Z", "2024-05-01T10:00:00+25:00",
                 "2024-05-01T10:00:00+14:01", "2024-05-01T10:60:00Z", "2024-05-01T10:00:61Z", "2024-05T10:00:00Z",
                 "2024-05-01T10:00:00.Z", "2024-05-01T10:00:00z", "2024-05-01 10:00:00Z", "2024-05-01T10:00:00ZZ"});
        accepts(is_instant, {"2024-05-01T10:00:00Z", "2024-05-01T10:00:00.1-05:00"});
        refuses(is_instant, {"2024", "2024-05-01", "2024-05-01T10:00:00", "2024-05-01T10:00Z"});
        accepts(is_time, {"00:00:00", "23:59:60", "10:00:00.5"});
        refuses(is_time, {"24:00:00", "10:00", "1:00:00", "10:00:00Z", "10:00:00.", ""});
    }

    TEST_CASE("integers fit 32 bits and have no needless sign or zero") {
        accepts(is_integer, {"0", "-0", "-1", "2147483647", "-2147483648"});
        refuses(is_integer,
                {"2147483648", "-2147483649", "01", "+1", "1.0", "1e3", "", "-", "99999999999999999999999"});
        accepts(is_unsigned_int, {"0", "2147483647"});
        refuses(is_unsigned_int, {"-1", "-0", "2147483648", ""});
        accepts(is_positive_int, {"1", "2147483647"});
        refuses(is_positive_int, {"0", "-1", "01"});
    }

    TEST_CASE("C-07: decimals keep any precision, but stay in range") {
        accepts(is_decimal, {"0", "-0", "1.0", "1.00", "-1.5e-3", "1E+2", "0.000", "1e308", "0e999999999999",
                             "128.7482394857203948572039485720e-336", "1234567890123456789012345678901234567890"});
        refuses(is_decimal, {"1e400", "12e308", "1e309", "1e9999999999999999999", "NaN", "Infinity", "01", ".5", "1.",
                             "+1", "1e", "1e+", "", "-", "--1", "1,5", "0x1"});
    }

    TEST_CASE("C-19: base64 in groups of four, padded at the end only") {
        accepts(is_base64, {"QUJD", "QUI=", "QQ==", "QUJD QUJD", "QUJD\r\nQQ==\n", " QUJD"});
        refuses(is_base64, {"", " ", "QUJ", "QUJDQ", "Q===", "====", "QQ==QUJD", "Q=JD", "QU JD", "QUJ-", "QUJ!"});
    }

    TEST_CASE("C-21: ids") {
        accepts(is_id,
                {"a", "A-1.b", std::string_view("1234567890123456789012345678901234567890123456789012345678901234")});
        refuses(is_id,
                {"", "12345678901234567890123456789012345678901234567890123456789012345", "../x", "a_b", "a b", "é"});
    }

    TEST_CASE("codes, strings and addresses") {
        accepts(is_code, {"a", "a b", "in-progress", "é"});
        refuses(is_code, {"", " a", "a ", "a  b", "\ta", " "});
        accepts(is_string, {"a", " ", "a\tb\r\n", "é"});
        refuses(is_string, {"", "\x01", std::string_view("a\0", 2), "\x1F"});
        accepts(is_uri, {"http://example.org/a", "urn:x", "x", "#a"});
        refuses(is_uri, {"", "a b", "a\n", "\ta"});
        accepts(is_oid, {"urn:oid:1.2.3", "urn:oid:2.999.0"});
        refuses(is_oid, {"urn:oid:3.1", "urn:oid:1", "urn:oid:1.", "urn:oid:1.02", "1.2.3", "urn:oid:1..2"});
        accepts(is_uuid, {"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"});
        refuses(is_uuid, {"urn:uuid:C757873D-ec9a-4326-a141-556f43239520", "c757873d-ec9a-4326-a141-556f43239520",
                          "urn:uuid:c757873dec9a4326a141556f43239520"});
    }

    TEST_CASE("a date is the span that it names") {
        constexpr base::Micros day = 86'400'000'000;
        CHECK(interval("1970")->from == 0);
        CHECK(interval("1970")->to == 365 * day);
        CHECK(interval("1972-02")->to - interval("1972-02")->from == 29 * day);
        CHECK(interval("1970-01-02")->from == day);
        CHECK(interval("1970-01-02")->to == 2 * day);
        CHECK(interval("1970-01-01T00:00:01Z")->from == 1'000'000);
        CHECK(interval("1970-01-01T00:00:01Z")->to == 2'000'000);
        CHECK(interval("1970-01-01T01:00:00+01:00")->from == 0);
        CHECK(interval("1969-12-31T19:00:00-05:00")->from == 0);
        CHECK(interval("1970-01-01T00:00:00.5Z")->to == 600'000);
        CHECK(interval("1970-01-01T00:00:00.1234567Z")->from == 123'456);
        CHECK(interval("1970-01-01T00:00:00.1234567Z")->to == 123'457);
        CHECK(interval("1970-01-01T00:01")->to == 120'000'000);
        CHECK(interval("9999")->to > interval("9999")->from);
        CHECK(interval("0001")->from < 0);
        CHECK_FALSE(interval("2024-02-30"));
        CHECK_FALSE(interval("yesterday"));
    }
}
