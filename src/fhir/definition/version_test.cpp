// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/version.h"

#include <doctest/doctest.h>
#include <array>

using namespace fhir::definition;

TEST_SUITE("fhir/definition/version") {
    TEST_CASE("versions stand in the order in which they were published") {
        constexpr std::array<std::string_view, 15> order = {
            "", "2018", "2018-08", "20180812", "2019-01-01", "0.9", "1.0.0-ballot", "1.0.0", "2.0.9", "2.0.10", "5.3.0-ballot-tc1", "5.3.0-ballot-tc2",
            "5.3.0-ballot-tc10", "5.3.0", "10.0.0"};
        for (std::size_t i = 0; i < order.size(); ++i)
            for (std::size_t j = 0; j < order.size(); ++j) {
                CAPTURE(order[i]);
                CAPTURE(order[j]);
                CHECK((compare_versions(order[i], order[j]) < 0) == (i < j));
            }
    }

    TEST_CASE("only equal texts are equal") {
        CHECK(compare_versions("1.0", "1.0") == 0);
        CHECK(compare_versions("1.0", "1.00") != 0);
        CHECK(compare_versions("1.0+a", "1.0+b") != 0);
    }

    TEST_CASE("a part of a version covers what begins with it") {
        CHECK(covers("4.0", "4.0.1"));
        CHECK(covers("4.0", "4.0"));
        CHECK(covers("4.0", "4.0-ballot"));
        CHECK_FALSE(covers("4.0", "4.01"));
        CHECK_FALSE(covers("", "4.0"));
    }

    TEST_CASE("a canonical is a URL, a version and a fragment that does not count") {
        CHECK(cut_canonical("http://a/b|1.0#c") == std::pair<std::string_view, std::string_view>("http://a/b", "1.0"));
        CHECK(cut_canonical("http://a/b#c") == std::pair<std::string_view, std::string_view>("http://a/b", ""));
    }
}
