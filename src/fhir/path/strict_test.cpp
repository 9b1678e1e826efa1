// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/trial.h"

#include <doctest/doctest.h>

using namespace fhir::path;
using namespace fhir::path::testing;

TEST_SUITE("fhir/path/strict") {
    TEST_CASE("what no patient can have is refused with its place") {
        for (const char* text : {"name.given1", "Encounter.name", "deceasedBoolean", "name.where(nonsense = 1)", "multipleBirth.ofType(Period).start1",
                                 "active.family", "name.select(given.nothing)", "contact.relationship.coding.cod", "'a'.b"})
            CHECK_MESSAGE(strictly(text).starts_with("?"), text);
        const auto fault = Program::compile_strict("name\n .given1", r4(), r4().find_type("Patient")).fault();
        CHECK(fault.where == "line 2, column 3");
    }
    TEST_CASE("operands and inputs must have a type that can be right") {
        for (const char* text : {"birthDate + 7", "'a' - 'b'", "name < 5", "identifier.startsWith('x')", "iif(1 | 2, 1, 2)", "iif('a', 1, 2)",
                                 "active & 'x'", "-name", "name['a']", "birthDate.upper() + 1"})
            CHECK_MESSAGE(strictly(text).starts_with("?"), text);
    }
    TEST_CASE("items without order have no first") {
        CHECK(strictly("children().skip(1)").starts_with("?"));
        CHECK(strictly("descendants().first()").starts_with("?"));
        CHECK(strictly("children()[0]").starts_with("?"));
        CHECK_FALSE(strictly("name.skip(1)").starts_with("?"));
        CHECK_FALSE(strictly("(1 | 2).first()").starts_with("?"));
    }
    TEST_CASE("what may be right passes") {
        for (const char* text : {"Patient.name.given", "Resource.id", "deceased.ofType(boolean)", "deceased as dateTime", "birthDate.extension('x').value.exists()",
                                 "contained.where($this is Organization).name", "generalPractitioner.resolve().name", "%resource.name.anything",
                                 "name.given.first().length() > 3", "multipleBirth > 1", "name.period.start + 3 days", "birthDate.id", "extension.value.unit",
                                 "contained.name", "managingOrganization.resolve().ofType(Organization).name", "iif(active, 1, 'a')", "{} + 1", "name.repeat(extension).url",
                                 "telecom.where(system = 'phone').rank + 1 > 2", "(1 'mg').value", "descendants().ofType(Coding).code", "id.length()"})
            CHECK_MESSAGE(!strictly(text).starts_with("?"), text << " gives " << strictly(text));
    }
    TEST_CASE("with nothing known of the context, only the rest is checked") {
        CHECK(Program::compile_strict("anything.at.all", r4(), fhir::schema::no_type));
        CHECK_FALSE(Program::compile_strict("1 + 'a'", r4(), fhir::schema::no_type));
    }
}
