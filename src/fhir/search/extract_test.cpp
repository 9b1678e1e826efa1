// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/extract.h"

#include "fhir/codec/json.h"
#include "fhir/testing.h"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>

using namespace fhir;
using namespace fhir::search;

namespace {

using fhir::testing::r4;

const Parameters& parameters() { return fhir::testing::r4_parameters(); }

// One line, so that a failed test shows what was found.
std::string lines(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : " ; ") + text;
    return all;
}

// Of one parameter, written short: "system|code", "text", "from..to".
std::string values(std::string_view json, std::string_view code, const ExtractOptions& options = {}) {
    const auto document = codec::read_json(json, r4().names());
    REQUIRE(document);
    base::Findings findings;
    const auto index = extract(document->root(), parameters(), r4(), findings, options);
    const Parameter* parameter = parameters().find(document->root().resource_type(), code);
    REQUIRE(parameter);
    std::vector<std::string> result;
    const auto number = [](double value) {
        if (std::isinf(value)) return std::string(value < 0 ? "-inf" : "inf");
        std::string text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) text.pop_back();
        return text;
    };
    const auto time = [](base::Micros value) {
        return value == no_begin ? std::string("-") : value == no_end ? std::string("-") : base::instant(value).substr(0, 19);
    };
    for (const IndexValue& value : index) {
        if (value.parameter != parameter->index) continue;
        std::string text = value.component ? std::to_string(value.group) + "/" + std::to_string(value.component) + " " : "";
        if (value.component == facet_text) text = ":text ";
        if (value.component == facet_of_type) text = ":of-type ";
        if (value.component == facet_identifier) text = ":identifier ";
        if (value.component == in_base_units) text = ":base ";
        switch (value.kind) {
            case IndexKind::token: text += value.system + "|" + value.code + (value.text.empty() ? "" : " " + value.text); break;
            case IndexKind::string: text += value.code + " (" + value.text + ")"; break;
            case IndexKind::uri: text += value.code; break;
            case IndexKind::date: text += time(value.from) + ".." + time(value.to); break;
            case IndexKind::number: text += number(value.low) + ".." + number(value.high); break;
            case IndexKind::quantity:
                text += number(value.low) + ".." + number(value.high) + " " + value.system + "|" + value.code + "|" + value.text;
                break;
            case IndexKind::words: text += value.text; break;
            case IndexKind::position: text += number(value.low) + " " + number(value.high); break;
            case IndexKind::reference: text += value.system + "/" + value.code + (value.text.empty() ? "" : " " + value.text); break;
        }
        result.push_back(text);
    }
    return lines(result);
}

std::string Texts(std::initializer_list<std::string> texts) { return lines(texts); }

}  // namespace

TEST_SUITE("fhir/search/extract") {
    TEST_CASE("a name is found by each of its parts, folded") {
        const auto found = values(R"({"resourceType":"Patient","name":[{"family":"Ångström","given":["Åsa","M"],"prefix":["Dr"],"text":"Dr Åsa Ångström","period":{"start":"2001"}}]})", "name");
        CHECK(found == Texts({"angstrom (Ångström)", "asa (Åsa)", "dr (Dr)", "dr asa angstrom (Dr Åsa Ångström)", "m (M)"}));
        CHECK(values(R"({"resourceType":"Patient","name":[{"family":"Ng"},{"family":"Ng"}]})", "family") == Texts({"ng (Ng)"}));
    }
    TEST_CASE("an address is found by its parts") {
        const std::string patient = R"({"resourceType":"Patient","address":[{"line":["1 Main St"],"city":"Bern","postalCode":"3000","use":"home"}]})";
        CHECK(values(patient, "address") == Texts({"1 main st (1 Main St)", "3000 (3000)", "bern (Bern)"}));
        CHECK(values(patient, "address-city") == Texts({"bern (Bern)"}));
        CHECK(values(patient, "address-use") == Texts({"http://hl7.org/fhir/address-use|home"}));
    }
    TEST_CASE("tokens come from codes, codings, concepts, identifiers, contact points and booleans") {
        const std::string patient = R"({"resourceType":"Patient","active":true,"gender":"female","deceasedBoolean":false,
            "identifier":[{"system":"urn:mrn","value":"42"},{"value":"7"}],"telecom":[{"system":"phone","value":"555"},{"system":"email","value":"a@b.c"}]})";
        CHECK(values(patient, "active") == Texts({"|true"}));
        CHECK(values(patient, "gender") == Texts({"http://hl7.org/fhir/administrative-gender|female"}));
        CHECK(values(patient, "identifier") == Texts({"|7", "urn:mrn|42"}));
        CHECK(values(patient, "telecom") == Texts({"|555", "|a@b.c"}));
        CHECK(values(patient, "phone") == Texts({"|555"}));
        CHECK(values(patient, "email") == Texts({"|a@b.c"}));
        CHECK(values(patient, "deceased") == Texts({"|false"}));
        CHECK(values(R"({"resourceType":"Patient","deceasedDateTime":"2020-01-01"})", "deceased") == Texts({"|true"}));
        CHECK(values(R"({"resourceType":"Patient"})", "deceased") == Texts({"|false"}));
        CHECK(values(R"({"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"1-8","display":"Déjà vu"},{"code":"x"}],"text":"Vu"}})", "code") ==
              Texts({"|x", "http://loinc.org|1-8", ":text deja vu ()", ":text vu ()"}));
        CHECK(values(R"({"resourceType":"Patient","meta":{"tag":[{"system":"s","code":"t"}]}})", "_tag") == Texts({"s|t"}));
    }
    TEST_CASE("dates are the time they cover") {
        CHECK(values(R"({"resourceType":"Patient","birthDate":"1980-02"})", "birthdate") == Texts({"1980-02-01T00:00:00..1980-03-01T00:00:00"}));
        CHECK(values(R"({"resourceType":"Observation","effectiveDateTime":"2024-05-01T10:00:00+02:00"})", "date") == Texts({"2024-05-01T08:00:00..2024-05-01T08:00:01"}));
        CHECK(values(R"({"resourceType":"Observation","effectivePeriod":{"start":"2024-05-01"}})", "date") == Texts({"2024-05-01T00:00:00..-"}));
        CHECK(values(R"({"resourceType":"Observation","effectivePeriod":{"end":"2024-05-01"}})", "date") == Texts({"-..2024-05-02T00:00:00"}));
        CHECK(values(R"({"resourceType":"Observation","effectiveInstant":"2024-05-01T10:00:00Z"})", "date") == Texts({"2024-05-01T10:00:00..2024-05-01T10:00:01"}));
        CHECK(values(R"({"resourceType":"Observation","effectiveTiming":{"event":["2024-05-01","2024-05-03"]}})", "date") == Texts({"2024-05-01T00:00:00..2024-05-04T00:00:00"}));
        CHECK(values(R"({"resourceType":"Patient","birthDate":"1980-02-30"})", "birthdate").empty());
    }
    TEST_CASE("numbers and quantities keep their range, unit and comparator") {
        CHECK(values(R"({"resourceType":"RiskAssessment","prediction":[{"probabilityDecimal":0.25}]})", "probability") == Texts({"0.25..0.25"}));
        CHECK(values(R"({"resourceType":"Observation","valueQuantity":{"value":5.40,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}})", "value-quantity") ==
              Texts({"5.4..5.4 http://unitsofmeasure.org|mg|mg"}));
        CHECK(values(R"({"resourceType":"Observation","valueQuantity":{"value":5,"comparator":"<"}})", "value-quantity") == Texts({"-inf..5 ||"}));  // a little less than 5
        CHECK(values(R"({"resourceType":"Condition","onsetRange":{"low":{"value":30,"unit":"a"},"high":{"value":40}}})", "onset-age") == Texts({"30..40 ||a"}));
        CHECK(values(R"({"resourceType":"Condition","onsetAge":{"value":30,"code":"a","system":"http://unitsofmeasure.org"}})", "onset-age") ==
              Texts({"30..30 http://unitsofmeasure.org|a|"}));
        CHECK(values(R"({"resourceType":"Invoice","totalNet":{"value":12.5,"currency":"CHF"}})", "totalnet") == Texts({"12.5..12.5 urn:iso:std:iso:4217|CHF|"}));
    }
    TEST_CASE("references are found by type and id, foreign ones by address, contained ones by nothing") {
        const auto subject = [](const std::string& reference, const ExtractOptions& options = {}) {
            return values(R"({"resourceType":"Observation","subject":{"reference":")" + reference + R"("}})", "subject", options);
        };
        CHECK(subject("Patient/1") == Texts({"Patient/1"}));
        CHECK(subject("Patient/1/_history/2") == Texts({"/Patient/1/_history/2", "Patient/1"}));
        CHECK(subject("http://a.org/fhir/Patient/1") == Texts({"/http://a.org/fhir/Patient/1"}));
        CHECK(subject("http://a.org/fhir/Patient/1/_history/2") == Texts({"/http://a.org/fhir/Patient/1", "/http://a.org/fhir/Patient/1/_history/2"}));
        CHECK(subject("http://a.org/fhir/Patient/1", {{"http://a.org/fhir"}}) == Texts({"Patient/1"}));
        CHECK(subject("#p") == Texts({"/"}));
        CHECK(subject("urn:uuid:0c1") == Texts({"/urn:uuid:0c1"}));
        CHECK(values(R"({"resourceType":"Observation","subject":{"identifier":{"system":"s","value":"v"}}})", "subject") == Texts({":identifier s|v", "/"}));
    }
    TEST_CASE("a parameter of patients looks at the type that a reference names") {
        CHECK(values(R"({"resourceType":"Observation","subject":{"reference":"Patient/1"}})", "patient") == Texts({"Patient/1"}));
        CHECK(values(R"({"resourceType":"Observation","subject":{"reference":"Group/1"}})", "patient").empty());
        CHECK(values(R"({"resourceType":"Observation","subject":{"reference":"urn:uuid:1","type":"Patient"}})", "patient") == Texts({"/urn:uuid:1"}));
        CHECK(values(R"({"resourceType":"Observation","subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p"}]})", "patient") == Texts({"/"}));
        CHECK(values(R"({"resourceType":"Observation","subject":{"type":"Patient","identifier":{"value":"v"}}})", "patient") == Texts({":identifier |v", "/"}));
    }
    TEST_CASE("a canonical is found with and without its version") {
        CHECK(values(R"({"resourceType":"Patient","meta":{"profile":["http://a.org/p|1.0"]}})", "_profile") == Texts({"http://a.org/p", "http://a.org/p|1.0"}));
        CHECK(values(R"({"resourceType":"ValueSet","url":"http://a.org/v"})", "url") == Texts({"http://a.org/v"}));
        CHECK(values(R"({"resourceType":"QuestionnaireResponse","questionnaire":"http://a.org/q|2"})", "questionnaire") ==
              Texts({"/http://a.org/q", "/http://a.org/q|2"}));
    }
    TEST_CASE("a composite keeps together what belongs together") {
        const auto found = values(R"({"resourceType":"Observation","component":[
            {"code":{"coding":[{"system":"l","code":"sys"}]},"valueQuantity":{"value":120,"code":"mm"}},
            {"code":{"coding":[{"system":"l","code":"dia"}]},"valueQuantity":{"value":80,"code":"mm"}},
            {"code":{"coding":[{"system":"l","code":"none"}]}}]})", "component-code-value-quantity");
        CHECK(found == Texts({"1/1 l|sys", "2/1 l|dia", "1/2 120..120 |mm|", "2/2 80..80 |mm|"}));
    }
    TEST_CASE("identifiers keep their case, codes lose it, and where both may be they cannot be mistaken") {
        CHECK(parameters().find("Patient", "identifier")->letter_case == LetterCase::counts);
        for (const auto& one : parameters().all())
            if (one->code == "identifier" && one->type == ParameterType::token) CHECK_MESSAGE(one->letter_case == LetterCase::counts, one->url);
        CHECK(parameters().find("Patient", "gender")->letter_case == LetterCase::ignored);
        CHECK(parameters().find("Observation", "code")->letter_case == LetterCase::ignored);
        CHECK(parameters().find("Patient", "_tag")->letter_case == LetterCase::ignored);
        CHECK(parameters().find("Patient", "_security")->letter_case == LetterCase::ignored);
        CHECK(parameters().find("Patient", "deceased")->letter_case == LetterCase::ignored);
        CHECK(parameters().find("Patient", "email")->letter_case == LetterCase::ignored);
        CHECK(parameters().find("ValueSet", "version")->letter_case == LetterCase::counts);
        CHECK(parameters().find("Bundle", "identifier")->letter_case == LetterCase::counts);
        CHECK(parameters().find("MessageHeader", "event")->letter_case == LetterCase::mixed);
        CHECK(values(R"({"resourceType":"Patient","identifier":[{"value":"A1"}]})", "identifier") == Texts({"|A1"}));
        CHECK(values(R"({"resourceType":"Observation","code":{"coding":[{"system":"S","code":"Abc-É"}]}})", "code") == Texts({"S|abc-é"}));
        CHECK(values(R"({"resourceType":"MessageHeader","eventUri":"urn:A"})", "event") == Texts({"|\x1furn:A"}));
        CHECK(values(R"({"resourceType":"MessageHeader","eventCoding":{"code":"A01"}})", "event") == Texts({"|a01"}));
    }
    TEST_CASE("an identifier is found by its type too, and by what is written about the type") {
        CHECK(values(R"({"resourceType":"Patient","identifier":[{"system":"s","value":"A1","type":{"text":"Record","coding":[{"system":"t","code":"MR"},{"code":"X"}]}}]})", "identifier") ==
              Texts({"s|A1", ":of-type |x|A1", ":of-type t|mr|A1", ":text record ()"}));
    }
    TEST_CASE("a value that cannot be looked up is still a value") {
        CHECK(values(R"({"resourceType":"Observation","code":{"text":"Vu"}})", "code") == Texts({"|", ":text vu ()"}));
        CHECK(values(R"({"resourceType":"Observation","code":{"coding":[{"display":"Vu"}]}})", "code") == Texts({"|", ":text vu ()"}));
        CHECK(values(R"({"resourceType":"Observation","subject":{"display":"Somebody"}})", "subject") == Texts({"/"}));
    }
    TEST_CASE("a UCUM quantity stands there in base units too") {
        const ExtractOptions with_units{.units = &fhir::testing::units()};
        CHECK(values(R"({"resourceType":"Observation","valueQuantity":{"value":5.4,"system":"http://unitsofmeasure.org","code":"mg"}})", "value-quantity", with_units) ==
              Texts({"5.4..5.4 http://unitsofmeasure.org|mg|", ":base 0.0054..0.0054 |g|"}));
        CHECK(values(R"({"resourceType":"Observation","valueQuantity":{"value":5,"comparator":">=","system":"http://unitsofmeasure.org","code":"mg"}})", "value-quantity", with_units) ==
              Texts({"5..inf http://unitsofmeasure.org|mg|", ":base 0.005..inf |g|"}));
        CHECK(values(R"({"resourceType":"Observation","valueQuantity":{"value":7,"system":"http://unitsofmeasure.org","code":"[pH]"}})", "value-quantity", with_units) ==
              Texts({"7..7 http://unitsofmeasure.org|[pH]|"}));
        CHECK(values(R"({"resourceType":"Observation","valueQuantity":{"value":7,"system":"http://unitsofmeasure.org","code":"nonsense"}})", "value-quantity", with_units) ==
              Texts({"7..7 http://unitsofmeasure.org|nonsense|"}));
        CHECK(values(R"({"resourceType":"Observation","valueSampledData":{"origin":{"value":2,"system":"http://unitsofmeasure.org","code":"mg"},"period":1,"dimensions":1}})", "value-quantity", with_units) ==
              Texts({"2..2 http://unitsofmeasure.org|mg|", ":base 0.002..0.002 |g|"}));
        CHECK(values(R"({"resourceType":"Invoice","totalNet":{"value":12.5,"currency":"CHF"}})", "totalnet", with_units) == Texts({"12.5..12.5 urn:iso:std:iso:4217|CHF|"}));
        CHECK(values(R"({"resourceType":"Condition","onsetRange":{"low":{"value":1,"system":"http://unitsofmeasure.org","code":"h"},"high":{"value":90,"system":"http://unitsofmeasure.org","code":"min"}}})", "onset-age", with_units) ==
              Texts({"1..90 http://unitsofmeasure.org|h|", ":base 3600..5400 |s|"}));
        const auto pair = values(R"({"resourceType":"Observation","code":{"coding":[{"code":"c"}]},"valueQuantity":{"value":5,"system":"http://unitsofmeasure.org","code":"mg"}})", "code-value-quantity", with_units);
        CHECK(pair == Texts({"1/1 |c", "1/2 5..5 http://unitsofmeasure.org|mg|", "1/10 0.005..0.005 |g|"}));
    }
    TEST_CASE("a canonical is found without fragment and version too") {
        CHECK(values(R"({"resourceType":"QuestionnaireResponse","questionnaire":"http://a.org/q|2#x"})", "questionnaire") ==
              Texts({"/http://a.org/q", "/http://a.org/q|2", "/http://a.org/q|2#x"}));
    }
    TEST_CASE("a place is found by its position") {
        CHECK(values(R"({"resourceType":"Location","position":{"latitude":47.5,"longitude":-8.25}})", "near") == Texts({"47.5 -8.25"}));
        CHECK(values(R"({"resourceType":"Location","position":{"latitude":97.5,"longitude":-8.25}})", "near").empty());
    }
    TEST_CASE("_text is the narrative without its tags, _content what can be read anywhere") {
        const std::string patient = R"({"resourceType":"Patient","id":"secret","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><!-- no --><b>Gr&uuml;n</b> A&amp;B &#233;<br/>7.5</div>"},
            "contained":[{"resourceType":"Organization","name":"Klinik"}],"maritalStatus":{"coding":[{"system":"http://s.org","code":"M","display":"Verheiratet"}]},
            "name":[{"family":"Müller"}],"birthDate":"1980-01-01","photo":[{"data":"AAAA","url":"http://u.org"}]})";
        CHECK(values(patient, "_text") == Texts({"grun a b e 7 5"}));
        CHECK(values(patient, "_content") == Texts({"grun a b e 7 5 klinik m verheiratet muller"}));
        CHECK(values(R"({"resourceType":"Patient","birthDate":"1980-01-01"})", "_content").empty());
        CHECK(values(R"({"resourceType":"Patient","managingOrganization":{"reference":"Organization/ward","display":"Klinik"}})", "_content") == Texts({"klinik"}));
        CHECK(values(patient, "_content", {.words = false}).empty());
    }
    TEST_CASE("the language of a resource is a token") {
        CHECK(values(R"({"resourceType":"Patient","language":"de-CH"})", "_language") == Texts({"|de-ch"}));
    }
    TEST_CASE("the first resource of a document is referred to by its bundle") {
        CHECK(values(R"({"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","id":"c"}}]})", "composition") == Texts({"Composition/c"}));
        CHECK(values(R"({"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"MessageHeader","id":"m"}}]})", "message") == Texts({"MessageHeader/m"}));
    }
    TEST_CASE("an extension is found by its value") {
        CHECK(values(R"({"resourceType":"Patient","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-extensions-Patient-mothersMaidenName","valueString":"Oe"}]})", "mothersMaidenName") == Texts({"oe (Oe)"}));
    }
}
