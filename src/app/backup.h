// SPDX-License-Identifier: Apache-2.0
#pragma once

// Backups: a folder with all that a server needs to start again. The database as it was at one moment, the installed packages, settings that
// stand in the data folder (*.toml), and SHA256SUMS, which sha256sum -c reads too. The folder has its name only when everything in it is on
// disk and was read back and proved.

#include "base/result.h"
#include "store/relational/backup.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace app {

struct Backup {
    store::Proof proof;
    std::size_t files = 0;
    std::uint64_t bytes = 0;
};

// Of the data folder of a server that runs or does not, into the folder `to`, which must not be there. Faults: missing (no data), conflict (`to` is
// there, or what was read back is not sound), unavailable (cannot be written).
base::Result<Backup> make_backup(const std::string& data, const std::string& to);

// Reads all of it: every file against its sum, then store::prove_database.
base::Result<Backup> prove_backup(const std::string& folder);

// Proves it first. Refuses (conflict) a data folder with anything in it.
base::Result<Backup> restore_backup(const std::string& folder, const std::string& data);

}  // namespace app
