// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where a script's references lead: contained resources, files beside it, files in folders that the user named.

#include "base/result.h"
#include "runner/knowledge.h"
#include "runner/testscript/script.h"

#include <string>
#include <string_view>
#include <vector>

namespace runner::testscript {

// The bytes behind a reference, as they lie there (a contained resource as JSON). "Patient/example" is looked for as that file, as
// Patient-example and as patient-example, each with .json and .xml too, in the script's folder, fixtures/ below it, the folder above it and its
// fixtures/, and then in `more`. Of a URL only its end counts, when it ends in a type and an id; it may also be one that the definitions of
// `knowledge` have, if that is given.
// Faults: missing; unsupported for a URL of which nothing lies here.
base::Result<std::string> content(const Script& script, const std::string& reference, const std::vector<std::string>& more, const Knowledge* knowledge = nullptr);

// A whole file. Faults: missing, too_large (over 256 MiB).
base::Result<std::string> read_file(const std::string& path);

}  // namespace runner::testscript
