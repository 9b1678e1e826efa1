// SPDX-License-Identifier: Apache-2.0
#pragma once

// A FHIR package, as published, made into an archive (archive.h).

#include "base/result.h"
#include "fhir/definition/archive.h"
#include "fhir/schema/schema.h"

#include <functional>
#include <string>

namespace fhir::definition {

// Reads all definitions of the package (.tgz or folder) into `writer`. Files that cannot be read become findings of its
// manifest; a package without package.json, or one that is no archive, is a Fault.
// `change`, if given, makes of each resource the one that is kept.
using Change = std::function<Document(const Document&)>;
base::Result<void> add_package(ArchiveWriter& writer, const std::string& path, const schema::Schema& schema, bool whole,
                               const Change& change = {});

// The archive of one package, definitions lean and whole.
base::Result<std::string> compile_package(const std::string& path, const schema::Schema& schema, int level = 1);

// JSON or XML, told by the first character.
base::Result<Document> read_definition(std::string_view bytes, const schema::Schema& schema);

}  // namespace fhir::definition
