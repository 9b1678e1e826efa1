// SPDX-License-Identifier: Apache-2.0
#include "app/backup.h"

#include "base/crypto.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace app {

using base::Fault;
namespace files = std::filesystem;

namespace {

constexpr const char* database = "andiron.db";
constexpr const char* sums = "SHA256SUMS";

Fault failed(const char* what, const files::path& path) { return {Fault::Kind::unavailable, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno))}; }

// What stands in the folder when it goes out of scope is taken away, unless it was kept.
class Unfinished {
public:
    explicit Unfinished(files::path path) : path_(std::move(path)) {}
    ~Unfinished() {
        std::error_code ignored;
        if (!path_.empty()) files::remove_all(path_, ignored);
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    const files::path& path() const { return path_; }
    void keep() { path_.clear(); }

private:
    files::path path_;
};

// A file or folder as the machine shows it to who reads it.
class Open {
public:
    explicit Open(const files::path& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~Open() {
        if (file_ >= 0) ::close(file_);
    }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    explicit operator bool() const { return file_ >= 0; }
    int file() const { return file_; }

private:
    int file_;
};

base::Result<void> sync(const files::path& path) {
    const Open open(path);
    if (!open || ::fsync(open.file()) != 0) return failed("sync", path);
    return {};
}

base::Result<std::string> sum_of(const files::path& path) {
    const Open open(path);
    struct stat facts {};
    if (!open || ::fstat(open.file(), &facts) != 0) return failed("read", path);
    const auto size = static_cast<std::size_t>(facts.st_size);
    if (size == 0) return base::hex(base::view(base::sha256("")));
    void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, open.file(), 0);
    if (bytes == MAP_FAILED) return failed("read", path);
    const std::string sum = base::hex(base::view(base::sha256({static_cast<const char*>(bytes), size})));
    ::munmap(bytes, size);
    return sum;
}

// What a server needs besides the database; names below `folder`.
base::Result<std::vector<files::path>> companions(const files::path& folder) {
    std::vector<files::path> found;
    std::error_code problem;
    for (files::directory_iterator at(folder, problem), end; !problem && at != end; at.increment(problem))
        if (at->is_regular_file() && at->path().extension() == ".toml") found.push_back(at->path().filename());
    if (problem) return Fault{Fault::Kind::missing, fmt::format("cannot read {}: {}", folder.string(), problem.message())};
    const files::path packages = folder / "packages";
    if (std::error_code absent; files::is_directory(packages, absent)) {
        for (files::directory_iterator at(packages, problem), end; !problem && at != end; at.increment(problem))
            if (at->is_regular_file() && at->path().extension() == ".archive") found.push_back("packages" / at->path().filename());
    }
    if (problem) return Fault{Fault::Kind::unavailable, fmt::format("cannot read {}: {}", packages.string(), problem.message())};
    std::sort(found.begin(), found.end());
    return found;
}

base::Result<void> copy_safely(const files::path& from, const files::path& to) {
    std::error_code problem;
    files::create_directories(to.parent_path(), problem);
    if (!problem) files::copy_file(from, to, problem);
    if (problem) return Fault{Fault::Kind::unavailable, fmt::format("cannot copy {}: {}", from.string(), problem.message())};
    return sync(to);
}

// Makes the folder for its owner alone.
base::Result<void> make_folder(const files::path& path) {
    if (::mkdir(path.c_str(), 0700) != 0) return failed("make", path);
    return {};
}

// All of the folder is on disk: from here on it may have its name.
base::Result<void> rename_folder(Unfinished& from, const files::path& to) {
    std::error_code ignored;
    if (files::is_directory(from.path() / "packages", ignored)) TRY(sync(from.path() / "packages"));
    TRY(sync(from.path()));
    if (::rename(from.path().c_str(), to.c_str()) != 0) return failed("make", to);  // an empty folder gives way
    from.keep();
    return sync(to.has_parent_path() ? to.parent_path() : files::path("."));
}

files::path without_slash(const std::string& path) {
    files::path made = files::path(path).lexically_normal();
    return made.has_filename() ? made : made.parent_path();
}

base::Result<std::map<std::string, std::string>> read_sums(const files::path& folder) {
    std::ifstream file(folder / sums, std::ios::binary);
    if (!file) return Fault{Fault::Kind::missing, fmt::format("{} is no backup: there is no {} in it", folder.string(), sums)};
    const std::string text(std::istreambuf_iterator<char>(file), {});
    std::map<std::string, std::string> all;
    for (const std::string_view line : base::split(text, '\n')) {
        if (line.empty()) continue;
        if (line.size() < 67 || line.substr(64, 2) != "  ") return Fault{Fault::Kind::conflict, fmt::format("{} in {} is damaged", sums, folder.string())};
        all.emplace(line.substr(66), line.substr(0, 64));
    }
    if (!all.contains(database)) return Fault{Fault::Kind::conflict, fmt::format("{} in {} does not name the database", sums, folder.string())};
    return all;
}

}  // namespace

base::Result<Backup> make_backup(const std::string& data, const std::string& target) {
    const files::path to = without_slash(target);
    std::error_code problem;
    if (!files::is_regular_file(files::path(data) / database, problem)) return Fault{Fault::Kind::missing, "there is no database in " + data};
    if (files::exists(to, problem)) return Fault{Fault::Kind::conflict, to.string() + " is there already"};
    Unfinished unfinished(to.string() + ".unfinished");
    TRY(make_folder(unfinished.path()));
    // Packages first: what the database was written with when the moment comes is installed by then.
    TRY(const auto others, companions(data));
    for (const files::path& one : others) TRY(copy_safely(files::path(data) / one, unfinished.path() / one));
    TRY(store::copy_database((files::path(data) / database).string(), (unfinished.path() / database).string()));
    TRY(sync(unfinished.path() / database));
    {
        std::ofstream list(unfinished.path() / sums, std::ios::binary);
        TRY(const std::string sum, sum_of(unfinished.path() / database));
        list << sum << "  " << database << '\n';
        for (const files::path& one : others) {
            TRY(const std::string its, sum_of(unfinished.path() / one));
            list << its << "  " << one.string() << '\n';
        }
        if (!list.flush()) return failed("write", unfinished.path() / sums);
    }
    TRY(sync(unfinished.path() / sums));
    TRY(const Backup made, prove_backup(unfinished.path().string()));
    TRY(rename_folder(unfinished, to));
    return made;
}

base::Result<Backup> prove_backup(const std::string& folder) {
    Backup backup;
    TRY(const auto all, read_sums(folder));
    for (const auto& [name, sum] : all) {
        const files::path path = files::path(folder) / name;
        TRY(const std::string is, sum_of(path));
        if (is != sum) return Fault{Fault::Kind::conflict, path.string() + " is not what was saved: its SHA-256 differs"};
        std::error_code problem;
        backup.bytes += files::file_size(path, problem);
        ++backup.files;
    }
    TRY(backup.proof, store::prove_database((files::path(folder) / database).string()));
    return backup;
}

base::Result<Backup> restore_backup(const std::string& folder, const std::string& data) {
    const files::path to = without_slash(data);
    std::error_code problem;
    if (files::exists(to, problem) && !(files::is_directory(to, problem) && files::is_empty(to, problem)))
        return Fault{Fault::Kind::conflict, fmt::format("{} has something in it: a backup is restored into a new folder", to.string())};
    TRY(const Backup sound, prove_backup(folder));
    TRY(const auto all, read_sums(folder));
    Unfinished unfinished(to.string() + ".unfinished");
    TRY(make_folder(unfinished.path()));
    for (const auto& [name, sum] : all) {
        TRY(copy_safely(files::path(folder) / name, unfinished.path() / name));
        TRY(const std::string is, sum_of(unfinished.path() / name));
        if (is != sum) return Fault{Fault::Kind::conflict, name + " was not copied as it is"};
    }
    TRY(rename_folder(unfinished, to));
    return sound;
}

}  // namespace app
