// SPDX-License-Identifier: Apache-2.0
#pragma once

// Places on the earth, for the parameter `near` of Location (FHIR R4 8.7.7.1).

#include <vector>

namespace fhir::search {

// When a search does not say how far away is near.
inline constexpr double default_distance_km = 50;

struct Place {
    double latitude = 0;   // degrees, WGS 84: -90 to 90
    double longitude = 0;  // -180 to 180
};

// Along the great circle, on a sphere of 6371.0088 km: within 0.6 % of the ellipsoid.
double distance_km(Place a, Place b);

// Degrees that hold every place within `km`, for an index to begin with: one box, or two where the antimeridian lies between; with a pole
// inside, all longitudes. Closed; a little too wide rather than too narrow.
struct Box {
    double south = -90;
    double north = 90;
    double west = -180;
    double east = 180;
};
std::vector<Box> boxes_around(Place center, double km);

}  // namespace fhir::search
