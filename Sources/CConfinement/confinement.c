#define _GNU_SOURCE
#include "confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Call numbers that are the same on every architecture and missing from older headers.
enum {
    call_openat2 = 437,
    call_landlock_create_ruleset = 444,
    call_landlock_add_rule = 445,
};

int sluice_landlock_version(void) {
    long version = syscall(call_landlock_create_ruleset, NULL, 0, 1u);
    return version < 0 ? 0 : (int)version;
}

int sluice_landlock_create(uint64_t handled_files, uint64_t handled_network, uint64_t scopes, int version) {
    struct {
        uint64_t files, network, scopes;
    } attributes = {handled_files, handled_network, scopes};
    // A kernel accepts a longer structure only if the part that it does not know is zero; the shorter one works everywhere.
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    return (int)syscall(call_landlock_create_ruleset, &attributes, size, 0u);
}

int sluice_landlock_allow(int ruleset, int path, uint64_t access) {
    struct __attribute__((packed)) {
        uint64_t access;
        int32_t path;
    } rule = {access, path};
    return (int)syscall(call_landlock_add_rule, ruleset, 1, &rule, 0u);
}

int sluice_seccomp_has_flags(unsigned long flags) {
    // If the flags are known, the kernel proceeds to the program's address, which is invalid.
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

int sluice_seccomp_has_action(uint32_t action) {
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0u, &action) == 0;
}

int sluice_receive_listener(int socket, int *listener) {
    char byte;
    struct iovec part = {&byte, sizeof byte};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count;
    do count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    if (count < 0) return errno == EAGAIN ? 0 : -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (count != sizeof byte || header == NULL || header->cmsg_level != SOL_SOCKET
        || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int))) {
        errno = EBADMSG;
        return -1;
    }
    memcpy(listener, CMSG_DATA(header), sizeof *listener);
    return 1;
}

void sluice_prefer_quick_answers(int listener) {
    // SECCOMP_IOCTL_NOTIF_SET_FLAGS with SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP.
    ioctl(listener, SECCOMP_IOW(4, uint64_t), 1ul);
}

int sluice_next_call(int listener, struct sluice_call *call) {
    // The kernel rejects a structure that is not zeroed.
    struct seccomp_notif notification;
    memset(&notification, 0, sizeof notification);
    int result;
    do result = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification);
    while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    call->id = notification.id;
    call->thread = (int32_t)notification.pid;
    call->number = notification.data.nr;
    for (int index = 0; index < 6; index++) call->arguments[index] = notification.data.args[index];
    return 0;
}

int sluice_let_pass(int listener, uint64_t id) {
    struct seccomp_notif_resp answer = {.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

int sluice_answer(int listener, uint64_t id, int error) {
    struct seccomp_notif_resp answer = {.id = id, .error = -error};
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

int sluice_still_waits(int listener, uint64_t id) {
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

long sluice_read_memory(int process, uint64_t address, void *bytes, unsigned long count) {
    enum { page = 4096, most = 17 };
    struct iovec local = {bytes, count}, remote[most];
    // The kernel transfers whole elements only, so each ends with its page.
    unsigned long described = 0, parts = 0;
    while (described < count && parts < most) {
        uint64_t start = address + described;
        unsigned long length = page - start % page;
        if (length > count - described) length = count - described;
        remote[parts++] = (struct iovec){(void *)(uintptr_t)start, length};
        described += length;
    }
    local.iov_len = described;
    return process_vm_readv(process, &local, 1, remote, parts, 0);
}

long sluice_read_text(int process, uint64_t address, char *bytes, unsigned long count) {
    unsigned long known = 0;
    // Most paths are short.
    for (unsigned long next = 256; known < count; next = count) {
        unsigned long wanted = next < count ? next - known : count - known;
        long got = sluice_read_memory(process, address + known, bytes + known, wanted);
        if (got <= 0) return -1;
        char *end = memchr(bytes + known, 0, (size_t)got);
        if (end) return end - bytes;
        known += (unsigned long)got;
        if ((unsigned long)got < wanted) {
            errno = EFAULT;
            return -1;
        }
    }
    errno = ENAMETOOLONG;
    return -1;
}

int sluice_open_place(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

int sluice_open_place_itself(const char *path) { return open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC); }

int sluice_open_place_without_links(const char *path) {
    // struct open_how, with RESOLVE_NO_SYMLINKS, which includes the links of /proc.
    struct {
        uint64_t flags, mode, resolve;
    } how = {O_PATH | O_CLOEXEC, 0, 4};
    return (int)syscall(call_openat2, AT_FDCWD, path, &how, sizeof how);
}

// The calls that take no O_PATH descriptor take its name below /proc, which leads to the same file whatever its path is now.
static const char *name_of(int place, char name[32]) {
    snprintf(name, 32, "/proc/self/fd/%d", place);
    return name;
}

int sluice_change_mode(int place, uint32_t mode) {
    char name[32];
    return chmod(name_of(place, name), (mode_t)mode);
}

int sluice_change_owner(int place, uint32_t user, uint32_t group) {
    return fchownat(place, "", user, group, AT_EMPTY_PATH);
}

int sluice_change_times(int place, const int64_t times[4]) {
    struct timespec values[2] = {{times[0], times[1]}, {times[2], times[3]}};
    char name[32];
    struct stat status;
    if (fstat(place, &status) == 0 && S_ISLNK(status.st_mode))
        return utimensat(place, "", values, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
    return utimensat(AT_FDCWD, name_of(place, name), values, 0);
}
