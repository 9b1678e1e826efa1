// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <doctest/doctest.h>

using base::Fault;
using base::Result;

namespace {
Result<int> half(int number) {
    if (number % 2 != 0) return Fault{Fault::Kind::invalid, "odd"};
    return number / 2;
}
Result<int> quarter(int number) {
    TRY(int once, half(number));
    TRY(auto twice, half(once));
    return twice;
}
Result<void> must_be_even(int number) {
    TRY(half(number));
    return {};
}
}  // namespace

TEST_SUITE("base/result") {
    TEST_CASE("a value travels up through TRY, and so does the first fault") {
        CHECK(*quarter(8) == 2);
        CHECK(quarter(6).fault().text == "odd");
        CHECK(must_be_even(2));
        CHECK(must_be_even(3).fault().kind == Fault::Kind::invalid);
    }
    TEST_CASE("a fault carries the issue type of its kind unless told otherwise") {
        CHECK(Fault{Fault::Kind::missing, "x"}.type == base::IssueType::not_found);
        CHECK(Fault{.kind = Fault::Kind::invalid, .text = "x", .type = base::IssueType::value}.type ==
              base::IssueType::value);
    }
}
