// SPDX-License-Identifier: Apache-2.0
#include "store/sql/gathered_log.h"

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>

namespace store::sql {

namespace {

constexpr sqlite3_int64 most = 120 * 1024;  // SQLite's unix files take less than 128 KiB at once

sqlite3_vfs* beneath(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

// The log as SQLite sees it; the file beneath follows behind it in the same piece of memory.
struct Log {
    sqlite3_file base;
    std::unique_ptr<char[]> gathered;
    sqlite3_int64 at = 0;    // in the file
    sqlite3_int64 size = 0;  // of what is gathered

    sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    int go_out() {
        if (size == 0) return SQLITE_OK;
        const int code = file()->pMethods->xWrite(file(), gathered.get(), static_cast<int>(size), at);
        size = 0;  // also when it failed: what belongs there is written again by whoever begins anew
        return code;
    }
};
static_assert(sizeof(Log) % 8 == 0);  // the file beneath is aligned as SQLite aligns it

Log* log_of(sqlite3_file* file) { return reinterpret_cast<Log*>(file); }

int close(sqlite3_file* file) {
    Log* log = log_of(file);
    const int gone_out = log->go_out();
    const int code = log->file()->pMethods->xClose(log->file());
    log->~Log();
    return gone_out != SQLITE_OK ? gone_out : code;
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    Log& log = *log_of(file);
    if (log.size > 0 && (at != log.at + log.size || log.size + count > most)) {
        if (const int code = log.go_out(); code != SQLITE_OK) return code;
    }
    if (count > most) return log.file()->pMethods->xWrite(log.file(), bytes, count, at);
    if (!log.gathered) log.gathered.reset(new (std::nothrow) char[most]);
    if (!log.gathered) return log.file()->pMethods->xWrite(log.file(), bytes, count, at);
    if (log.size == 0) log.at = at;
    std::memcpy(log.gathered.get() + log.size, bytes, static_cast<std::size_t>(count));
    log.size += count;
    return SQLITE_OK;
}

// Everything that must see the whole log first.
template <auto method, class... Arguments>
int behind(sqlite3_file* file, Arguments... arguments) {
    Log& log = *log_of(file);
    if (const int code = log.go_out(); code != SQLITE_OK) return code;
    return (log.file()->pMethods->*method)(log.file(), arguments...);
}

template <auto method, class... Arguments>
int plain(sqlite3_file* file, Arguments... arguments) {
    return (log_of(file)->file()->pMethods->*method)(log_of(file)->file(), arguments...);
}

constexpr sqlite3_io_methods methods() {
    using Of = sqlite3_io_methods;
    Of all{};
    all.iVersion = 1;  // the log is neither mapped nor shared memory
    all.xClose = close;
    all.xRead = behind<&Of::xRead, void*, int, sqlite3_int64>;
    all.xWrite = write;
    all.xTruncate = behind<&Of::xTruncate, sqlite3_int64>;
    all.xSync = behind<&Of::xSync, int>;
    all.xFileSize = behind<&Of::xFileSize, sqlite3_int64*>;
    all.xLock = plain<&Of::xLock, int>;
    all.xUnlock = plain<&Of::xUnlock, int>;
    all.xCheckReservedLock = plain<&Of::xCheckReservedLock, int*>;
    all.xFileControl = plain<&Of::xFileControl, int, void*>;
    all.xSectorSize = plain<&Of::xSectorSize>;
    all.xDeviceCharacteristics = plain<&Of::xDeviceCharacteristics>;
    return all;
}
constexpr sqlite3_io_methods log_methods = methods();

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* given) {
    if ((flags & SQLITE_OPEN_WAL) == 0) return beneath(vfs)->xOpen(beneath(vfs), path, file, flags, given);
    Log* log = new (file) Log{};
    const int code = beneath(vfs)->xOpen(beneath(vfs), path, log->file(), flags, given);
    // A file without methods is not closed.
    if (log->file()->pMethods != nullptr) {
        log->base.pMethods = &log_methods;
    } else {
        log->~Log();
        file->pMethods = nullptr;
    }
    return code;
}

sqlite3_vfs made(sqlite3_vfs* real, const char* name) {
    sqlite3_vfs vfs = *real;
    vfs.pNext = nullptr;
    vfs.zName = name;
    vfs.szOsFile = static_cast<int>(sizeof(Log)) + real->szOsFile;
    vfs.pAppData = real;
    vfs.xOpen = open;
    vfs.xDelete = [](sqlite3_vfs* v, const char* path, int sync) { return beneath(v)->xDelete(beneath(v), path, sync); };
    vfs.xAccess = [](sqlite3_vfs* v, const char* path, int flags, int* out) { return beneath(v)->xAccess(beneath(v), path, flags, out); };
    vfs.xFullPathname = [](sqlite3_vfs* v, const char* path, int size, char* out) { return beneath(v)->xFullPathname(beneath(v), path, size, out); };
    vfs.xDlOpen = nullptr;  // nothing is loaded
    vfs.xDlError = nullptr;
    vfs.xDlSym = nullptr;
    vfs.xDlClose = nullptr;
    vfs.xRandomness = [](sqlite3_vfs* v, int size, char* out) { return beneath(v)->xRandomness(beneath(v), size, out); };
    vfs.xSleep = [](sqlite3_vfs* v, int micros) { return beneath(v)->xSleep(beneath(v), micros); };
    vfs.xCurrentTime = [](sqlite3_vfs* v, double* out) { return beneath(v)->xCurrentTime(beneath(v), out); };
    vfs.xGetLastError = [](sqlite3_vfs* v, int size, char* out) { return beneath(v)->xGetLastError(beneath(v), size, out); };
    if (vfs.iVersion >= 2)
        vfs.xCurrentTimeInt64 = [](sqlite3_vfs* v, sqlite3_int64* out) { return beneath(v)->xCurrentTimeInt64(beneath(v), out); };
    vfs.iVersion = vfs.iVersion >= 2 ? 2 : 1;
    return vfs;
}

}  // namespace

const char* gathered_log() {
    // One for each that was the default: tests put theirs there for a while. SQLite keeps the pointers, so none is ever taken away.
    struct Own {
        std::string name;
        sqlite3_vfs vfs{};
    };
    static std::mutex mutex;
    static std::map<std::pair<const sqlite3_vfs*, int>, std::unique_ptr<Own>> all;
    const std::lock_guard lock(mutex);
    sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
    if (real == nullptr) return nullptr;
    std::unique_ptr<Own>& own = all[{real, real->szOsFile}];
    if (!own) {
        auto fresh = std::make_unique<Own>();
        fresh->name = "gathered-log-" + std::to_string(all.size());
        fresh->vfs = made(real, fresh->name.c_str());
        if (sqlite3_vfs_register(&fresh->vfs, 0) != SQLITE_OK) return nullptr;
        own = std::move(fresh);
    }
    return own->name.c_str();
}

}  // namespace store::sql
