/* SPDX-License-Identifier: Apache-2.0
 * Put between a program and the system (LD_PRELOAD): files that fail while a name stands in the folder $ANDIRON_FAULTS,
 *
 *     sync    fsync and fdatasync answer EIO
 *     full    positioned writes do half of their work and then answer ENOSPC
 *     read    positioned reads answer EIO
 *
 * and a process that is killed in the middle of its $ANDIRON_FAULTS_DIE-th positioned write, sync or truncation: the half of a write is done
 * then, and nothing of the others. SQLite uses no other calls for what it keeps. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long calls;

static int wanted(const char* what) {
    const char* folder = getenv("ANDIRON_FAULTS");
    char path[PATH_MAX];
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, what);
    return access(path, F_OK) == 0;
}

static int last_one(void) {
    const char* number = getenv("ANDIRON_FAULTS_DIE");
    return number && atomic_fetch_add(&calls, 1) + 1 == atol(number);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int file) {
    if (last_one()) die();
    if (wanted("sync")) return errno = EIO, -1;
    return REAL(fsync)(file);
}

int fdatasync(int file) {
    if (last_one()) die();
    if (wanted("sync")) return errno = EIO, -1;
    return REAL(fdatasync)(file);
}

int ftruncate64(int file, off64_t size) {
    if (last_one()) die();
    return REAL(ftruncate64)(file, size);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t offset) {
    if (last_one()) {
        REAL(pwrite64)(file, bytes, count / 2, offset);
        die();
    }
    if (wanted("full")) {
        REAL(pwrite64)(file, bytes, count / 2, offset);
        return errno = ENOSPC, -1;
    }
    return REAL(pwrite64)(file, bytes, count, offset);
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) { return pwrite64(file, bytes, count, offset); }

ssize_t pread64(int file, void* bytes, size_t count, off64_t offset) {
    if (wanted("read")) return errno = EIO, -1;
    return REAL(pread64)(file, bytes, count, offset);
}

ssize_t pread(int file, void* bytes, size_t count, off_t offset) { return pread64(file, bytes, count, offset); }
