// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/address_order.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace fhir::search;

TEST_SUITE("fhir/search/address_order") {
    TEST_CASE("an address is below another by whole steps of its path, points of an OID, or parts of its version") {
        struct Case {
            const char* high;
            const char* low;
            bool below;
        };
        const Case cases[] = {
            {"http://a.org/b", "http://a.org/b", true},
            {"http://a.org/b", "http://a.org/b/c", true},
            {"http://a.org/b", "http://a.org/b/c/d", true},
            {"http://a.org/b", "http://a.org/bc", false},
            {"http://a.org/b", "http://a.org/b?x=1", true},
            {"http://a.org/b", "http://a.org/b#x", true},
            {"http://a.org/b/", "http://a.org/b/c", true},
            {"http://a.org/b/", "http://a.org/b", false},
            {"http://a.org", "http://a.org/b", true},
            {"http://a.org/", "http://a.org/b", true},
            {"http://a", "http://a.org/b", false},
            {"http://a.org/b", "http://A.org/b/c", false},
            {"urn:oid:1.2", "urn:oid:1.2.3", true},
            {"urn:oid:1.2", "urn:oid:1.23", false},
            {"urn:oid:1.2", "urn:oid:1.2", true},
            {"urn:uuid:1", "urn:uuid:1/2", false},
            {"http://a.org/v|1", "http://a.org/v|1.2.0", true},
            {"http://a.org/v|1.2", "http://a.org/v|1.20", false},
            {"http://a.org/v|1", "http://a.org/w|1.2", false},
        };
        for (const Case& one : cases) {
            INFO(one.high << " above " << one.low);
            CHECK(is_below(one.high, one.low) == one.below);
            CHECK(is_above(one.low, one.high) == one.below);
            const auto above = addresses_above(one.low);
            CHECK((std::find(above.begin(), above.end(), one.high) != above.end()) == one.below);
            bool in_range = std::string_view(one.high) == one.low;
            for (const AddressRange& range : ranges_below(one.high)) in_range = in_range || (range.from <= one.low && one.low < range.to);
            CHECK(in_range == one.below);
        }
    }
    TEST_CASE("nothing is above or below nothing, and a path without end has an end") {
        CHECK_FALSE(is_below("", "http://a.org"));
        CHECK_FALSE(is_above("http://a.org", ""));
        CHECK(addresses_above("").empty());
        CHECK(addresses_above(std::string(8000, '/')).size() <= 202);
    }
}
