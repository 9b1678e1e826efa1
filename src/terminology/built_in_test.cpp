// SPDX-License-Identifier: Apache-2.0
#include "terminology/built_in.h"

#include "terminology/language_tag.h"
#include "terminology/testing.h"

#include <doctest/doctest.h>

namespace terminology {

namespace {

Answer known(std::string_view system, std::string_view code) {
    const BuiltIn* found = built_in(system);
    REQUIRE(found);
    return found->grammar(code, &fhir::testing::units()).known;
}

}  // namespace

TEST_SUITE("terminology/built_in") {
    TEST_CASE("a wrong SNOMED CT check digit is a no, a right one is not a yes") {
        constexpr std::string_view snomed = "http://snomed.info/sct";
        CHECK(known(snomed, "73211009") == Answer::unknown);
        CHECK(known(snomed, "404684003") == Answer::unknown);
        CHECK(known(snomed, "11000146104") == Answer::unknown);
        CHECK(known(snomed, "73211008") == Answer::no);
        CHECK(known(snomed, "73212009") == Answer::no);
        CHECK(known(snomed, "12345") == Answer::no);
        CHECK(known(snomed, "T-15460") == Answer::no);
        CHECK(known(snomed, "754786011") == Answer::no);  // a description
        CHECK(known(snomed, "71341001:272741003=7771000") == Answer::unknown);
    }

    TEST_CASE("a wrong LOINC check digit is a no, a right one is not a yes") {
        constexpr std::string_view loinc = "http://loinc.org";
        CHECK(known(loinc, "8480-6") == Answer::unknown);
        CHECK(known(loinc, "85354-9") == Answer::unknown);
        CHECK(known(loinc, "LA6576-8") == Answer::unknown);
        CHECK(known(loinc, "LP14885-5") == Answer::unknown);
        CHECK(known(loinc, "8480-5") == Answer::no);
        CHECK(known(loinc, "8480") == Answer::no);
        CHECK(known(loinc, "glucose") == Answer::no);
        CHECK(known(loinc, "") == Answer::no);
    }

    TEST_CASE("countries and currencies are tables") {
        CHECK(known("urn:iso:std:iso:3166", "DE") == Answer::yes);
        CHECK(known("urn:iso:std:iso:3166", "DEU") == Answer::yes);
        CHECK(known("urn:iso:std:iso:3166", "276") == Answer::yes);
        CHECK(known("urn:iso:std:iso:3166", "de") == Answer::no);
        CHECK(known("urn:iso:std:iso:3166", "XX") == Answer::no);
        CHECK(known("urn:iso:std:iso:4217", "EUR") == Answer::yes);
        CHECK(known("urn:iso:std:iso:4217", "EURO") == Answer::no);
        const CodeSystem* countries = built_in("urn:iso:std:iso:3166")->table;
        CHECK(countries->display(countries->find("BD")) == "Bangladesh");
    }

    TEST_CASE("MIME types, URIs and units follow their grammars") {
        CHECK(known("urn:ietf:bcp:13", "text/plain; charset=utf-8") == Answer::yes);
        CHECK(known("urn:ietf:bcp:13", "application/fhir+json") == Answer::yes);
        CHECK(known("urn:ietf:bcp:13", "plain") == Answer::no);
        CHECK(known("urn:ietf:bcp:13", "text/") == Answer::no);
        CHECK(known("urn:ietf:rfc:3986", "urn:oid:1.2.3") == Answer::yes);
        CHECK(known("urn:ietf:rfc:3986", "not a uri") == Answer::no);
        CHECK(known("http://unitsofmeasure.org", "mg/dL") == Answer::yes);
        CHECK(known("http://unitsofmeasure.org", "furlongs per week") == Answer::no);
        CHECK(built_in("http://unitsofmeasure.org")->grammar("mg", nullptr).known == Answer::unknown);
        CHECK_FALSE(built_in("http://example.org/other"));
    }

    TEST_CASE("language tags are checked part by part") {
        for (const char* tag : {"en", "de-CH", "zh-Hans-CN", "sl-rozaj-biske", "de-CH-1901", "es-419", "en-US-x-hospital", "x-own",
                                "EN-us", "i-klingon", "en-a-bbb-x-a", "haw"})
            CHECK_MESSAGE(check_language_tag(tag).known == Answer::yes, tag);
        for (const char* tag : {"", "e", "xx", "en-", "en_US", "en-QA-ZZZZZZZZZ", "deu", "ger", "en-US-US", "x", "en-a", "123", "en-ÄÖ"})
            CHECK_MESSAGE(check_language_tag(tag).known == Answer::no, tag);
        CHECK(check_language_tag("gsw").known == Answer::yes);
        CHECK(check_language_tag("bar").known == Answer::unknown);
        CHECK(language_name("de-CH") == "German (Switzerland)");
    }
}

}  // namespace terminology
