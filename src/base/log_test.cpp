// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <doctest/doctest.h>

namespace {

class Kept final : public base::LogSink {
public:
    void line(std::string_view line) override { text += line; }
    std::string text;
};

std::string logged(const base::LogValue& value) {
    Kept sink;
    const base::FixedClock clock(0);
    base::Logger log(sink, clock, base::Level::debug);
    log.info("e", {{"v", value}});
    const std::size_t from = sink.text.find("\"v\":") + 4;
    return sink.text.substr(from, sink.text.size() - from - 2);
}

}  // namespace

TEST_SUITE("base/log") {
    TEST_CASE("a line is one JSON object") {
        Kept sink;
        const base::FixedClock clock(1'000'000);
        base::Logger log(sink, clock, base::Level::info);
        log.warning("door.slow", {{"door", "fhir"}, {"open", 3U}, {"late", -1}, {"load", 0.5}, {"ok", true}});
        CHECK(sink.text == "{\"ts\":\"1970-01-01T00:00:01.000Z\",\"level\":\"warning\",\"event\":\"door.slow\",\"door\":\"fhir\","
                           "\"open\":3,\"late\":-1,\"load\":0.5,\"ok\":true}\n");
    }
    TEST_CASE("what is below the level is not written") {
        Kept sink;
        const base::FixedClock clock(0);
        base::Logger log(sink, clock, base::Level::warning);
        log.info("x");
        CHECK(sink.text.empty());
        log.error("x");
        CHECK_FALSE(sink.text.empty());
    }
    TEST_CASE("N-01 nothing breaks out of its line or its string") {
        CHECK(logged("a\r\nb\t\x1B[31m\x7F") == "\"a\\u000d\\u000ab\\u0009\\u001b[31m\\u007f\"");
        CHECK(logged("\"},{\"x\":\"\\") == "\"\\\"},{\\\"x\\\":\\\"\\\\\"");
        CHECK(logged("%n%s{}") == "\"%n%s{}\"");
        CHECK(logged("\xC2\x9B" "31m\xE2\x80\xA8") == "\"\\u009b31m\\u2028\"");
        CHECK(logged("\xFF\xC3") == "\"\\ufffd\\ufffd\"");
        CHECK(logged("Gr\xC3\xBC\xC3\x9F" "e") == "\"Gr\xC3\xBC\xC3\x9F" "e\"");
        CHECK(logged(0.0 / 0.0) == "null");
    }
    TEST_CASE("N-02 a private value shows its length only") {
        CHECK(logged(base::Private{"Mustermann"}) == "\"[private, 10 bytes]\"");
    }
    TEST_CASE("N-06 long text is cut") { CHECK(logged(std::string(10'000, 'x')).size() < 2100); }
}
