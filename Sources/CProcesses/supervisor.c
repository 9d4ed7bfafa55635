#define _GNU_SOURCE
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    // The supervisor's descriptors; 0 to 2 also refer to the channel, and received descriptors get higher numbers.
    CHANNEL = 3,
    SIGNALS = 4,
    // Opened once: when all calls are filtered, opening a file would wait for the driver, which may be dead.
    CHILDREN = 5,
    NOTHING = 6,
    // How long to wait for a killed process to end, in milliseconds: it may hang in a system call, for example on a file
    // server that does not respond.
    PATIENCE = 10000,
    // Output, events, rulesets and a listener's socket.
    MOST_RULESETS = 8,
    MOST_DESCRIPTORS = MOST_RULESETS + 3,
};

enum message_type { START = 1, TERMINATE = 2, KILL = 3 };

// A message from a driver. START is followed by the filter's instructions and then the arguments and the variables, each
// text with its NUL, and carries the descriptors: output, events, the rulesets, the listener's socket.
struct message {
    uint32_t type;
    uint32_t arguments;
    uint32_t variables;
    // Bytes of all texts.
    uint32_t texts;
    uint32_t has_events;
    uint32_t is_restricted;
    uint32_t rulesets;
    uint32_t has_listener;
    uint64_t instructions;
    uint64_t filter_flags;
    uint64_t dropped_capabilities;
};

union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
};

// ---- The supervisor's side: processes --------------------------------------------------------------------------------

// True if CHILDREN and NOTHING are open.
static bool lists_children, has_nothing;

// The program that is being supervised.
struct program {
    // Its process; 0 if there is none.
    pid_t leader;
    bool has_ended;
    struct sluice_ending ending;
};

// Reaps every child that has ended. Returns false if there are no children left.
static bool reap(struct program *program) {
    while (true) {
        int status = 0;
        struct rusage usage;
        pid_t child = wait4(-1, &status, WNOHANG | __WALL, &usage);
        if (child == 0) return true;
        if (child < 0 && errno == EINTR) continue;
        if (child < 0) return false;
        program->ending.cpu_microseconds += (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000
                                            + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
        if (usage.ru_maxrss > program->ending.peak_kilobytes) program->ending.peak_kilobytes = usage.ru_maxrss;
        if (child == program->leader) {
            program->ending.status = status;
            program->has_ended = true;
        }
    }
}

// Kills the children whose numbers are in `text`, separated by spaces.
static void kill_listed(const char *text, ssize_t count) {
    pid_t number = 0;
    for (ssize_t i = 0; i < count; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            number = number * 10 + (text[i] - '0');
        } else {
            if (number > 0) kill(number, SIGKILL);
            number = 0;
        }
    }
}

// The parent of a process according to /proc/NUMBER/stat; 0 if unknown.
static pid_t parent_of(const char *number) {
    char path[64] = "/proc/";
    strncat(path, number, 20);
    strcat(path, "/stat");
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char text[512];
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return 0;
    text[count] = 0;
    // "NUMBER (name) STATE PARENT …"; a name may contain anything, so the fields are parsed after the last parenthesis.
    char *rest = strrchr(text, ')');
    if (!rest || strlen(rest) < 5) return 0;
    pid_t parent = 0;
    for (rest += 4; *rest >= '0' && *rest <= '9'; rest++) parent = parent * 10 + (*rest - '0');
    return parent;
}

// Kills all children by scanning all processes: for kernels that do not list children.
static void kill_by_search(void) {
    struct entry {
        uint64_t inode;
        int64_t offset;
        uint16_t size;
        uint8_t type;
        char name[];
    };
    int folder = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    char buffer[4096] __attribute__((aligned(8)));
    long count;
    while ((count = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
        for (long place = 0; place < count;) {
            struct entry *entry = (struct entry *)(buffer + place);
            place += entry->size;
            if (entry->name[0] < '1' || entry->name[0] > '9' || parent_of(entry->name) != getpid()) continue;
            pid_t number = 0;
            for (char *digit = entry->name; *digit >= '0' && *digit <= '9'; digit++) {
                number = number * 10 + (*digit - '0');
            }
            kill(number, SIGKILL);
        }
    }
    close(folder);
}

// Kills all children; their children then become this process's.
static void kill_children(void) {
    if (!lists_children) {
        kill_by_search();
        return;
    }
    char text[4097];
    size_t kept = 0;
    off_t offset = 0;
    ssize_t count;
    while ((count = pread(CHILDREN, text + kept, sizeof text - 1 - kept, offset)) > 0) {
        offset += count;
        size_t end = kept + (size_t)count;
        size_t whole = end;
        while (whole > 0 && text[whole - 1] != ' ') whole--;
        kill_listed(text, (ssize_t)whole);
        kept = end - whole;
        memmove(text, text + whole, kept);
    }
    text[kept] = ' ';
    kill_listed(text, (ssize_t)kept + 1);
}

static int64_t milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Waits until a child has ended, or the time is over.
static void await_child(int patience) {
    struct pollfd signals = {.fd = SIGNALS, .events = POLLIN};
    poll(&signals, 1, patience);
    struct signalfd_siginfo information;
    while (read(SIGNALS, &information, sizeof information) > 0) {}
}

// Ends all descendants of this process.
static void end_all(struct program *program) {
    if (program->leader > 0 && !program->has_ended) kill(-program->leader, SIGKILL);
    bool was_over = program->has_ended;
    int64_t deadline = milliseconds() + PATIENCE;
    while (reap(program)) {
        if (was_over) program->ending.strays = 1;
        kill_children();
        if (!reap(program)) return;
        if (milliseconds() > deadline) {
            program->ending.left = 1;
            return;
        }
        await_child(20);
    }
}

// ---- The supervisor's side: messages ---------------------------------------------------------------------------------

static bool receive_all(void *bytes, size_t count) {
    char *next = bytes;
    while (count > 0) {
        ssize_t got = recv(CHANNEL, next, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        next += got;
        count -= (size_t)got;
    }
    return true;
}

// Receives a message's head and descriptors. Returns false if the driver is gone.
static bool receive_message(struct message *message, int descriptors[MOST_DESCRIPTORS], int *count) {
    union control control;
    struct iovec part = {message, sizeof *message};
    struct msghdr received = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got;
    do got = recvmsg(CHANNEL, &received, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got <= 0) return false;
    *count = 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&received);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        *count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(descriptors, CMSG_DATA(header), (size_t)*count * sizeof(int));
    }
    return receive_all((char *)message + got, sizeof *message - (size_t)got);
}

static void report(struct program *program) {
    // The driver reads nothing else, so there is room.
    send(CHANNEL, &program->ending, sizeof program->ending, MSG_NOSIGNAL);
    memset(program, 0, sizeof *program);
}

// Sets pointers to consecutive texts.
static char *point(char **pointers, uint32_t count, char *text) {
    for (uint32_t index = 0; index < count; index++) {
        pointers[index] = text;
        text += strlen(text) + 1;
    }
    return text;
}

// The filter that this process and all that it starts are under.
struct filter {
    bool is_installed;
    size_t length;
    uint64_t *instructions;
    uint64_t flags, dropped_capabilities;
};

// Puts this process under the filter of a restriction, once: the kernel translates a filter for each process that installs it, which
// takes longer than starting a small program. Returns 0, or an error number and in `step` what failed.
static int filter_calls(struct filter *filter, struct sluice_restriction *restriction, int *step) {
    if (!restriction) return filter->is_installed ? EINVAL : 0;
    size_t length = restriction->filter_length * sizeof(uint64_t);
    if (!filter->is_installed) {
        // Killing by search opens files.
        if (!restriction->filter || !lists_children) return 0;
        filter->instructions = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (filter->instructions == MAP_FAILED) return errno;
        memcpy(filter->instructions, restriction->filter, length);
        filter->length = length;
        filter->flags = restriction->filter_flags;
        filter->dropped_capabilities = restriction->dropped_capabilities;
        int failure = sluice_filter_calls(restriction, step);
        if (failure != 0) return failure;
        filter->is_installed = true;
    }
    // The driver asks for the same each time.
    bool is_same = restriction->filter && length == filter->length
                   && memcmp(restriction->filter, filter->instructions, length) == 0
                   && restriction->filter_flags == filter->flags
                   && restriction->dropped_capabilities == filter->dropped_capabilities;
    *step = sluice_spawn_filter;
    if (!is_same) return EINVAL;
    restriction->filter = NULL;
    restriction->dropped_capabilities = 0;
    return 0;
}

// Starts the program of a message. Returns false if the driver is gone.
static bool start(
    struct program *program, struct filter *filter, const struct message *message, const int *descriptors, int count) {
    // Zeroed, which also terminates both lists of pointers.
    size_t pointers = (size_t)message->arguments + message->variables + 2;
    size_t code = message->instructions * sizeof(uint64_t);
    size_t size = pointers * sizeof(char *) + code + message->texts + 1;
    char **arguments = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arguments == MAP_FAILED) return false;
    char **variables = arguments + message->arguments + 1;
    uint64_t *instructions = (uint64_t *)(arguments + pointers);
    char *texts = (char *)instructions + code;
    if (!receive_all(instructions, code + message->texts)) return false;
    point(variables, message->variables, point(arguments, message->arguments, texts));

    const int *rulesets = descriptors + 1 + message->has_events;
    struct sluice_restriction restriction = {
        .rulesets = rulesets,
        .ruleset_count = (int)message->rulesets,
        .filter = message->instructions > 0 ? instructions : NULL,
        .filter_length = (unsigned short)message->instructions,
        .filter_flags = message->filter_flags,
        .listener_socket = message->has_listener ? rulesets[message->rulesets] : -1,
        .dropped_capabilities = message->dropped_capabilities};
    struct sluice_spawn_request request = {
        .executable = arguments[0],
        .arguments = arguments,
        .environment = variables,
        .output = descriptors[0],
        .events = message->has_events ? descriptors[1] : -1,
        .input = has_nothing ? NOTHING : -1,
        .restriction = message->is_restricted ? &restriction : NULL,
        .parent_has_no_handlers = 1};
    memset(program, 0, sizeof *program);
    // The kernel discards the descriptors for which there is no room.
    int process = 0, descriptor = -1, step = 0, failure = EMFILE;
    bool is_complete = count == 1 + (int)(message->has_events + message->rulesets + message->has_listener);
    if (is_complete) failure = filter_calls(filter, message->is_restricted ? &restriction : NULL, &step);
    if (failure == 0) failure = sluice_spawn(&request, &process, &descriptor, &step);
    munmap(arguments, size);
    if (failure == 0) {
        close(descriptor);
        program->leader = process;
    } else {
        program->ending.failure = failure;
        program->ending.step = step;
        report(program);
    }
    return true;
}

// ---- The supervisor's side -------------------------------------------------------------------------------------------

static void close_range_of(unsigned first, unsigned last) {
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0) return;
    for (unsigned descriptor = first; descriptor <= last && descriptor < 65536; descriptor++) close((int)descriptor);
}

// If memory runs out, the kernel should kill a process of a stage, which inherits this, rather than the driver or another
// of the user's processes. Failure is harmless.
static void be_ended_first(void) {
    static const char adjustment[] = "500";
    int file = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    char present[16] = {0};
    if (read(file, present, sizeof present - 1) > 0 && atoi(present) < atoi(adjustment)) {
        ssize_t written = write(file, adjustment, sizeof adjustment - 1);
        (void)written;
    }
    close(file);
}

// Opens a file for reading as descriptor `number`.
static bool open_at(const char *path, int number) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || file == number) return file == number;
    bool is_open = dup3(file, number, O_CLOEXEC) == number;
    close(file);
    return is_open;
}

// Drops everything that belongs to the driver: its descriptors, terminal and handlers. All signals are blocked.
static void detach(int channel) {
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    setsid();
    // Must come first: the driver may have used up all descriptors.
    if (channel > 0) close_range_of(0, (unsigned)channel - 1);
    close_range_of((unsigned)channel + 1, ~0u);
    // The standard descriptors also refer to the channel, so that nothing has to be opened, and nothing else gets their
    // numbers.
    for (int descriptor = 0; descriptor <= CHANNEL; descriptor++) {
        if (dup2(channel, descriptor) < 0) _exit(1);
    }
    close_range_of(SIGNALS, ~0u);
    fcntl(CHANNEL, F_SETFD, FD_CLOEXEC);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    has_nothing = open_at("/dev/null", NOTHING);
    lists_children = open_at("/proc/thread-self/children", CHILDREN);
    if (signals != SIGNALS || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) _exit(1);
    prctl(PR_SET_NAME, "sluice-stage", 0, 0, 0);
    be_ended_first();
}

_Noreturn static void supervise(int channel) {
    detach(channel);
    struct program program;
    memset(&program, 0, sizeof program);
    struct filter filter;
    memset(&filter, 0, sizeof filter);
    bool has_driver = true;
    while (has_driver) {
        struct pollfd waiting[2] = {{.fd = CHANNEL, .events = POLLIN}, {.fd = SIGNALS, .events = POLLIN}};
        if (poll(waiting, 2, -1) < 0 && errno != EINTR) break;
        if (waiting[1].revents) {
            await_child(0);
            reap(&program);
            if (program.has_ended) {
                end_all(&program);
                report(&program);
            }
        }
        if (!waiting[0].revents) continue;
        struct message message;
        int descriptors[MOST_DESCRIPTORS];
        int count = 0;
        has_driver = receive_message(&message, descriptors, &count);
        if (!has_driver) break;
        if (message.type == START) has_driver = start(&program, &filter, &message, descriptors, count);
        if (message.type == TERMINATE && program.leader > 0) kill(-program.leader, SIGTERM);
        if (message.type == KILL && program.leader > 0) {
            end_all(&program);
            report(&program);
        }
        for (int index = 0; index < count; index++) close(descriptors[index]);
    }
    end_all(&program);
    _exit(0);
}

// ---- The driver's side -----------------------------------------------------------------------------------------------

int sluice_start_supervisor(int *channel) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    // The driver's handlers must not run in the copy.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    // Not fork(2): libraries' fork handlers take locks, and end threads of the driver.
    int child = (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) supervise(ends[1]);
    int failure = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        errno = failure;
        return -1;
    }
    *channel = ends[0];
    return child;
}

// Sends a message with its texts and descriptors.
static int send_message(
    int channel, struct message *message, const void *more, size_t length, const int *descriptors, int count) {
    union control control;
    memset(&control, 0, sizeof control);
    struct iovec parts[2] = {{message, sizeof *message}, {(void *)more, length}};
    struct msghdr sending = {.msg_iov = parts, .msg_iovlen = 2};
    if (count > 0) {
        sending.msg_control = &control;
        sending.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&sending);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, (size_t)count * sizeof(int));
    }
    size_t left = sizeof *message + length;
    while (left > 0) {
        ssize_t sent = sendmsg(channel, &sending, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return errno;
        left -= (size_t)sent;
        // The descriptors were sent with the first part.
        sending.msg_control = NULL;
        sending.msg_controllen = 0;
        for (int index = 0; index < 2; index++) {
            size_t part = (size_t)sent < parts[index].iov_len ? (size_t)sent : parts[index].iov_len;
            parts[index].iov_base = (char *)parts[index].iov_base + part;
            parts[index].iov_len -= part;
            sent -= (ssize_t)part;
        }
    }
    return 0;
}

// Adds the bytes of texts to `length`, and copies them to `target` if that is not NULL. Returns how many texts there are.
static uint32_t add_texts(char *const *texts, char *target, size_t *length) {
    uint32_t count = 0;
    for (; texts[count]; count++) {
        size_t size = strlen(texts[count]) + 1;
        if (target) memcpy(target + *length, texts[count], size);
        *length += size;
    }
    return count;
}

int sluice_supervise(int channel, const struct sluice_spawn_request *request) {
    const struct sluice_restriction *restriction = request->restriction;
    struct message message = {.type = START, .has_events = request->events >= 0, .is_restricted = restriction != NULL};
    int descriptors[MOST_DESCRIPTORS] = {request->output, request->events};
    int count = 1 + (int)message.has_events;
    size_t length = 0;
    if (restriction) {
        if (restriction->ruleset_count > MOST_RULESETS) return E2BIG;
        message.rulesets = (uint32_t)restriction->ruleset_count;
        for (int index = 0; index < restriction->ruleset_count; index++)
            descriptors[count++] = restriction->rulesets[index];
        message.has_listener = restriction->listener_socket >= 0;
        if (message.has_listener) descriptors[count++] = restriction->listener_socket;
        message.instructions = restriction->filter ? restriction->filter_length : 0;
        message.filter_flags = restriction->filter_flags;
        message.dropped_capabilities = restriction->dropped_capabilities;
        length = message.instructions * sizeof(uint64_t);
    }
    size_t filter = length;
    message.arguments = add_texts(request->arguments, NULL, &length);
    message.variables = add_texts(request->environment, NULL, &length);
    // Far more than any system accepts.
    if (length - filter > UINT32_MAX / 2) return E2BIG;
    message.texts = (uint32_t)(length - filter);
    char *bytes = malloc(length + 1);
    if (!bytes) return ENOMEM;
    if (filter > 0) memcpy(bytes, restriction->filter, filter);
    length = filter;
    add_texts(request->arguments, bytes, &length);
    add_texts(request->environment, bytes, &length);
    int failure = send_message(channel, &message, bytes, length, descriptors, count);
    free(bytes);
    return failure;
}

int sluice_terminate(int channel) {
    struct message message = {.type = TERMINATE};
    return send_message(channel, &message, NULL, 0, NULL, 0);
}

int sluice_kill(int channel) {
    struct message message = {.type = KILL};
    return send_message(channel, &message, NULL, 0, NULL, 0);
}

int sluice_receive_ending(int channel, struct sluice_ending *ending) {
    while (true) {
        // An ending is far smaller than a socket's buffer, so it arrives in one piece.
        ssize_t got = recv(channel, ending, sizeof *ending, MSG_DONTWAIT);
        if (got == (ssize_t)sizeof *ending) return 1;
        if (got < 0 && errno == EINTR) continue;
        return got < 0 && errno == EAGAIN ? 0 : -1;
    }
}

void sluice_adopt_orphans(void) { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
