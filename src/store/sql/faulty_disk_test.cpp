// SPDX-License-Identifier: Apache-2.0
#include "store/sql/faulty_disk_fixture.h"

#include "store/sql/sqlite.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace store::sql {

namespace {

struct Change {
    std::size_t offset = 0;
    std::string bytes;
    bool cut = false;  // the file ends at offset
};

void make_of(std::string& content, const Change& change) {
    if (change.cut) {
        content.resize(change.offset);
        return;
    }
    if (content.size() < change.offset + change.bytes.size()) content.resize(change.offset + change.bytes.size());
    content.replace(change.offset, change.bytes.size(), change.bytes);
}

struct File {
    bool safe = false;     // its name is on disk
    std::string content;   // what is on disk for certain
    std::vector<Change> pending;
};

std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_whole(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc).write(content.data(), static_cast<std::streamsize>(content.size()));
}

struct Handle {
    sqlite3_file base;  // first: SQLite sees this
    FaultyDisk::Inside* disk;
    File* file;          // null: a file without a name
    sqlite3_file* real;  // stands behind this in the same memory
};

}  // namespace

const char* spelling(FaultyDisk::Left left) {
    constexpr const char* names[] = {"clean", "torn", "zeroed", "unsynced lost", "scattered"};
    return names[static_cast<std::size_t>(left)];
}

struct FaultyDisk::Inside {
    sqlite3_vfs vfs{};
    sqlite3_vfs* real = nullptr;
    sqlite3_io_methods methods{};

    mutable std::mutex mutex;
    Plan plan;
    std::int64_t events = 0;
    bool struck = false;
    bool dead = false;
    std::map<std::string, std::unique_ptr<File>> files;
    std::map<std::string, std::string> ghosts;  // deleted, but the folder was not synced since

    // What comes of an event: nothing, or trouble. `dead` is asked before.
    bool strikes(Event event) {
        const bool counts = plan.on == event || (plan.on == Event::change && event != Event::read);
        if (!counts) return false;
        ++events;
        if (plan.at == 0 || !(plan.lasting ? events >= plan.at : events == plan.at)) return false;
        struck = true;
        if (plan.trouble == Trouble::crash) dead = true;
        return true;
    }

    static int write(Handle& handle, const std::string& bytes, std::size_t offset) {
        if (handle.file != nullptr) handle.file->pending.push_back({offset, bytes, false});
        return handle.real->pMethods->xWrite(handle.real, bytes.data(), static_cast<int>(bytes.size()), static_cast<sqlite3_int64>(offset));
    }
};

namespace {

Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

int close(sqlite3_file* file) { return of(file).real->pMethods->xClose(of(file).real); }

int read(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
    Handle& handle = of(file);
    {
        const std::lock_guard lock(handle.disk->mutex);
        if (handle.disk->dead || handle.disk->strikes(FaultyDisk::Event::read)) return SQLITE_IOERR_READ;
    }
    return handle.real->pMethods->xRead(handle.real, to, count, offset);
}

int write(sqlite3_file* file, const void* from, int count, sqlite3_int64 at) {
    Handle& handle = of(file);
    FaultyDisk::Inside& disk = *handle.disk;
    const std::lock_guard lock(disk.mutex);
    if (disk.dead) return SQLITE_IOERR_WRITE;
    std::string bytes(static_cast<const char*>(from), static_cast<std::size_t>(count));
    const auto offset = static_cast<std::size_t>(at);
    if (!disk.strikes(FaultyDisk::Event::write)) return FaultyDisk::Inside::write(handle, bytes, offset);
    if (disk.plan.trouble != FaultyDisk::Trouble::crash) {
        FaultyDisk::Inside::write(handle, bytes.substr(0, bytes.size() / 2), offset);
        return disk.plan.trouble == FaultyDisk::Trouble::full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    using Left = FaultyDisk::Left;
    if (disk.plan.left == Left::torn) FaultyDisk::Inside::write(handle, bytes.substr(0, bytes.size() / 2), offset);
    if (disk.plan.left == Left::zeroed) FaultyDisk::Inside::write(handle, std::string(bytes.size(), '\0'), offset);
    if (disk.plan.left == Left::scattered) FaultyDisk::Inside::write(handle, bytes, offset);
    return SQLITE_IOERR_WRITE;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& handle = of(file);
    const std::lock_guard lock(handle.disk->mutex);
    if (handle.disk->dead || handle.disk->strikes(FaultyDisk::Event::change)) return SQLITE_IOERR_TRUNCATE;
    if (handle.file != nullptr) handle.file->pending.push_back({static_cast<std::size_t>(size), {}, true});
    return handle.real->pMethods->xTruncate(handle.real, size);
}

int sync(sqlite3_file* file, int) {
    Handle& handle = of(file);
    FaultyDisk::Inside& disk = *handle.disk;
    const std::lock_guard lock(disk.mutex);
    if (disk.dead) return SQLITE_IOERR_FSYNC;
    const bool fails = disk.strikes(FaultyDisk::Event::sync);
    if (fails && disk.dead) return SQLITE_IOERR_FSYNC;
    if (handle.file == nullptr) return SQLITE_OK;
    // After a failed sync the system forgets what was not written: a later one does not make it safe.
    if (!fails) {
        for (const Change& change : handle.file->pending) make_of(handle.file->content, change);
        if (!handle.file->safe) disk.ghosts.clear();  // with a new journal or log SQLite syncs the folder
        handle.file->safe = true;
    }
    handle.file->pending.clear();
    return fails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) { return of(file).real->pMethods->xFileSize(of(file).real, size); }
int lock(sqlite3_file* file, int level) { return of(file).real->pMethods->xLock(of(file).real, level); }
int unlock(sqlite3_file* file, int level) { return of(file).real->pMethods->xUnlock(of(file).real, level); }
int check_lock(sqlite3_file* file, int* out) { return of(file).real->pMethods->xCheckReservedLock(of(file).real, out); }
int control(sqlite3_file* file, int what, void* more) { return of(file).real->pMethods->xFileControl(of(file).real, what, more); }
int sector(sqlite3_file* file) { return of(file).real->pMethods->xSectorSize(of(file).real); }
int character(sqlite3_file* file) { return of(file).real->pMethods->xDeviceCharacteristics(of(file).real); }
int map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return of(file).real->pMethods->xShmMap(of(file).real, page, size, extend, out);
}
int map_lock(sqlite3_file* file, int offset, int n, int flags) { return of(file).real->pMethods->xShmLock(of(file).real, offset, n, flags); }
void map_barrier(sqlite3_file* file) { of(file).real->pMethods->xShmBarrier(of(file).real); }
int unmap(sqlite3_file* file, int remove) { return of(file).real->pMethods->xShmUnmap(of(file).real, remove); }

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
    auto* disk = static_cast<FaultyDisk::Inside*>(vfs->pAppData);
    Handle& handle = of(file);
    handle = {{nullptr}, disk, nullptr, reinterpret_cast<sqlite3_file*>(&handle + 1)};
    const std::lock_guard guard(disk->mutex);
    if (disk->dead) return SQLITE_CANTOPEN;
    const bool was_there = path != nullptr && std::filesystem::exists(path);
    const int code = disk->real->xOpen(disk->real, path, handle.real, flags, out);
    if (code != SQLITE_OK) return code;
    handle.base.pMethods = &disk->methods;
    if (path == nullptr) return SQLITE_OK;
    auto& known = disk->files[path];
    if (!known) {
        known = std::make_unique<File>();
        known->safe = was_there;
        known->content = was_there ? read_whole(path) : std::string();
    }
    handle.file = known.get();
    return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    auto* disk = static_cast<FaultyDisk::Inside*>(vfs->pAppData);
    const std::lock_guard guard(disk->mutex);
    if (disk->dead || disk->strikes(FaultyDisk::Event::change)) return SQLITE_IOERR_DELETE;
    if (const auto known = disk->files.find(path); known != disk->files.end()) {
        if (sync_folder == 0 && known->second->safe) disk->ghosts[path] = known->second->content;
        disk->files.erase(known);
    }
    return disk->real->xDelete(disk->real, path, sync_folder);
}

}  // namespace

FaultyDisk::FaultyDisk() : inside_(std::make_unique<Inside>()) {
    Inside& inside = *inside_;
    inside.real = sqlite3_vfs_find(nullptr);
    inside.vfs = *inside.real;
    inside.vfs.pNext = nullptr;
    inside.vfs.zName = "faulty";
    inside.vfs.pAppData = &inside;
    inside.vfs.szOsFile = static_cast<int>(sizeof(Handle)) + inside.real->szOsFile;
    inside.vfs.xOpen = open;
    inside.vfs.xDelete = remove;
    // The other calls of the system's own look at nothing but themselves.
    inside.methods = {2, close, read, write, truncate, sync, file_size, lock, unlock, check_lock, control, sector, character,
                      map, map_lock, map_barrier, unmap, nullptr, nullptr};
    sqlite3_vfs_register(&inside.vfs, 1);
}

FaultyDisk::~FaultyDisk() {
    sqlite3_vfs_unregister(&inside_->vfs);
    sqlite3_vfs_register(inside_->real, 1);
}

void FaultyDisk::plan(const Plan& plan) {
    const std::lock_guard lock(inside_->mutex);
    inside_->plan = plan;
    inside_->events = 0;
    inside_->struck = inside_->dead = false;
}

bool FaultyDisk::struck() const {
    const std::lock_guard lock(inside_->mutex);
    return inside_->struck;
}

std::int64_t FaultyDisk::events() const {
    const std::lock_guard lock(inside_->mutex);
    return inside_->events;
}

void FaultyDisk::forget() {
    const std::lock_guard lock(inside_->mutex);
    inside_->files.clear();
    inside_->ghosts.clear();
}

void FaultyDisk::restart(std::uint64_t seed) {
    Inside& inside = *inside_;
    const Left left = inside.plan.left;
    plan({});
    const std::lock_guard lock(inside.mutex);
    std::mt19937_64 chance(seed);
    const auto one_in = [&](std::uint64_t n) { return chance() % n == 0; };
    for (const auto& [path, file] : inside.files) {
        std::error_code ignored;
        if (path.ends_with(".db")) std::filesystem::remove(path + "-shm", ignored);
        if (left != Left::unsynced_lost && left != Left::scattered) continue;
        std::string content = file->content;
        bool there = file->safe;
        for (Change& change : file->pending) {
            if (left == Left::unsynced_lost || one_in(2)) continue;
            there = true;
            if (!change.cut && one_in(3)) {  // some of its sectors
                const std::size_t from = chance() % (change.bytes.size() / 512 + 1) * 512;
                const std::size_t to = std::min(change.bytes.size(), from + (1 + chance() % 8) * 512);
                change = {change.offset + from, change.bytes.substr(from, to - from), false};
            }
            make_of(content, change);
        }
        if (!there) std::filesystem::remove(path, ignored);
        else write_whole(path, content);
    }
    if (left == Left::unsynced_lost || left == Left::scattered)
        for (const auto& [path, content] : inside.ghosts)
            if (!std::filesystem::exists(path) && (left == Left::unsynced_lost || one_in(2))) write_whole(path, content);
    inside.files.clear();
    inside.ghosts.clear();
}

namespace {

struct TestFolder {
    std::string path;
    TestFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "andiron-disk-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path = pattern;
    }
    ~TestFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
};

std::unique_ptr<Connection> open_at(const TestFolder& folder, const char* synchronous) {
    auto connection = *Connection::open(folder.path + "/t.db", Mode::write);
    REQUIRE(connection->execute(std::string("pragma journal_mode = wal; pragma wal_autocheckpoint = 0; pragma synchronous = ") + synchronous));
    return connection;
}

}  // namespace

TEST_SUITE("store/sql/faulty_disk") {
    TEST_CASE("who does not sync loses after a power failure, who does keeps") {
        for (const bool full : {true, false}) {
            const TestFolder folder;
            FaultyDisk disk;
            auto connection = open_at(folder, "full");
            REQUIRE(connection->execute("create table t (n integer)"));
            REQUIRE(connection->execute(full ? "pragma synchronous = full" : "pragma synchronous = off"));
            disk.plan({.on = FaultyDisk::Event::change, .at = 3, .trouble = FaultyDisk::Trouble::crash, .left = FaultyDisk::Left::unsynced_lost});
            int kept = 0;
            while (connection->execute("insert into t values (1)")) ++kept;
            CHECK(disk.struck());
            connection.reset();
            disk.restart(1);
            connection = open_at(folder, "full");
            const auto count = connection->number("select count(*) from t");
            REQUIRE(count);
            CHECK((full ? *count >= kept : *count == 0));
        }
    }
    TEST_CASE("a disk without room says so, and has room again") {
        const TestFolder folder;
        FaultyDisk disk;
        const auto connection = open_at(folder, "full");
        REQUIRE(connection->execute("create table t (n integer)"));
        disk.plan({.on = FaultyDisk::Event::write, .at = 1, .trouble = FaultyDisk::Trouble::full, .left = FaultyDisk::Left::clean, .lasting = true});
        CHECK_FALSE(connection->execute("insert into t values (1)"));
        CHECK(connection->trouble() == Trouble::full);
        CHECK(*connection->number("select count(*) from t") == 0);
        disk.plan({});
        CHECK(connection->execute("insert into t values (1)"));
        CHECK(*connection->number("select count(*) from t") == 1);
    }
}

}  // namespace store::sql
