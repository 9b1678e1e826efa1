// SPDX-License-Identifier: Apache-2.0
// Saves the data of a server that goes on running, proves what was saved, and makes a data folder of it again.
#include "app/backup.h"
#include "app/commands.h"
#include "base/flags.h"

#include <fmt/format.h>

#include <filesystem>

#include <sys/stat.h>

namespace app::commands {

namespace {

constexpr std::string_view backup_usage =
    "usage: andiron backup TO [--data DIR]\n"
    "       andiron backup --verify FOLDER\n\n"
    "Saves the data folder into the new folder TO, while a server works on it or not: the database as it is at one moment (all\n"
    "that was acknowledged before the command began is in it), the installed packages, and *.toml of the data folder. What\n"
    "was written is read back and proved before the folder gets its name. Writers are not held up.\n\n"
    "  --data DIR         the server's data folder, default ./data\n"
    "  --verify FOLDER    proves a backup: the SHA-256 of each file, every page and index of the database, the chain of its\n"
    "                     ledger, and each version of each resource against it\n\n"
    "Exit codes: 0 saved and proved, 64 wrong usage, 65 not sound, 66 no such data or backup, 73 TO is there already,\n"
    "74 it cannot be written.\n";

constexpr std::string_view restore_usage =
    "usage: andiron restore FOLDER [--data DIR]\n\n"
    "Proves the backup FOLDER and makes a data folder of it, from which a server starts. A folder with anything in it is\n"
    "refused. HL7 v2 messages that were sent since the backup was made are sent once more.\n\n"
    "  --data DIR    the folder to make, default ./data\n\n"
    "Exit codes: 0 done, 64 wrong usage, 65 the backup is not sound, 66 no such backup, 73 the folder has data, 74 it cannot be written.\n";

struct Options {
    std::string folder;
    std::string data = "data";
    bool help = false;
    bool verify = false;
};

base::Result<Options> read(const Arguments& arguments) {
    using base::Fault;
    Options options;
    base::Flags flags;
    flags.sign("--help", options.help).sign("--verify", options.verify).text("--data", options.data);
    flags.others([&](const std::string& word) -> base::Result<void> {
        if (!options.folder.empty()) return Fault{Fault::Kind::unsupported, "one folder at a time"};
        options.folder = word;
        return {};
    });
    TRY(flags.read(arguments));
    if (!options.help && options.folder.empty()) return Fault{Fault::Kind::unsupported, "a folder is missing"};
    return options;
}

// Not sound is bad data here, and what cannot be written is no passing trouble.
int end_with(const base::Fault& fault, bool there_already) {
    fail(fault);
    using Kind = base::Fault::Kind;
    if (fault.kind == Kind::missing) return 66;
    if (fault.kind == Kind::conflict || fault.kind == Kind::bug) return there_already ? 73 : 65;
    return 74;
}

void tell(const char* what, const Backup& backup) {
    const store::Proof& proof = backup.proof;
    fmt::print("{}: {} files, {} bytes, each as its SHA-256 says\n", what, backup.files, backup.bytes);
    fmt::print("database: schema {}, every page and index sound\n", proof.schema);
    fmt::print("ledger: {} changes, chained to {}\n", proof.position, proof.head);
    fmt::print("resources: {}; versions: {}, each as the ledger has its hash\n", proof.resources, proof.versions);
    fmt::print("messages: {} received, {} outgoing\n", proof.messages, proof.outgoing);
}

bool has_something(const std::string& path) {
    std::error_code problem;
    return std::filesystem::exists(path, problem) && !std::filesystem::is_empty(path, problem);
}

}  // namespace

int backup(const Arguments& arguments) {
    const auto options = read(arguments);
    if (!options) return wrong_usage(options.fault().text, "backup");
    if (options->help) {
        fmt::print("{}", backup_usage);
        return 0;
    }
    ::umask(0077);  // it holds patient data
    if (options->verify) {
        const auto proved = prove_backup(options->folder);
        if (!proved) return end_with(proved.fault(), false);
        tell("sound", *proved);
        return 0;
    }
    const bool there = std::filesystem::exists(options->folder);
    const auto made = make_backup(options->data, options->folder);
    if (!made) return end_with(made.fault(), there);
    tell("saved and read back", *made);
    return 0;
}

int restore(const Arguments& arguments) {
    const auto options = read(arguments);
    if (!options || options->verify) return wrong_usage(options ? "--verify belongs to backup" : options.fault().text, "restore");
    if (options->help) {
        fmt::print("{}", restore_usage);
        return 0;
    }
    ::umask(0077);
    const bool there = has_something(options->data);
    const auto restored = restore_backup(options->folder, options->data);
    if (!restored) return end_with(restored.fault(), there);
    tell("restored", *restored);
    return 0;
}

}  // namespace app::commands
