// SPDX-License-Identifier: Apache-2.0
#pragma once

// The FHIR packages of one installation: <data>/packages/NAME#VERSION.archive, each compiled when it was added and
// mapped at every start. A file is replaced by renaming a finished one over it, so a running server keeps what it mapped.

#include "fhir/definition/library.h"

#include <string>
#include <vector>

namespace app {

struct InstalledPackage {
    std::string label;  // "hl7.fhir.us.core#6.1.0"
    std::string path;
};

// Sorted by name. No folder: none.
std::vector<InstalledPackage> installed_packages(const std::string& data);

// Compiles the package (.tgz or folder) and keeps it. The Library is asked which dependencies are there, and gets it too.
base::Result<fhir::definition::PackageFacts> install_package(const std::string& data, const std::string& package, fhir::definition::Library& library);

// Fault (missing) when it is not installed.
base::Result<void> remove_package(const std::string& data, const std::string& label);

// Puts all installed packages on the library's shelves. What cannot be read is left out and said.
base::Findings load_packages(const std::string& data, fhir::definition::Library& library);

}  // namespace app
