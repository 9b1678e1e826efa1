// SPDX-License-Identifier: Apache-2.0
#include "fhir/ucum/natural.h"

#include <doctest/doctest.h>

#include <random>

using fhir::ucum::Natural;

TEST_SUITE("fhir/ucum/natural") {

TEST_CASE("digits go in and come out") {
    for (const char* digits : {"0", "7", "4294967296", "18446744073709551616", "123456789012345678901234567890123456789012345678901234567890"})
        CHECK(Natural::from_digits(digits).digits() == digits);
    CHECK(Natural::from_digits("000120").digits() == "120");
    CHECK(Natural::power_of_ten(30).digits() == "1" + std::string(30, '0'));
}

TEST_CASE("sums, differences and products carry over limbs") {
    const auto a = Natural::from_digits("340282366920938463463374607431768211455");  // 2^128 - 1
    CHECK((a + Natural(1)).digits() == "340282366920938463463374607431768211456");
    CHECK((a + Natural(1) - Natural(1)) == a);
    CHECK((a * a).digits() == "115792089237316195423570985008687907852589419931798687112530834793049593217025");
}

TEST_CASE("a quotient times the divisor and the remainder give the dividend back") {
    std::mt19937_64 random(7);  // NOLINT: the same numbers in each run
    const auto any = [&](int limbs) {
        Natural result;
        for (int i = 0; i < limbs; ++i) {
            const std::uint64_t piece = random() % 5 == 0 ? ~std::uint64_t{0} : random() % 3 == 0 ? 0 : random();
            result = result * Natural(~std::uint64_t{0}) + result + Natural(piece);  // times 2^64
        }
        return result;
    };
    for (int i = 0; i < 20'000; ++i) {
        const Natural a = any(1 + i % 12), b = any(1 + i % 7);
        if (b.is_zero()) continue;
        const auto [quotient, remainder] = Natural::divide(a, b);
        REQUIRE(remainder < b);
        REQUIRE(quotient * b + remainder == a);
    }
}

TEST_CASE("what grows beyond says so through every operation") {
    const Natural large = Natural::power_of_ten(600);
    CHECK_FALSE(large.too_large());
    const Natural beyond = large * large;
    CHECK(beyond.too_large());
    CHECK((beyond + Natural(1)).too_large());
    CHECK(Natural::divide(beyond, Natural(3)).quotient.too_large());
    CHECK(Natural::power_of_ten(100'000).too_large());
    Natural doubled(1);
    for (int i = 0; i < 2'047; ++i) doubled = doubled + doubled;
    CHECK_FALSE(doubled.too_large());
    CHECK((doubled + doubled).too_large());
    CHECK((doubled * Natural(1)) == doubled);
    CHECK((doubled * Natural(2)).too_large());
}

}
