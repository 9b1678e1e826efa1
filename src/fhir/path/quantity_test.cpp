// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/trial.h"

#include <doctest/doctest.h>

using namespace fhir::path;
using namespace fhir::path::testing;

TEST_SUITE("fhir/path/quantity") {
    TEST_CASE("units are converted before quantities are compared") {
        const Environment units = with_units();
        CHECK(run("4.0000 'g' = 4000.0 'mg'", units) == "true");
        CHECK(run("4 'g' != 4040 'mg'", units) == "true");
        CHECK(run("4 'g' ~ 4040 'mg'", units) == "true");
        CHECK(run("1 '[in_i]' = 2.54 'cm'", units) == "true");
        CHECK(run("1 'm' > 99 'cm'", units) == "true");
        CHECK(run("1 'm' > 1 's'", units) == "");
        CHECK(run("1 'm' = 1 's'", units) == "");
        CHECK(run("1 '1' = 1", units) == "true");
    }
    TEST_CASE("sums are in the finer unit, products in base units") {
        const Environment units = with_units();
        CHECK(run("1 'm' + 1 'cm' = 101 'cm'", units) == "true");
        CHECK(run("2.0 'cm' * 2.0 'm' = 0.040 'm2'", units) == "true");
        CHECK(run("4.0 'g' / 2.0 'm' = 2 'g/m'", units) == "true");
        CHECK(run("1.0 'm' / 0 'm'", units) == "");
        CHECK(run("1 'm' + 1 's'", units) == "");
        CHECK(run("2 * 3 'mg'", units) == "6 'mg'");
        CHECK(run("(1 'm' | 2 'cm').sum()", units) == "102 'cm'");
        CHECK(run("100 'cm'.toQuantity('m')", units) == "1.00 'm'");
    }
    TEST_CASE("calendar words mean what they say") {
        CHECK(run("7 days = 1 week") == "true");
        CHECK(run("7 days = 1 'wk'") == "true");
        CHECK(run("1 year = 12 months") == "true");
        CHECK(run("1 year = 1 'a'") == "");
        CHECK(run("1 month > 1 'mo'") == "");
        CHECK(run("1 year ~ 1 'a'") == "true");
        CHECK(run("60 seconds = 1 'min'") == "true");
        CHECK(run("1 weeks.toString()") == "1 weeks");
    }
    TEST_CASE("without units, equal codes and durations can still be compared") {
        CHECK(run("5 'mg' < 6 'mg'") == "true");
        CHECK(run("5 'mg' < 6 'kg'") == "");
        CHECK(run("1 'h' = 60 'min'") == "true");
    }
    TEST_CASE("comparable is about dimensions") {
        const Environment units = with_units();
        CHECK(run("1 'cm'.comparable(1 '[in_i]')", units) == "true");
        CHECK(run("1 'cm'.comparable(1 's')", units) == "false");
        CHECK(run("1 'cm'.comparable(1 'nonsense')", units) == "false");
    }
}
