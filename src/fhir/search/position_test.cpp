// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/position.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace fhir::search;

namespace {

bool boxed(Place center, double km, Place other) {
    const auto boxes = boxes_around(center, km);
    return std::any_of(boxes.begin(), boxes.end(), [&](const Box& box) {
        return other.latitude >= box.south && other.latitude <= box.north && other.longitude >= box.west && other.longitude <= box.east;
    });
}

}  // namespace

TEST_SUITE("fhir/search/position") {
    TEST_CASE("distances are those along the great circle") {
        CHECK(distance_km({0, 0}, {0, 0}) == 0);
        CHECK(distance_km({0, 0}, {0, 1}) == doctest::Approx(111.195).epsilon(0.0001));
        CHECK(distance_km({0, 0}, {1, 0}) == doctest::Approx(111.195).epsilon(0.0001));
        CHECK(distance_km({60, 0}, {60, 1}) == doctest::Approx(55.597).epsilon(0.001));
        CHECK(distance_km({47.3769, 8.5417}, {46.9480, 7.4474}) == doctest::Approx(95.5).epsilon(0.01));  // Zurich, Bern
        CHECK(distance_km({0, 179.5}, {0, -179.5}) == doctest::Approx(111.195).epsilon(0.0001));
        CHECK(distance_km({90, 0}, {90, 137}) == doctest::Approx(0).epsilon(0.0001));
        CHECK(distance_km({89, 0}, {89, 180}) == doctest::Approx(222.39).epsilon(0.0001));
        CHECK(distance_km({0, 0}, {0, 180}) == doctest::Approx(20015.1).epsilon(0.0001));
    }
    TEST_CASE("the boxes hold everything that is near, across the antimeridian and around the poles") {
        const Place centers[] = {{0, 0}, {47, 8}, {-60, 179.9}, {60, -179.9}, {89.9, 10}, {-89.9, 10}, {0, 180}, {90, 0}};
        for (const Place center : centers)
            for (const double km : {0.0, 1.0, 50.0, 500.0, 5000.0, 15000.0, 30000.0})
                for (double latitude = -90; latitude <= 90; latitude += 3)
                    for (double longitude = -180; longitude <= 180; longitude += 3)
                        if (distance_km(center, {latitude, longitude}) <= km) CHECK(boxed(center, km, {latitude, longitude}));
        CHECK(boxed({47, 8}, 0, {47, 8}));
    }
    TEST_CASE("the boxes leave out most of what is far") {
        CHECK_FALSE(boxed({47, 8}, 50, {48, 8}));
        CHECK_FALSE(boxed({47, 8}, 50, {47, 9}));
        CHECK_FALSE(boxed({0, 179.9}, 50, {0, 179}));
        CHECK(boxed({0, 179.9}, 50, {0, -179.8}));
    }
}
