#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// Numbers that are the same on every architecture, but missing from older headers.
enum { call_close_range = 436, call_landlock_restrict_self = 446, close_range_cloexec = 4 };

// The descriptor limit for new processes; without effect until this process's own limit is raised.
static struct rlimit descriptor_limit;
static int has_raised_limit;

int64_t sluice_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
    if (!has_raised_limit) {
        struct rlimit raised = limit;
        // The kernel's table of descriptors grows with the highest one, so there is a bound.
        if (raised.rlim_cur < 65536) raised.rlim_cur = raised.rlim_max < 65536 ? raised.rlim_max : 65536;
        descriptor_limit = limit;
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
            has_raised_limit = 1;
            limit = raised;
        }
    }
    return limit.rlim_cur < 65536 ? (int64_t)limit.rlim_cur : 65536;
}

// Shared with the parent, so that the child can report why it failed.
struct child {
    const struct sluice_spawn_request *request;
    int step;
    int error;
};

_Noreturn static void fail(struct child *child, int step) {
    child->step = step;
    child->error = errno;
    _exit(127);
}

// A duplicate of the descriptor with a number above the child's standard descriptors.
static int moved_up(int descriptor) {
    return descriptor < 0 || descriptor > 3 ? descriptor : fcntl(descriptor, F_DUPFD_CLOEXEC, 4);
}

// dup2 clears the flag that closes a descriptor when the program begins.
static void install(struct child *child, int descriptor, int number) {
    if (descriptor < 0 || dup2(descriptor, number) < 0) fail(child, sluice_spawn_start);
}

// Returns 0, or an error number.
static int send_listener(const struct sluice_restriction *restriction, int listener) {
    // A descriptor cannot travel without a message.
    char byte = 0;
    struct iovec part = {&byte, sizeof byte};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &listener, sizeof listener);
    ssize_t sent;
    do sent = sendmsg(restriction->listener_socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    int error = sent < 0 ? errno : 0;
    close(listener);
    return error;
}

// Also needed for a ruleset: it forbids the process to gain rights by a program.
static int forbid_new_rights(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno; }

static void drop_capabilities(uint64_t dropped) {
    for (int number = 0; number < 64; number++) {
        if (!(dropped >> number & 1)) continue;
        // An ordinary user may not do this, but with no_new_privs cannot gain capabilities either.
        // The kernel knows no capabilities from the first invalid number on.
        if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0 && errno == EINVAL) break;
    }
}

int sluice_filter_calls(const struct sluice_restriction *restriction, int *step) {
    drop_capabilities(restriction->dropped_capabilities);
    *step = sluice_spawn_start;
    int error = forbid_new_rights();
    if (error != 0 || restriction->filter == NULL) return error;
    // A struct sock_filter is 8 bytes, aligned to no more than a uint64_t.
    struct sock_fprog program = {restriction->filter_length, (struct sock_filter *)restriction->filter};
    *step = sluice_spawn_filter;
    long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, restriction->filter_flags, &program);
    if (listener < 0) return errno;
    // From here on a call that the filter reports waits for an answer: sendmsg, close and _exit must not be reported.
    *step = sluice_spawn_listener;
    return restriction->listener_socket >= 0 ? send_listener(restriction, (int)listener) : 0;
}

static void restrict_child(struct child *child, const struct sluice_restriction *restriction) {
    errno = forbid_new_rights();
    if (errno != 0) fail(child, sluice_spawn_start);
    for (int index = 0; index < restriction->ruleset_count; index++) {
        if (syscall(call_landlock_restrict_self, restriction->rulesets[index], 0u) != 0)
            fail(child, sluice_spawn_ruleset);
    }
    int step;
    errno = sluice_filter_calls(restriction, &step);
    if (errno != 0) fail(child, step);
}

// Runs in the parent's memory while the parent's thread waits: makes only system calls, and leaves nothing changed.
static int run_child(void *pointer) {
    struct child *child = pointer;
    const struct sluice_spawn_request *request = child->request;

    // Handlers of the parent must not run here. All signals are blocked until each has its default action.
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < _NSIG && !request->parent_has_no_handlers; number++)
        sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    if (setpgid(0, 0) < 0) fail(child, sluice_spawn_start);
    if (has_raised_limit && setrlimit(RLIMIT_NOFILE, &descriptor_limit) != 0) fail(child, sluice_spawn_start);

    int output = moved_up(request->output), events = moved_up(request->events);
    int input = request->input >= 0 ? moved_up(request->input) : open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct sluice_restriction restriction;
    int rulesets[8];
    if (request->restriction) {
        restriction = *request->restriction;
        if (restriction.ruleset_count > 8) {
            errno = E2BIG;
            fail(child, sluice_spawn_ruleset);
        }
        for (int index = 0; index < restriction.ruleset_count; index++)
            rulesets[index] = moved_up(restriction.rulesets[index]);
        restriction.rulesets = rulesets;
        restriction.listener_socket = moved_up(restriction.listener_socket);
    }
    install(child, input, 0);
    install(child, output, 1);
    install(child, output, 2);
    if (events >= 0) install(child, events, 3);
    // Kernels before 5.11 lack the call; every descriptor of the parent has the flag anyway.
    syscall(call_close_range, events >= 0 ? 4u : 3u, ~0u, close_range_cloexec);

    if (request->restriction) restrict_child(child, &restriction);
    execve(request->executable, request->arguments, request->environment);
    // The kernel returns this for a call that a filter reports to a closed listener: the process that should have received
    // the listener had no descriptor left for it.
    if (errno == ENOSYS && request->restriction && restriction.listener_socket >= 0) {
        errno = EMFILE;
        fail(child, sluice_spawn_listener);
    }
    fail(child, sluice_spawn_start);
}

int sluice_spawn(const struct sluice_spawn_request *request, int *process, int *descriptor, int *step) {
    // The child's stack, below everything that the waiting parent uses.
    _Alignas(16) char stack[32768];
    struct child child = {request, sluice_spawn_start, 0};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // CLONE_VFORK: this thread continues once the child's program has started or the child has exited.
    int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
    *descriptor = -1;
    int number = clone(run_child, stack + sizeof stack, flags, &child, descriptor);
    int error = number < 0 ? errno : child.error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *step = child.step;
    if (number < 0) return error;
    if (error != 0) {
        int status;
        while (waitpid(number, &status, 0) < 0 && errno == EINTR) {}
        if (*descriptor >= 0) close(*descriptor);
        return error;
    }
    *process = number;
    return 0;
}
