// SPDX-License-Identifier: Apache-2.0
#include "mapping/coverage.h"

#include <doctest/doctest.h>

TEST_SUITE("mapping/coverage") {
    TEST_CASE("messages are summed, places counted without their repeats, refusals told by reason") {
        mapping::Coverage coverage;
        mapping::Translation sums;
        sums.atoms = 10;
        sums.kept = 7;
        sums.dropped = 1;
        sums.residue = {{"PID-3[2].4"}, {"PID-3[1].4"}};
        const base::Result<mapping::Translation> one = std::move(sums);
        coverage.add("a", one);
        coverage.add("b", base::Fault{base::Fault::Kind::unsupported, "no map"});
        coverage.add("c", base::Fault{base::Fault::Kind::unsupported, "no map"});
        const std::string report = coverage.report([](std::string_view) { return std::string("Assigning Authority"); });
        CHECK(coverage.messages() == 3);
        CHECK(report.find("3 messages, 1 translated, 2 refused") != std::string::npos);
        CHECK(report.find("7 kept (70.00 %)") != std::string::npos);
        CHECK(report.find("2  no map  (first: b)") != std::string::npos);
        CHECK(report.find("2  PID-3.4") != std::string::npos);
        CHECK(report.find("Assigning Authority") != std::string::npos);
        CHECK(mapping::Coverage::line("a", one).find("2 that no row took") != std::string::npos);
    }
}
