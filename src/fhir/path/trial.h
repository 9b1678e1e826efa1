// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests: an expression on a small patient, its result as one line.

#include "fhir/codec/json.h"
#include "fhir/path/program.h"
#include "fhir/testing.h"

#include <cstdio>
#include <cstdlib>

namespace fhir::path::testing {

using fhir::testing::r4;

inline const Document& patient() {
    static const Document document = [] {
        auto read = codec::read_json(R"({"resourceType":"Patient","id":"p1","active":true,
            "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
            "contained":[{"resourceType":"Organization","id":"o","name":"Inside"}],
            "name":[{"use":"official","family":"Ng","given":["Ada","May"]},{"use":"usual","given":["Addy"]}],
            "telecom":[{"system":"phone","value":"555","rank":2},{"system":"email","value":"a@b.c"}],
            "birthDate":"1980-02-03","_birthDate":{"extension":[{"url":"http://a.org/time","valueDateTime":"1980-02-03T10:00:00Z"}]},
            "deceasedBoolean":false,"multipleBirthInteger":2,
            "managingOrganization":{"reference":"#o"},
            "generalPractitioner":[{"reference":"Practitioner/1"},{"reference":"http://a.org/fhir/Organization/2"},{"type":"PractitionerRole","display":"x"}]})",
                                     r4().names());
        if (!read) {
            std::fprintf(stderr, "%s\n", read.fault().text.c_str());
            std::abort();
        }
        return std::move(*read);
    }();
    return document;
}

inline std::string line_of(const base::Result<Program>& program, const Environment& environment) {
    if (!program) return "? " + program.fault().text;
    const auto result = program->evaluate(patient().root(), environment);
    if (!result) return "! " + result.fault().text;
    std::string line;
    for (const Item& item : *result) {
        if (!line.empty()) line += ", ";
        line += text_of(item, r4()).value_or("<" + std::string(type_of(item, r4())) + ">");
    }
    return line;
}

// "?" and the fault when it does not compile, "!" and the fault when it fails.
inline std::string run(std::string_view expression, const Environment& environment = {}) {
    return line_of(Program::compile(expression, r4()), environment);
}
inline std::string strictly(std::string_view expression, const Environment& environment = {}) {
    return line_of(Program::compile_strict(expression, r4(), r4().find_type("Patient")), environment);
}
inline bool refused(std::string_view expression) { return run(expression).starts_with("?"); }
inline bool fails(std::string_view expression) { return run(expression).starts_with("!"); }
inline Environment with_units() {
    Environment environment;
    environment.units = &fhir::testing::units();
    environment.now = 1'714'564'800'000'000;
    return environment;
}

}  // namespace fhir::path::testing
