// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/position.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fhir::search {

namespace {

constexpr double radius_km = 6371.0088;  // the mean of the three half-axes of WGS 84
constexpr double degree = std::numbers::pi / 180;

}  // namespace

double distance_km(Place a, Place b) {
    // The haversine form: right for short ways too, where the cosine form loses its digits.
    const double up = std::sin((b.latitude - a.latitude) * degree / 2);
    const double across = std::sin((b.longitude - a.longitude) * degree / 2);
    const double part = up * up + std::cos(a.latitude * degree) * std::cos(b.latitude * degree) * across * across;
    return 2 * radius_km * std::asin(std::sqrt(std::clamp(part, 0.0, 1.0)));
}

std::vector<Box> boxes_around(Place center, double km) {
    const double angle = std::max(km, 0.0) / radius_km * 1.000001 + 1e-9;
    Box box;
    box.south = center.latitude - angle / degree;
    box.north = center.latitude + angle / degree;
    if (angle >= std::numbers::pi / 2 || box.south <= -90 || box.north >= 90) {
        box.south = std::max(box.south, -90.0);
        box.north = std::min(box.north, 90.0);
        return {box};
    }
    const double width = std::asin(std::min(1.0, std::sin(angle) / std::cos(center.latitude * degree))) / degree * 1.000001 + 1e-9;
    box.west = center.longitude - width;
    box.east = center.longitude + width;
    if (box.west < -180) return {{box.south, box.north, -180, box.east}, {box.south, box.north, box.west + 360, 180}};
    if (box.east > 180) return {{box.south, box.north, box.west, 180}, {box.south, box.north, -180, box.east - 360}};
    return {box};
}

}  // namespace fhir::search
