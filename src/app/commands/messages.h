// SPDX-License-Identifier: Apache-2.0
#pragma once

// The HL7 v2 messages of files and folders, for commands that send or read them.

#include "base/result.h"

#include <string>
#include <vector>

namespace app {

// In order of paths; a folder's files by name, sub-folders too. A file holds one message, several, or a batch; "-" is standard input. What
// is no message at all is taken as it is: a test sender sends also that. Missing when a path cannot be read.
base::Result<std::vector<std::string>> read_messages(const std::vector<std::string>& paths);

}  // namespace app
