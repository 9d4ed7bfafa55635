// System calls of Landlock and of seccomp's user notification, which have no wrappers in the C library. No header that
// declares `stat` or `timespec` is included: Swift would take this module for their owner.
#pragma once
#include <stdint.h>

#include "calls.h"

// Landlock's interface version; 0 if the kernel lacks it or it is disabled.
int sluice_landlock_version(void);
// Creates a ruleset, which denies the accesses that it handles. Returns a descriptor, or -1 with errno set.
int sluice_landlock_create(uint64_t handled_files, uint64_t handled_network, uint64_t scopes, int version);
// Allows `access` to a path and all below it. Returns 0, or -1 with errno set.
int sluice_landlock_allow(int ruleset, int path, uint64_t access);

// 1 if seccomp supports these flags, or this action.
int sluice_seccomp_has_flags(unsigned long flags);
int sluice_seccomp_has_action(uint32_t action);

// A system call that waits for an answer.
struct sluice_call {
    uint64_t id;
    // The thread that made it.
    int32_t thread;
    int32_t number;
    uint64_t arguments[6];
};

// Receives a listener. Returns 1, 0 if none is waiting, or -1 with errno set.
int sluice_receive_listener(int socket, int *listener);
// Asks the kernel to wake the listener's thread at once, on the caller's processor; kernels before 6.6 cannot.
void sluice_prefer_quick_answers(int listener);
// Returns 0, or -1 with errno set: ENOENT if the caller is gone.
int sluice_next_call(int listener, struct sluice_call *call);
// Lets the kernel execute the call.
int sluice_let_pass(int listener, uint64_t id);
// Makes the call return an error, or 0.
int sluice_answer(int listener, uint64_t id, int error);
// 1 if the caller is still waiting, so that the memory that was read is really its own.
int sluice_still_waits(int listener, uint64_t id);

// Copies up to `count` bytes from a process's memory, up to the first unreadable page. Returns how many, or -1.
long sluice_read_memory(int process, uint64_t address, void *bytes, unsigned long count);
// The same, up to and without the first zero byte; -1 with ENAMETOOLONG if there is none.
long sluice_read_text(int process, uint64_t address, char *bytes, unsigned long count);

// Open a path without accessing the file (O_PATH): following symbolic links, following all but a final one, or following
// none (then the first one fails with ELOOP).
int sluice_open_place(const char *path);
int sluice_open_place_itself(const char *path);
int sluice_open_place_without_links(const char *path);

// Change a file's attributes on behalf of a confined process, through a descriptor of the file.
int sluice_change_mode(int place, uint32_t mode);
int sluice_change_owner(int place, uint32_t user, uint32_t group);
// Seconds and nanoseconds of the last access and of the last modification.
int sluice_change_times(int place, const int64_t times[4]);

