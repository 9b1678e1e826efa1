// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/bundle_reference.h"

#include <doctest/doctest.h>

using fhir::resource::parse_reference;
using Form = fhir::resource::Reference::Form;

TEST_SUITE("fhir/resource/bundle_reference") {
    TEST_CASE("a relative reference has a type and an id, perhaps a version") {
        const auto plain = parse_reference("Patient/p-1");
        CHECK(plain.form == Form::relative);
        CHECK(plain.type == "Patient");
        CHECK(plain.id == "p-1");
        const auto versioned = parse_reference("Patient/p-1/_history/3");
        CHECK(versioned.form == Form::relative);
        CHECK(versioned.version == "3");
        CHECK(versioned.local() == "Patient/p-1");
    }
    TEST_CASE("an absolute reference keeps its base") {
        const auto reference = parse_reference("https://example.org/a/fhir/Patient/1/_history/2");
        CHECK(reference.form == Form::absolute);
        CHECK(reference.base == "https://example.org/a/fhir");
        CHECK(reference.local() == "Patient/1");
        CHECK(reference.version == "2");
    }
    TEST_CASE("what is no reference to a resource here is something else") {
        CHECK(parse_reference("").form == Form::empty);
        CHECK(parse_reference("#med").form == Form::fragment);
        CHECK(parse_reference("urn:uuid:3f").form == Form::urn);
        CHECK(parse_reference("urn:oid:1.2").form == Form::urn);
        CHECK(parse_reference("http://hl7.org/fhir/ValueSet/a|1").form == Form::other);
        CHECK(parse_reference("Patient").form == Form::other);
        CHECK(parse_reference("/Patient/1").form == Form::other);
        CHECK(parse_reference("x/Patient/1").form == Form::other);
        CHECK(parse_reference("Patient/1/").form == Form::other);
        CHECK(parse_reference("Patient/a_b").form == Form::other);
        CHECK(parse_reference("patient/1").form == Form::other);
        CHECK(parse_reference("Patient/1/_history/").form == Form::other);
    }
    TEST_CASE("a conditional reference is a type and a query") {
        const auto reference = parse_reference("Organization?identifier=http://a/b|7");
        CHECK(reference.form == Form::conditional);
        CHECK(reference.type == "Organization");
        CHECK(reference.query == "identifier=http://a/b|7");
    }
}
