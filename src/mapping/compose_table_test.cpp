// SPDX-License-Identifier: Apache-2.0
#include "mapping/compose_table.h"

#include <doctest/doctest.h>

using mapping::read_compose_maps;

TEST_SUITE("mapping/compose_table") {

TEST_CASE("a map says of which items it makes a segment, and a row may begin with the same word") {
    const auto read = read_compose_maps("x.map", "map Coverage to IN1\nwhen status = 'active'\norder -> IN1-22.1\n\nmap Timing to TQ1\nwhen -> TQ1-3\n");
    REQUIRE(read);
    CHECK(read->maps.at(0).when == "status = 'active'");
    CHECK(read->maps.at(0).rows.size() == 1);
    CHECK(read->maps.at(1).when.empty());
    CHECK(read->maps.at(1).rows.at(0).expression == "when");
}
TEST_CASE("a condition behind the rows is none") { CHECK_FALSE(read_compose_maps("x.map", "map Coverage to IN1\norder -> IN1-22.1\nwhen status = 'active'\n")); }

}  // TEST_SUITE
