// SPDX-License-Identifier: Apache-2.0
#include "server/http/gzip.h"

#include <doctest/doctest.h>

using server::http::accepts_gzip;
using server::http::Coding;
using server::http::content_coding;
using server::http::gunzip;
using server::http::gzip;
using Kind = base::Fault::Kind;

TEST_SUITE("server/http/gzip") {
    TEST_CASE("what was packed comes out again") {
        std::string mixed;
        for (int i = 0; i < 50'000; ++i) mixed += std::to_string(i * 7919 % 10007);
        for (const std::string& text : {std::string(), std::string("x"), std::string(1000, 'x'), mixed}) {
            const auto out = gunzip(gzip(text), 1 << 20);
            REQUIRE(out);
            CHECK(*out == text);
        }
    }
    TEST_CASE("A-26 a bomb stops at the cap or at the ratio") {
        const std::string bomb = gzip(std::string(50 << 20, '\0'));
        const auto capped = gunzip(bomb, 1 << 20);
        REQUIRE_FALSE(capped);
        CHECK(capped.fault().kind == Kind::too_large);
        const auto steep = gunzip(bomb, std::size_t{1} << 40);
        REQUIRE_FALSE(steep);
        CHECK(steep.fault().kind == Kind::too_large);
        const std::string exact(1000, 'x');
        CHECK(gunzip(gzip(exact), 1000));
        CHECK_FALSE(gunzip(gzip(exact), 999));
    }
    TEST_CASE("A-26 garbage, a cut and a tail are malformed") {
        const std::string good = gzip("some text that is packed");
        for (std::size_t size = 0; size < good.size(); ++size) {
            const auto cut = gunzip(good.substr(0, size), 1000);
            REQUIRE_FALSE(cut);
            CHECK(cut.fault().kind == Kind::malformed);
        }
        CHECK_FALSE(gunzip(good + "x", 1000));
        CHECK_FALSE(gunzip("garbage garbage", 1000));
        std::string changed = good;
        changed[changed.size() - 6] ^= 1;  // the checksum
        CHECK_FALSE(gunzip(changed, 1000));
    }
    TEST_CASE("A-26 only one gzip is understood") {
        CHECK(content_coding("") == Coding::identity);
        CHECK(content_coding("GZip") == Coding::gzip);
        CHECK(content_coding("gzip, gzip") == Coding::unsupported);
        CHECK(content_coding("deflate") == Coding::unsupported);
        CHECK(content_coding("br") == Coding::unsupported);
    }
    TEST_CASE("gzip is sent to whom it is welcome") {
        CHECK(accepts_gzip("gzip, deflate, br"));
        CHECK(accepts_gzip("deflate;q=0.5, *"));
        CHECK(accepts_gzip("gzip;q=0.1"));
        CHECK_FALSE(accepts_gzip(""));
        CHECK_FALSE(accepts_gzip("gzip;q=0, *"));
        CHECK_FALSE(accepts_gzip("br, *; q=0.0"));
        CHECK_FALSE(accepts_gzip("identity"));
    }
}
