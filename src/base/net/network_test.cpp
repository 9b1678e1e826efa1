// SPDX-License-Identifier: Apache-2.0
#include "base/net/network.h"

#include <doctest/doctest.h>

using base::net::Networks;

TEST_SUITE("base/net/network") {
    TEST_CASE("an address is in a network when the network's bits are its own") {
        const auto networks = Networks::read({"10.1.0.0/16", "192.0.2.7", "2001:db8::/33"});
        REQUIRE(networks);
        CHECK(networks->contains("10.1.255.255"));
        CHECK(networks->contains("::ffff:10.1.0.1"));
        CHECK(networks->contains("192.0.2.7"));
        CHECK(networks->contains("2001:db8:7fff::1"));
        CHECK_FALSE(networks->contains("10.2.0.1"));
        CHECK_FALSE(networks->contains("192.0.2.8"));
        CHECK_FALSE(networks->contains("2001:db8:8000::1"));
        CHECK_FALSE(networks->contains("lab"));
        CHECK_FALSE(Networks().contains("127.0.0.1"));
    }
    TEST_CASE("what is no network is named") {
        for (const char* text : {"", "10.0.0.0/33", "lab.example", "10.0.0/8", "::/129", "10.0.0.0/x", "[::1]"}) {
            const auto networks = Networks::read({text});
            REQUIRE_FALSE(networks);
            CHECK(networks.fault().text.find(text) != std::string::npos);
        }
    }
}
