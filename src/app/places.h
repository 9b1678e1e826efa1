// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the knowledge lies: beside an installed program in ../share/andiron, else in the tree that it was built from.

#include <string>

namespace app {

struct Places {
    std::string pack;        // the compiled FHIR definitions
    std::string archive;     // their full text, by canonical URL
    std::string units;       // the table of UCUM
    std::string maps;        // profiles/maps
    std::string structure;   // profiles/structure
    std::string vocabulary;  // profiles/vocabulary
    std::string definitions; // profiles/definitions: Andiron's own, JSON
    std::string suites;      // conformance-tests: scenarios, scripts, fixtures
    std::string fields;      // the table of HL7 v2 segments, fields and data types
};

Places places();

}  // namespace app
