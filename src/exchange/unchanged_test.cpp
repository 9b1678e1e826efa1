// SPDX-License-Identifier: Apache-2.0
#include "exchange/unchanged.h"

#include "exchange/testing.h"
#include "fhir/tree/builder.h"

#include <doctest/doctest.h>

using namespace fhir::literals;

namespace {

fhir::Document ward(const fhir::Names& names, const char* name, const char* description = nullptr) {
    fhir::Builder build(names);
    build.resource("Location");
    build.value("name"_name, name);
    if (description != nullptr) build.value("description"_name, description);
    return std::move(build).finish();
}

}  // namespace

TEST_SUITE("exchange/unchanged") {
    TEST_CASE("the same content over the same version is known again; another content, version or way to lay it is not") {
        const exchange::testing::World world;
        const fhir::Names& names = world.schema.names();
        store::Version stored{"Location", "w1", 2, 0, store::Change::updated, 77, nullptr};
        exchange::Unchanged unchanged;
        const auto key = exchange::Unchanged::key(ward(names, "West 3"), stored, false);
        CHECK_FALSE(unchanged.find(key));
        unchanged.learn(key, {base::Micros{5}});
        const auto known = unchanged.find(exchange::Unchanged::key(ward(names, "West 3"), stored, false));
        REQUIRE(known);
        CHECK(known->said == base::Micros{5});
        CHECK_FALSE(unchanged.find(exchange::Unchanged::key(ward(names, "West 4"), stored, false)));
        CHECK_FALSE(unchanged.find(exchange::Unchanged::key(ward(names, "West 3", ""), stored, false)));
        CHECK_FALSE(unchanged.find(exchange::Unchanged::key(ward(names, "West", "3"), stored, false)));
        CHECK_FALSE(unchanged.find(exchange::Unchanged::key(ward(names, "West 3"), stored, true)));
        CHECK_FALSE(unchanged.find(exchange::Unchanged::key(ward(names, "West 3"), stored, false, {"name"})));
        stored.position = 78;
        CHECK_FALSE(unchanged.find(exchange::Unchanged::key(ward(names, "West 3"), stored, false)));
    }
}
