// SPDX-License-Identifier: Apache-2.0
#include "base/meter.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>

TEST_SUITE("base/meter") {
    TEST_CASE("the same name and labels are the same meter") {
        base::Meters meters;
        meters.counter("a_total", "A", {{"kind", "x"}}).add(2);
        meters.counter("a_total", "A", {{"kind", "x"}}).add();
        meters.counter("a_total", "A", {{"kind", "y"}}).add();
        CHECK(meters.text() == "# HELP a_total A\n# TYPE a_total counter\na_total{kind=\"x\"} 3\na_total{kind=\"y\"} 1\n");
        CHECK_THROWS_AS(meters.gauge("a_total", "A"), std::logic_error);
    }
    TEST_CASE("a histogram adds up from bound to bound") {
        base::Meters meters;
        auto& seconds = meters.histogram("s", "S", {0.1, 1}, {{"r", "p"}});
        for (const double value : {0.05, 0.1, 0.5, 7.0}) seconds.observe(value);
        const std::string text = meters.text();
        CHECK(text.find("s_bucket{r=\"p\",le=\"0.1\"} 2\n") != std::string::npos);
        CHECK(text.find("s_bucket{r=\"p\",le=\"1\"} 3\n") != std::string::npos);
        CHECK(text.find("s_bucket{r=\"p\",le=\"+Inf\"} 4\n") != std::string::npos);
        CHECK(text.find("s_count{r=\"p\"} 4\n") != std::string::npos);
    }
    TEST_CASE("N-03 labels beyond the bound are counted under other") {
        base::Meters meters(10);
        for (int i = 0; i < 1000; ++i) meters.counter("c", "C", {{"path", std::to_string(i)}}).add();
        CHECK(meters.counter("c", "C", {{"path", "9999"}}).value() == 990);
    }
    TEST_CASE("gauges go up and down, and some are read when shown") {
        base::Meters meters;
        meters.gauge("g", "line\nbreak").add(2.5);
        meters.gauge("g", "").add(-1);
        meters.watch("w", "W", [] { return 7.0; });
        CHECK(meters.text() == "# HELP g line\\nbreak\n# TYPE g gauge\ng 1.5\n# HELP w W\n# TYPE w gauge\nw 7\n");
    }
    TEST_CASE("counting from several threads loses nothing") {
        base::Meters meters;
        auto& counter = meters.counter("c", "C");
        const auto count = [&counter] { for (int i = 0; i < 10000; ++i) counter.add(); };
        std::thread one(count);
        std::thread two(count);
        one.join();
        two.join();
        CHECK(counter.value() == 20000);
    }
}
