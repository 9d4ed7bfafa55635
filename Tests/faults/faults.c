// A library for LD_PRELOAD that makes the n-th call of a program to the system fail, or kills the program there.
//
//   FAULT_CALLS   which calls count: names of functions below, apart by commas; all but these with "-," before them; all if
//                 it is not set
//   FAULT_AT      the number of the call that fails, from 1; 0 for none
//   FAULT_LENGTH  how many calls in a row fail; 1 if it is not set
//   FAULT_WITH    what happens: the number of an error, "short" (less is read or written than asked for), "kill", or "torn"
//                 (an xWrite writes half, and the program is killed)
//   FAULT_COUNT   a file into which the number of calls is written at the end of the program
//   FAULT_VFS     if it is set, SQLite's operations on files count too (vfs.c)
//   FAULT_CLOCK   seconds by which the clock is ahead, from the call FAULT_AT on
//
// Calls on the descriptors 0 to 2, on pipes and on sockets are exempt: the message about a fault must arrive.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

static atomic_long calls;
static long first, length = 1;
static int error_number;
static int is_short, is_kill, is_torn;
static long clock_offset;
static const char *count_path;
static const char *names;
static pid_t owner;

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("FAULT_AT");
    first = text ? atol(text) : 0;
    text = getenv("FAULT_LENGTH");
    if (text) length = atol(text);
    text = getenv("FAULT_WITH");
    is_short = text && strcmp(text, "short") == 0;
    is_kill = text && strcmp(text, "kill") == 0;
    is_torn = text && strcmp(text, "torn") == 0;
    error_number = text ? atoi(text) : 0;
    text = getenv("FAULT_CLOCK");
    clock_offset = text ? atol(text) : 0;
    names = getenv("FAULT_CALLS");
    count_path = getenv("FAULT_COUNT");
    owner = getpid();
}

__attribute__((destructor)) static void end(void) {
    if (!count_path || getpid() != owner) return;
    char text[32];
    int size = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
    int file = (int)syscall(SYS_openat, AT_FDCWD, count_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0) return;
    if (syscall(SYS_write, file, text, size) != size) abort();
    syscall(SYS_close, file);
}

static int counts(const char *name) {
    if (!names) return 1;
    int are_excepted = names[0] == '-';
    size_t size = strlen(name);
    for (const char *found = names; (found = strstr(found, name)); found += size) {
        if ((found == names || found[-1] == ',') && (found[size] == ',' || found[size] == 0)) return !are_excepted;
    }
    return are_excepted;
}

// True if this call is to fail.
static int strikes(const char *name) {
    if (!counts(name)) return 0;
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (first == 0 || number < first || number >= first + length || clock_offset) return 0;
    if (is_kill) syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    return is_short || is_torn || error_number != 0;
}

int fault_strikes(const char *name) { return strikes(name); }
int fault_error_number(void) { return error_number; }
int fault_is_torn(void) { return is_torn; }

// True for what is on a disk.
static int is_file(int file) {
    struct stat status;
    if (file <= 2 || syscall(SYS_fstat, file, &status) != 0) return 0;
    return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

// A function that fails as the system does: with -1, and an error number.
#define FAILING(result, name, parameters, arguments) \
    result name parameters { \
        REAL(name); \
        if (strikes(#name) && error_number) { \
            errno = error_number; \
            return (result)-1; \
        } \
        return real arguments; \
    }

// One that may also do less than it is asked for.
#define PARTIAL(name, type, more_parameters, more_arguments) \
    ssize_t name(int file, type bytes, size_t count more_parameters) { \
        REAL(name); \
        if (is_file(file) && strikes(#name)) { \
            if (!is_short) { \
                errno = error_number; \
                return -1; \
            } \
            if (count > 1) count /= 2; \
        } \
        return real(file, bytes, count more_arguments); \
    }
#define AND(...) , __VA_ARGS__

PARTIAL(read, void *, , )
PARTIAL(write, const void *, , )
PARTIAL(pread, void *, AND(off_t place), AND(place))
PARTIAL(pread64, void *, AND(off64_t place), AND(place))
PARTIAL(pwrite, const void *, AND(off_t place), AND(place))
PARTIAL(pwrite64, const void *, AND(off64_t place), AND(place))

FAILING(int, fsync, (int file), (file))
FAILING(int, fdatasync, (int file), (file))
FAILING(int, syncfs, (int file), (file))
FAILING(int, ftruncate, (int file, off_t size), (file, size))
FAILING(int, ftruncate64, (int file, off64_t size), (file, size))
FAILING(int, mkdir, (const char *path, mode_t mode), (path, mode))
FAILING(int, rmdir, (const char *path), (path))
FAILING(int, unlink, (const char *path), (path))
FAILING(int, rename, (const char *old, const char *new), (old, new))
FAILING(int, link, (const char *old, const char *new), (old, new))
FAILING(int, symlink, (const char *old, const char *new), (old, new))
FAILING(int, chmod, (const char *path, mode_t mode), (path, mode))
FAILING(int, fchmod, (int file, mode_t mode), (file, mode))
FAILING(int, stat, (const char *restrict path, struct stat *restrict status), (path, status))
FAILING(int, lstat, (const char *restrict path, struct stat *restrict status), (path, status))
FAILING(int, fstat, (int file, struct stat *status), (file, status))
FAILING(int, stat64, (const char *restrict path, struct stat64 *restrict status), (path, status))
FAILING(int, lstat64, (const char *restrict path, struct stat64 *restrict status), (path, status))
FAILING(int, fstat64, (int file, struct stat64 *status), (file, status))
FAILING(int, statvfs, (const char *restrict path, struct statvfs *restrict status), (path, status))
FAILING(int, utimensat, (int folder, const char *path, const struct timespec times[2], int flags),
        (folder, path, times, flags))
FAILING(int, flock, (int file, int operation), (file, operation))
FAILING(ssize_t, readlink, (const char *restrict path, char *restrict target, size_t size), (path, target, size))

// mmap fails with MAP_FAILED, which is -1. What has no file is memory, and does not count.
#define MAPPING(name, offset) \
    void *name(void *place, size_t size, int protection, int flags, int file, offset from) { \
        REAL(name); \
        if (file >= 0 && strikes("mmap") && error_number) { \
            errno = error_number; \
            return MAP_FAILED; \
        } \
        return real(place, size, protection, flags, file, from); \
    }
MAPPING(mmap, off_t)
MAPPING(mmap64, off64_t)

// A file is closed even if close says that it failed, as on Linux.
int close(int file) {
    REAL(close);
    int counted = is_file(file);
    int result = real(file);
    if (counted && strikes("close") && error_number) {
        errno = error_number;
        return -1;
    }
    return result;
}

// The end of a folder and an error look the same, but for errno.
#define READING(name, entry) \
    struct entry *name(DIR *folder) { \
        REAL(name); \
        if (strikes(#name) && error_number) { \
            errno = error_number; \
            return NULL; \
        } \
        return real(folder); \
    }
READING(readdir, dirent)
READING(readdir64, dirent64)

DIR *opendir(const char *path) {
    REAL(opendir);
    if (strikes("opendir") && error_number) {
        errno = error_number;
        return NULL;
    }
    return real(path);
}

#define OPENING(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list more; \
            va_start(more, flags); \
            mode = va_arg(more, mode_t); \
            va_end(more); \
        } \
        if (strikes("open") && error_number) { \
            errno = error_number; \
            return -1; \
        } \
        return real(path, flags, mode); \
    }
OPENING(open)
OPENING(open64)

#define CONTROLLING(name) \
    int name(int file, int command, ...) { \
        REAL(name); \
        va_list more; \
        va_start(more, command); \
        void *argument = va_arg(more, void *); \
        va_end(more); \
        int locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW; \
        if (locks && strikes("fcntl") && error_number) { \
            errno = error_number; \
            return -1; \
        } \
        return real(file, command, argument); \
    }
CONTROLLING(fcntl)
CONTROLLING(fcntl64)

static int is_ahead(void) { return clock_offset && atomic_load(&calls) >= first; }

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock == CLOCK_REALTIME && is_ahead()) time->tv_sec += clock_offset;
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
