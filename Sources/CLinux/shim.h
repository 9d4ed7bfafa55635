#pragma once
// System calls that Swift's Glibc module does not declare. No header that declares `stat` or `timespec` is included: Swift
// would take this module for their owner, and not let those name their members who import Glibc alone.
#include <errno.h>
#include <linux/falloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc declares copy_file_range only under _GNU_SOURCE, which a module map cannot set.
static inline long sluice_copy_file_range(int from, int to, unsigned long count) {
    return syscall(SYS_copy_file_range, from, (void *)0, to, (void *)0, count, 0u);
}

// fallocate is the same. The bytes read as zeros from then on and take no disk; the file's size stays.
static inline long sluice_punch_hole(int file, long offset, long count) {
    return syscall(SYS_fallocate, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, count);
}

// So is sync_file_range: begins to write what is dirty, from the start to the end, and waits for nothing.
static inline long sluice_begin_writing(int file) {
    return syscall(SYS_sync_file_range, file, 0L, 0L, 2 /* SYNC_FILE_RANGE_WRITE */);
}

// And syncfs.
static inline long sluice_synchronize_file_system(int file) {
    return syscall(SYS_syncfs, file);
}

// And renameat2: two paths exchange what they lead to.
static inline long sluice_exchange(const char *path, const char *other) {
    return syscall(SYS_renameat2, -100 /* AT_FDCWD */, path, -100, other, 2u /* RENAME_EXCHANGE */);
}

// prctl is variadic. The kernel sends `signal` to this process when its parent's thread ends.
static inline int sluice_set_parent_death_signal(int signal) {
    return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0);
}

// Whether some process has the file open, or mapped, for writing: then the kernel grants no lease for reading. 0 too if the
// file system has no leases, or the file is another user's. The numbers are F_SETLEASE, F_RDLCK and F_UNLCK.
static inline int sluice_has_writer(int file) {
    if (syscall(SYS_fcntl, file, 1024, 0) != 0) return errno == EAGAIN;
    syscall(SYS_fcntl, file, 1024, 2);
    return 0;
}
