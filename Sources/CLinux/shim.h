#pragma once
// System calls that Swift's Glibc module does not declare. Headers that declare `stat` or `timespec` are not included:
// Swift would attribute those types to this module, and files that import only Glibc could not use their members.
#include <errno.h>
#include <linux/falloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc declares copy_file_range only under _GNU_SOURCE, which a module map cannot set.
static inline long sluice_copy_file_range(int from, int to, unsigned long count) {
    return syscall(SYS_copy_file_range, from, (void *)0, to, (void *)0, count, 0u);
}

// Likewise for fallocate. Punches a hole: the bytes read as zeros and occupy no disk space; the file's size stays.
static inline long sluice_punch_hole(int file, long offset, long count) {
    return syscall(SYS_fallocate, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, count);
}

// Likewise for sync_file_range. Starts writing all dirty pages of the file without waiting for them.
static inline long sluice_begin_writing(int file) {
    return syscall(SYS_sync_file_range, file, 0L, 0L, 2 /* SYNC_FILE_RANGE_WRITE */);
}

// Likewise for syncfs.
static inline long sluice_synchronize_file_system(int file) {
    return syscall(SYS_syncfs, file);
}

// Likewise for renameat2. Atomically exchanges two paths.
static inline long sluice_exchange(const char *path, const char *other) {
    return syscall(SYS_renameat2, -100 /* AT_FDCWD */, path, -100, other, 2u /* RENAME_EXCHANGE */);
}

// prctl is variadic. Asks the kernel to send `signal` to this process when its parent's thread ends.
static inline int sluice_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0);
}

// Takes a lease for writing, which the kernel grants only if nobody else has the file open or mapped. Whoever opens it afterwards
// waits until the lease is given up, and the holder gets a signal: SIGURG, which is ignored by default, and not SIGIO, which would
// end the process. Returns 0 if it was granted. The numbers are F_SETSIG, SIGURG, F_SETLEASE and F_WRLCK.
static inline int sluice_take_lease(int file) {
    if (syscall(SYS_fcntl, file, 10, 23) != 0) return -1;
    return syscall(SYS_fcntl, file, 1024, 1) == 0 ? 0 : -1;
}

// Whether the lease is held and nobody is waiting for it. The numbers are F_GETLEASE and F_WRLCK.
static inline int sluice_holds_lease(int file) {
    return syscall(SYS_fcntl, file, 1025) == 1;
}

// Whether some process has the file open, or mapped, for writing: then the kernel grants no lease for reading. 0 too if the
// file system has no leases, or the file is another user's. The numbers are F_SETLEASE, F_RDLCK and F_UNLCK.
static inline int sluice_has_writer(int file) {
    if (syscall(SYS_fcntl, file, 1024, 0) != 0) return errno == EAGAIN;
    syscall(SYS_fcntl, file, 1024, 2);
    return 0;
}
