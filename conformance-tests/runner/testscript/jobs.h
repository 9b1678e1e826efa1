// SPDX-License-Identifier: Apache-2.0
#pragma once

// TestScripts as jobs. What cannot be read is a job too: its Case says why.

#include "runner/job.h"
#include "runner/testscript/run.h"
#include "runner/testscript/script.h"

#include <string>
#include <vector>

namespace runner::testscript {

Job job(const std::string& suite, Script script, const Options& options = {});

// A job for each TestScript among the files, and in the folders and what is below them (by name; other files there are passed over). A file
// that is given by itself must be a script. A script of another version of FHIR is a limit, one that is malformed an error.
// Fault (missing): no such file or folder. Nothing is kept of `knowledge`.
base::Result<Jobs> jobs(const std::string& suite, const std::vector<std::string>& files_or_folders, const Knowledge& knowledge, const Options& options = {});

}  // namespace runner::testscript
