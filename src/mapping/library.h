// SPDX-License-Identifier: Apache-2.0
#pragma once

// Maps, concept maps and naming systems of some folders, read and proven together: what a tongue needs to translate.
// Immutable; shared by all threads. The schema must outlive it.

#include "mapping/program.h"
#include "terminology/concept_map.h"
#include "terminology/naming.h"

#include <memory>
#include <string>
#include <vector>

namespace mapping {

struct Library {
    std::unique_ptr<const terminology::ConceptMaps> codes;  // the program points into it
    terminology::Naming naming;
    Program program;
};

struct Folders {
    std::vector<std::string> maps;        // all .map files below each; a later folder changes an earlier one row by row
    std::vector<std::string> vocabulary;  // .codes files and naming-systems.tsv of each
    std::string local_base = "urn:id:";
};

// Fault (invalid) with all that is wrong in the files as its findings.
base::Result<Library> load_library(const Folders& folders, const fhir::schema::Schema& schema);

}  // namespace mapping
