// Makes the n-th operation of SQLite on its files fail: a VFS in front of the system's. See faults.c for the settings.
//
// The operations count under the names of SQLite's methods, such as xWrite. It is there if FAULT_VFS is set and the program
// uses SQLite's shared library.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"

typedef struct {
    sqlite3_file base;
    // The system's file follows in memory.
    sqlite3_file *real;
} fault_file;

static sqlite3_vfs vfs;
static sqlite3_io_methods methods;

static sqlite3_vfs *system_vfs(void) { return vfs.pAppData; }

static sqlite3_file *real(sqlite3_file *file) { return ((fault_file *)file)->real; }

// SQLite's code for the failure of an operation, whose own code of failure is given; SQLITE_OK if it does not fail.
static int failure(const char *name, int own) {
    if (!fault_strikes(name)) return SQLITE_OK;
    switch (fault_error_number()) {
    case ENOSPC: return SQLITE_FULL;
    // For shared memory, this is not a failure: SQLite then reads without it.
    case EACCES: return own == SQLITE_IOERR_WRITE || own == SQLITE_IOERR_TRUNCATE ? SQLITE_READONLY : own;
    // Of locks only: from a read, it would make a checkpoint look done that is not.
    case EAGAIN:
        return own == SQLITE_IOERR_LOCK || own == SQLITE_IOERR_SHMLOCK || own == SQLITE_IOERR_CHECKRESERVEDLOCK ? SQLITE_BUSY : own;
    default: return own;
    }
}

#define UNLESS_IT_FAILS(name, own) \
    do { \
        int code = failure(name, own); \
        if (code != SQLITE_OK) return code; \
    } while (0)

static int fault_close(sqlite3_file *file) { return real(file)->pMethods->xClose(real(file)); }

static int fault_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 place) {
    UNLESS_IT_FAILS("xRead", SQLITE_IOERR_READ);
    return real(file)->pMethods->xRead(real(file), bytes, count, place);
}

static int fault_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 place) {
    int code = failure("xWrite", SQLITE_IOERR_WRITE);
    if (code == SQLITE_OK) return real(file)->pMethods->xWrite(real(file), bytes, count, place);
    if (fault_is_torn()) {
        // As much as sectors were written before the power went.
        real(file)->pMethods->xWrite(real(file), bytes, count > 512 ? count / 2 / 512 * 512 : count / 2, place);
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    }
    return code;
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size) {
    UNLESS_IT_FAILS("xTruncate", SQLITE_IOERR_TRUNCATE);
    return real(file)->pMethods->xTruncate(real(file), size);
}

static int fault_sync(sqlite3_file *file, int flags) {
    UNLESS_IT_FAILS("xSync", SQLITE_IOERR_FSYNC);
    return real(file)->pMethods->xSync(real(file), flags);
}

static int fault_size(sqlite3_file *file, sqlite3_int64 *size) {
    UNLESS_IT_FAILS("xFileSize", SQLITE_IOERR_FSTAT);
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int fault_lock(sqlite3_file *file, int level) {
    UNLESS_IT_FAILS("xLock", SQLITE_IOERR_LOCK);
    return real(file)->pMethods->xLock(real(file), level);
}

static int fault_unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

static int fault_reserved(sqlite3_file *file, int *result) {
    UNLESS_IT_FAILS("xCheckReservedLock", SQLITE_IOERR_CHECKRESERVEDLOCK);
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}

static int fault_control(sqlite3_file *file, int what, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), what, argument);
}

static int fault_sector(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }

static int fault_device(sqlite3_file *file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

static int fault_shm_map(sqlite3_file *file, int page, int size, int extends, void volatile **result) {
    UNLESS_IT_FAILS("xShmMap", SQLITE_IOERR_SHMMAP);
    return real(file)->pMethods->xShmMap(real(file), page, size, extends, result);
}

static int fault_shm_lock(sqlite3_file *file, int first, int count, int flags) {
    // Failing to release a lock is not a disk fault.
    if (flags & SQLITE_SHM_LOCK) UNLESS_IT_FAILS("xShmLock", SQLITE_IOERR_SHMLOCK);
    return real(file)->pMethods->xShmLock(real(file), first, count, flags);
}

static void fault_shm_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }

static int fault_shm_unmap(sqlite3_file *file, int deletes) {
    return real(file)->pMethods->xShmUnmap(real(file), deletes);
}

static int fault_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *given) {
    fault_file *own = (fault_file *)file;
    own->base.pMethods = NULL;
    own->real = (sqlite3_file *)(own + 1);
    UNLESS_IT_FAILS("xOpen", SQLITE_CANTOPEN);
    int code = system_vfs()->xOpen(system_vfs(), name, own->real, flags, given);
    if (code == SQLITE_OK && own->real->pMethods) own->base.pMethods = &methods;
    return code;
}

static int fault_delete(sqlite3_vfs *self, const char *name, int synchronizes) {
    UNLESS_IT_FAILS("xDelete", SQLITE_IOERR_DELETE);
    return system_vfs()->xDelete(system_vfs(), name, synchronizes);
}

static int fault_access(sqlite3_vfs *self, const char *name, int flags, int *result) {
    UNLESS_IT_FAILS("xAccess", SQLITE_IOERR_ACCESS);
    return system_vfs()->xAccess(system_vfs(), name, flags, result);
}

__attribute__((constructor)) static void fault_register(void) {
    if (!getenv("FAULT_VFS")) return;
    sqlite3_vfs *(*find)(const char *) = (__typeof__(find))dlsym(RTLD_DEFAULT, "sqlite3_vfs_find");
    int (*add)(sqlite3_vfs *, int) = (__typeof__(add))dlsym(RTLD_DEFAULT, "sqlite3_vfs_register");
    if (!find || !add) return;
    sqlite3_vfs *system = find(NULL);
    vfs = *system;
    vfs.pNext = NULL;
    vfs.pAppData = system;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(fault_file) + system->szOsFile;
    vfs.xOpen = fault_open;
    vfs.xDelete = fault_delete;
    vfs.xAccess = fault_access;
    // Without memory-mapped reading, which bypasses xRead.
    methods = (sqlite3_io_methods){
        .iVersion = 2, .xClose = fault_close, .xRead = fault_read, .xWrite = fault_write, .xTruncate = fault_truncate,
        .xSync = fault_sync, .xFileSize = fault_size, .xLock = fault_lock, .xUnlock = fault_unlock,
        .xCheckReservedLock = fault_reserved, .xFileControl = fault_control, .xSectorSize = fault_sector,
        .xDeviceCharacteristics = fault_device, .xShmMap = fault_shm_map, .xShmLock = fault_shm_lock,
        .xShmBarrier = fault_shm_barrier, .xShmUnmap = fault_shm_unmap};
    add(&vfs, 1);
}
