// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests, fuzz targets and benchmarks of this room: small definitions written in JSON. Not for the server.

#include "fhir/codec/json.h"
#include "fhir/testing.h"
#include "terminology/local.h"

#include <initializer_list>

namespace terminology::testing {

inline fhir::Document read(std::string_view json) {
    auto document = fhir::codec::read_json(json, fhir::testing::r4().names());
    if (!document) {
        std::fprintf(stderr, "a test's JSON is wrong: %s\n%.*s\n", document.fault().text.c_str(), static_cast<int>(json.size()),
                     json.data());
        std::abort();
    }
    return *std::move(document);
}

inline fhir::definition::Library library(std::initializer_list<std::string_view> resources) {
    fhir::definition::Library made(fhir::testing::r4());
    for (const std::string_view json : resources) made.add(read(json));
    return made;
}

// A code system of colours: warm (red (crimson), orange), cold (blue), and grey, which is retired.
inline constexpr std::string_view colours = R"({"resourceType":"CodeSystem","url":"http://example.org/colours","version":"1.0",
    "name":"Colours","title":"Some colours","status":"active","caseSensitive":true,"hierarchyMeaning":"is-a","content":"complete","language":"en",
    "property":[{"code":"wave","type":"integer"},{"code":"notSelectable","uri":"http://hl7.org/fhir/concept-properties#notSelectable","type":"boolean"},
                {"code":"status","uri":"http://hl7.org/fhir/concept-properties#status","type":"code"}],
    "concept":[
      {"code":"warm","display":"Warm","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[
        {"code":"red","display":"Red","definition":"As blood","designation":[{"language":"de","value":"Rot"}],
         "property":[{"code":"wave","valueInteger":700}],"concept":[{"code":"crimson","display":"Crimson"}]},
        {"code":"orange","display":"Orange","property":[{"code":"wave","valueInteger":600}]}]},
      {"code":"cold","display":"Cold","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[
        {"code":"blue","display":"Blue","property":[{"code":"wave","valueInteger":450}]}]},
      {"code":"grey","display":"Grey","property":[{"code":"status","valueCode":"retired"}]}]})";

}  // namespace terminology::testing
