// Tries to get out of a confinement, one way per call: `ways-out WAY` ends with 0 if the way is closed, with 1 if it got through,
// and with 3 if this machine has no such way. `ways-out` alone lists the ways. The environment says where things are:
//
//   HIDDEN    a file that must be out of reach            INPUT    a file that may only be read
//   FOREIGN   a folder that may only be read              OWN      a folder that may be written
//   DRIVER    the number of a process outside             SOCKET   where that process listens, as path and as datagrams
//   ABSTRACT  where it listens, without a path            ELSEWHERE another attempt's folder
//
// `ways-out serve` is the process outside: it listens, says so, and waits to be ended.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { closed = 0, through = 1, missing = 3 };

static const char *hidden, *input, *foreign, *own, *socket_path, *abstract_name, *elsewhere;
static pid_t driver;

// The path of a name in a folder, in one of a few buffers.
static const char *in(const char *folder, const char *name) {
    static char buffers[8][4096];
    static int next;
    char *buffer = buffers[next++ % 8];
    snprintf(buffer, 4096, "%s/%s", folder, name);
    return buffer;
}

// What a call returned says whether it got through.
static int result(long value) {
    if (value >= 0) return through;
    fprintf(stderr, "%s\n", strerror(errno));
    return errno == ENOENT || errno == ENOTDIR ? missing : closed;
}

static int reads(const char *path) {
    int file = open(path, O_RDONLY | O_NONBLOCK);
    char byte;
    if (file < 0) return result(-1) == missing ? missing : closed;
    return read(file, &byte, 1) == 1 ? through : closed;
}

// True for a while: long enough for another thread to get its turn.
static int lasts(void) {
    static struct timespec start;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (start.tv_sec == 0) start = now;
    return (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < 300;
}

// ---- Reading what is hidden

static int read_hidden(void) { return reads(hidden); }
static int read_elsewhere(void) { return reads(in(elsewhere, "output")); }
static int read_by_dots(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/../%s/..//%s", own, strrchr(own, '/') + 1, "../../../../../../../../../..");
    strncat(path, hidden, sizeof path - strlen(path) - 1);
    return reads(path);
}
static int read_by_link(void) {
    if (symlink(hidden, in(own, "link")) != 0) return missing;
    return reads(in(own, "link"));
}
static int read_by_folder_link(void) {
    char parent[4096];
    snprintf(parent, sizeof parent, "%s", hidden);
    char *name = strrchr(parent, '/');
    *name++ = 0;
    if (symlink(parent, in(own, "folder")) != 0) return missing;
    return reads(in(in(own, "folder"), name));
}
static int read_by_hard_link(void) {
    if (link(hidden, in(own, "hard")) != 0) return closed;
    return reads(in(own, "hard"));
}
static int read_by_root(void) {
    char path[4096];
    snprintf(path, sizeof path, "/proc/self/root%s", hidden);
    return reads(path);
}
static int read_by_working_directory(void) {
    char parent[4096];
    snprintf(parent, sizeof parent, "%s", hidden);
    char *name = strrchr(parent, '/');
    *name++ = 0;
    if (chdir(parent) != 0) return closed;
    return reads(in("/proc/self/cwd", name));
}
static int read_by_place(void) {
    int place = open(hidden, O_PATH);
    char path[64];
    if (place < 0) return closed;
    snprintf(path, sizeof path, "/proc/self/fd/%d", place);
    return reads(path);
}
static int read_by_openat2(void) {
    struct {
        uint64_t flags, mode, resolve;
    } how = {O_RDONLY, 0, 0};
    return result(syscall(437, AT_FDCWD, hidden, &how, sizeof how)) == through ? through : closed;
}
static int read_by_handle(void) {
    union {
        struct file_handle handle;
        char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } space;
    space.handle.handle_bytes = MAX_HANDLE_SZ;
    int mount;
    if (name_to_handle_at(AT_FDCWD, hidden, &space.handle, &mount, 0) != 0) return closed;
    int root = open("/", O_RDONLY);
    return open_by_handle_at(root, &space.handle, O_RDONLY) < 0 ? closed : through;
}
static int read_by_driver_root(void) {
    char path[4096];
    snprintf(path, sizeof path, "/proc/%d/root%s", driver, hidden);
    return reads(path);
}
static int read_drivers_descriptors(void) {
    for (int number = 0; number < 64; number++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/fd/%d", driver, number);
        if (open(path, O_RDONLY | O_NONBLOCK) >= 0) return through;
    }
    return closed;
}
static int run_hidden(void) {
    if (fork() == 0) {
        execl(hidden, hidden, NULL);
        _exit(errno == EACCES || errno == EPERM ? 0 : 1);
    }
    int status;
    wait(&status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? closed : through;
}
static int read_by_copied_program(void) {
    char command[16384];
    const char *copy = in(own, "copy");
    snprintf(command, sizeof command, "cp /bin/cat '%s' && '%s' '%s'", copy, copy, hidden);
    return system(command) == 0 ? through : closed;
}
static int read_by_program_in_memory(void) {
    int memory = memfd_create("program", 0), program = open("/bin/cat", O_RDONLY);
    char buffer[65536];
    ssize_t count;
    while ((count = read(program, buffer, sizeof buffer)) > 0)
        if (write(memory, buffer, (size_t)count) != count) return missing;
    if (fork() == 0) {
        char *arguments[] = {"cat", (char *)hidden, NULL};
        fexecve(memory, arguments, environ);
        _exit(126);
    }
    int status;
    wait(&status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? through : closed;
}
static void *swap_path(void *pointer) {
    volatile char *path = pointer;
    for (;;) {
        memcpy((char *)path, input, strlen(input) + 1);
        memcpy((char *)path, hidden, strlen(hidden) + 1);
    }
    return NULL;
}
static int read_by_race(void) {
    static char path[4096];
    pthread_t thread;
    pthread_create(&thread, NULL, swap_path, path);
    struct stat status, secret;
    if (stat(hidden, &secret) != 0) memset(&secret, 0, sizeof secret);
    while (lasts()) {
        int file = open(path, O_RDONLY);
        if (file < 0) continue;
        char bytes[16] = "";
        if (read(file, bytes, 6) > 0 && memcmp(bytes, "secret", 6) == 0) return through;
        if (fstat(file, &status) == 0 && secret.st_ino && status.st_ino == secret.st_ino) return through;
        close(file);
    }
    return closed;
}
static int inherited_descriptors(void) {
    // 3 is the attempt's own, for events.
    for (int number = 4; number < 1024; number++)
        if (fcntl(number, F_GETFD) >= 0) return through;
    return closed;
}

// ---- Changing inputs and what is others'

static int write_input(void) { return result(open(input, O_WRONLY)); }
static int append_to_input(void) { return result(open(input, O_WRONLY | O_APPEND)); }
static int empty_input(void) { return result(open(input, O_RDONLY | O_TRUNC)); }
static int truncate_input(void) { return result(truncate(input, 0)); }
static int write_input_reopened(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", open(input, O_RDONLY));
    return result(open(path, O_RDWR));
}
static int write_input_mapped(void) {
    void *memory = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, open(input, O_RDONLY), 0);
    return memory == MAP_FAILED ? closed : through;
}
static int write_input_by_link(void) {
    if (link(input, in(own, "input")) != 0) return closed;
    return result(open(in(own, "input"), O_WRONLY));
}
static int write_input_by_soft_link(void) {
    if (symlink(input, in(own, "soft")) != 0) return missing;
    return result(open(in(own, "soft"), O_WRONLY));
}
static int punch_input(void) { return result(fallocate(open(input, O_RDONLY), 3, 0, 1)); }
static int remove_input(void) { return result(unlink(input)); }
static int move_input(void) { return result(rename(input, in(own, "moved"))); }
static int replace_input(void) {
    close(open(in(own, "new"), O_CREAT | O_WRONLY, 0600));
    return result(rename(in(own, "new"), input));
}
static int exchange_input(void) {
    close(open(in(own, "new"), O_CREAT | O_WRONLY, 0600));
    return result(renameat2(AT_FDCWD, in(own, "new"), AT_FDCWD, input, RENAME_EXCHANGE));
}
static int chmod_input(void) { return result(chmod(input, 0600)); }
static int fchmod_input(void) { return result(fchmod(open(input, O_RDONLY), 0600)); }
static int fchmodat_input(void) { return result(fchmodat(open("/", O_PATH), input + 1, 0600, 0)); }
static int chmod_input_by_link(void) {
    if (symlink(input, in(own, "mode")) != 0) return missing;
    return result(chmod(in(own, "mode"), 0600));
}
static int chmod_input_by_descriptor_path(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", open(input, O_RDONLY));
    return result(chmod(path, 0600));
}
static void *swap_mode_path(void *pointer) {
    volatile char *path = pointer;
    const char *mine = in(own, "mine");
    for (;;) {
        memcpy((char *)path, mine, strlen(mine) + 1);
        memcpy((char *)path, input, strlen(input) + 1);
    }
    return NULL;
}
static int chmod_input_by_race(void) {
    static char path[4096];
    struct stat before, after;
    close(open(in(own, "mine"), O_CREAT | O_WRONLY, 0600));
    stat(input, &before);
    pthread_t thread;
    pthread_create(&thread, NULL, swap_mode_path, path);
    while (lasts()) chmod(path, 0777);
    stat(input, &after);
    return before.st_mode == after.st_mode ? closed : through;
}
static int chown_input(void) { return result(chown(input, getuid(), getgid())); }
static int fchown_input(void) { return result(fchown(open(input, O_RDONLY), getuid(), getgid())); }
static int touch_input(void) { return result(utimes(input, NULL)); }
static int touch_input_by_descriptor(void) { return result(futimens(open(input, O_RDONLY), NULL)); }
static int set_attribute_of_input(void) { return result(setxattr(input, "user.x", "y", 1, 0)); }
static int set_flags_of_input(void) {
    int file = open(input, O_RDONLY), flags = 0;
    if (ioctl(file, FS_IOC_GETFLAGS, &flags) != 0) return missing;
    flags |= FS_NODUMP_FL;
    return result(ioctl(file, FS_IOC_SETFLAGS, &flags));
}
static int make_file(void) { return result(open(in(foreign, "new"), O_CREAT | O_WRONLY, 0600)); }
static int make_folder(void) { return result(mkdir(in(foreign, "folder"), 0700)); }
static int make_link(void) { return result(symlink("x", in(foreign, "link"))); }
static int make_pipe(void) { return result(mkfifo(in(foreign, "pipe"), 0600)); }
static int make_nameless(void) { return result(open(foreign, O_TMPFILE | O_WRONLY, 0600)); }
static int make_socket(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in(foreign, "socket"));
    return result(bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address));
}
static int write_temporary(void) { return result(open("/tmp/ways-out", O_CREAT | O_WRONLY, 0600)); }
static int write_elsewhere(void) { return result(open(in(elsewhere, "output"), O_WRONLY)); }
static int make_elsewhere(void) { return result(open(in(elsewhere, "new"), O_CREAT | O_WRONLY, 0600)); }
static int rename_own_folder(void) { return result(rename(own, in(foreign, "own"))); }
static int make_device(void) { return result(mknod(in(own, "disk"), S_IFBLK | 0600, 254 << 8)); }

// ---- The network and other programs' sockets

static int inet(void) { return result(socket(AF_INET, SOCK_STREAM, 0)); }
static int inet_datagrams(void) { return result(socket(AF_INET, SOCK_DGRAM, 0)); }
static int inet6(void) { return result(socket(AF_INET6, SOCK_STREAM, 0)); }
static int raw(void) { return result(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }
static int netlink(void) { return result(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)); }
static int packets(void) { return result(socket(AF_PACKET, SOCK_RAW, 0)); }
static int virtual_machine(void) { return result(socket(AF_VSOCK, SOCK_STREAM, 0)); }
static int kernel_crypto(void) { return result(socket(AF_ALG, SOCK_SEQPACKET, 0)); }
static int ring(void) {
    char parameters[256] = "";
    return result(syscall(425, 4, parameters));
}
static int connect_to_path(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    return result(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address));
}
static int connect_to_path_by_link(void) {
    if (symlink(socket_path, in(own, "way")) != 0) return missing;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in(own, "way"));
    return result(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address));
}
static int connect_to_abstract(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(abstract_name);
    memcpy(address.sun_path + 1, abstract_name, length);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    return result(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, size));
}
static int send_datagram(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s.datagrams", socket_path);
    return result(sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, (struct sockaddr *)&address, sizeof address));
}
static int send_datagram_by_pair(void) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) return closed;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s.datagrams", socket_path);
    return result(sendto(pair[0], "x", 1, 0, (struct sockaddr *)&address, sizeof address));
}

// ---- Other processes

static int trace_driver(void) { return result(ptrace(PTRACE_ATTACH, driver, NULL, NULL)); }
static int seize_driver(void) { return result(ptrace(PTRACE_SEIZE, driver, NULL, NULL)); }
static int write_drivers_memory(void) {
    char byte = 0;
    struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};
    long value = process_vm_writev(driver, &local, 1, &remote, 1, 0);
    return value < 0 && errno == EFAULT ? through : result(value);
}
static int read_drivers_memory(void) {
    char byte = 0;
    struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};
    long value = process_vm_readv(driver, &local, 1, &remote, 1, 0);
    return value < 0 && errno == EFAULT ? through : result(value);
}
static int open_drivers_memory(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", driver);
    return result(open(path, O_RDWR));
}
static int read_drivers_environment(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", driver);
    return reads(path);
}
static int signal_driver(void) { return result(kill(driver, 0)); }
static int signal_drivers_group(void) { return result(kill(-getpgid(driver), 0)); }
static int signal_driver_by_descriptor(void) {
    int descriptor = (int)syscall(434, driver, 0);
    return descriptor < 0 ? closed : result(syscall(424, descriptor, 0, NULL, 0));
}
static int take_drivers_descriptor(void) {
    int descriptor = (int)syscall(434, driver, 0);
    return descriptor < 0 ? closed : result(syscall(438, descriptor, 0, 0));
}
static int limit_driver(void) {
    struct rlimit limit = {4096, 4096};
    return result(prlimit(driver, RLIMIT_CORE, &limit, NULL));
}

// ---- The machine

static int new_user_space(void) { return result(unshare(CLONE_NEWUSER)); }
static int new_mount_space(void) { return result(unshare(CLONE_NEWNS)); }
static int new_network_space(void) { return result(unshare(CLONE_NEWNET)); }
static int clone_user_space(void) {
    return result(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
}
static int mount_folder(void) { return result(mount("none", own, "tmpfs", 0, NULL)); }
static int unmount_folder(void) { return result(umount2("/dev/shm", MNT_DETACH)); }
static int bind_folder(void) { return result(mount("/", own, NULL, MS_BIND, NULL)); }
static int change_root(void) { return result(chroot(own)); }
static int turn_root(void) { return result(syscall(SYS_pivot_root, own, own)); }
static int enter_drivers_spaces(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", driver);
    int space = open(path, O_RDONLY);
    return space < 0 ? closed : result(setns(space, 0));
}
static int open_file_tree(void) { return result(syscall(428, AT_FDCWD, "/", 1)); }
static int open_file_system(void) { return result(syscall(430, "tmpfs", 0)); }
static int set_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return result(clock_settime(CLOCK_REALTIME, &now));
}
static int set_host_name(void) {
    char name[256];
    gethostname(name, sizeof name);
    return result(sethostname(name, strlen(name)));
}
static int type_into_terminal(void) { return result(ioctl(0, TIOCSTI, "x")); }
static int open_terminal(void) { return reads("/dev/tty"); }
static int read_disk(void) {
    static const char *disks[] = {"/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/mem", "/dev/kmsg"};
    int found = missing;
    for (int index = 0; index < 5; index++) {
        if (access(disks[index], F_OK) != 0) continue;
        if (reads(disks[index]) == through) return through;
        found = closed;
    }
    return found;
}
static int read_kernels_memory(void) { return reads("/proc/kcore"); }
static int change_kernels_settings(void) { return result(open("/proc/sys/kernel/hostname", O_WRONLY)); }
static int load_program_into_kernel(void) { return result(syscall(SYS_bpf, 0, NULL, 0)) == through ? through : closed; }
static int watch_performance(void) { return result(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0)); }
static int add_key(void) { return result(syscall(SYS_add_key, "user", "ways-out", "x", 1, -4)); }
static int named_memory(void) { return result(syscall(SYS_shmget, 0x5711CE, 4096, 01000 | 0600)); }
static int named_messages(void) { return result(syscall(SYS_msgget, 0x5711CE, 01000 | 0600)); }
static int named_semaphores(void) { return result(syscall(SYS_semget, 0x5711CE, 1, 01000 | 0600)); }
static int message_queue(void) { return result(syscall(SYS_mq_open, "ways-out", O_CREAT | O_RDWR, 0600, NULL)); }
static int new_privileges(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? closed : through; }
static int stack_another_filter(void) {
    // A filter of one's own can only forbid more; a second listener would answer instead of the observer.
    struct {
        unsigned short length;
        const void *program;
    } program = {1, "\x06\0\0\0\0\0\xFF\x7F"};
    return result(syscall(SYS_seccomp, 1, 8, &program));
}
static int old_calls(void) {
#if defined(__x86_64__)
    // The number of `open` for 32-bit programs; the call must end the process.
    if (fork() == 0) {
        long value = 5;
        void *path = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        strcpy(path, "/etc/passwd");
        __asm__ volatile("int $0x80" : "+a"(value) : "b"(path), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
        _exit(value >= 0 ? 1 : 0);
    }
    int status;
    wait(&status);
    if (WIFSIGNALED(status)) return closed;
    return WEXITSTATUS(status) == 0 ? closed : through;
#else
    return missing;
#endif
}
static int x32_calls(void) {
#if defined(__x86_64__)
    return result(syscall(0x40000000 + SYS_openat, AT_FDCWD, hidden, O_RDONLY)) == through ? through : closed;
#else
    return missing;
#endif
}

// ---- The process outside

static void listen_at(int type, struct sockaddr_un *address, socklen_t size) {
    int listener = socket(AF_UNIX, type, 0);
    if (bind(listener, (struct sockaddr *)address, size) != 0 || (type == SOCK_STREAM && listen(listener, 64) != 0)) {
        perror("listen");
        exit(1);
    }
}

static int serve(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    listen_at(SOCK_STREAM, &address, sizeof address);
    snprintf(address.sun_path, sizeof address.sun_path, "%s.datagrams", socket_path);
    listen_at(SOCK_DGRAM, &address, sizeof address);
    memset(address.sun_path, 0, sizeof address.sun_path);
    size_t length = strlen(abstract_name);
    memcpy(address.sun_path + 1, abstract_name, length);
    listen_at(SOCK_STREAM, &address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length));
    puts("ready");
    fflush(stdout);
    alarm(600);
    for (;;) pause();
}

#define WAY(name) {#name, name}
static const struct {
    const char *name;
    int (*try)(void);
} ways[] = {
    WAY(read_hidden), WAY(read_elsewhere), WAY(read_by_dots), WAY(read_by_link), WAY(read_by_folder_link),
    WAY(read_by_hard_link), WAY(read_by_root), WAY(read_by_working_directory), WAY(read_by_place),
    WAY(read_by_openat2), WAY(read_by_handle), WAY(read_by_driver_root), WAY(read_drivers_descriptors),
    WAY(run_hidden), WAY(read_by_copied_program), WAY(read_by_program_in_memory), WAY(read_by_race),
    WAY(inherited_descriptors), WAY(write_input), WAY(append_to_input), WAY(empty_input), WAY(truncate_input),
    WAY(write_input_reopened), WAY(write_input_mapped), WAY(write_input_by_link), WAY(write_input_by_soft_link),
    WAY(punch_input), WAY(remove_input), WAY(move_input), WAY(replace_input), WAY(exchange_input), WAY(chmod_input),
    WAY(fchmod_input), WAY(fchmodat_input), WAY(chmod_input_by_link), WAY(chmod_input_by_descriptor_path),
    WAY(chmod_input_by_race), WAY(chown_input), WAY(fchown_input), WAY(touch_input), WAY(touch_input_by_descriptor),
    WAY(set_attribute_of_input), WAY(set_flags_of_input), WAY(make_file), WAY(make_folder), WAY(make_link),
    WAY(make_pipe), WAY(make_nameless), WAY(make_socket), WAY(write_temporary), WAY(write_elsewhere),
    WAY(make_elsewhere), WAY(rename_own_folder), WAY(make_device), WAY(inet), WAY(inet_datagrams), WAY(inet6),
    WAY(raw), WAY(netlink), WAY(packets), WAY(virtual_machine), WAY(kernel_crypto), WAY(ring), WAY(connect_to_path),
    WAY(connect_to_path_by_link), WAY(connect_to_abstract), WAY(send_datagram), WAY(send_datagram_by_pair),
    WAY(trace_driver), WAY(seize_driver), WAY(write_drivers_memory), WAY(read_drivers_memory),
    WAY(open_drivers_memory), WAY(read_drivers_environment), WAY(signal_driver), WAY(signal_drivers_group),
    WAY(signal_driver_by_descriptor), WAY(take_drivers_descriptor), WAY(limit_driver), WAY(new_user_space),
    WAY(new_mount_space), WAY(new_network_space), WAY(clone_user_space), WAY(mount_folder), WAY(unmount_folder),
    WAY(bind_folder), WAY(change_root), WAY(turn_root), WAY(enter_drivers_spaces), WAY(open_file_tree),
    WAY(open_file_system), WAY(set_clock), WAY(set_host_name), WAY(type_into_terminal), WAY(open_terminal),
    WAY(read_disk), WAY(read_kernels_memory), WAY(change_kernels_settings), WAY(load_program_into_kernel),
    WAY(watch_performance), WAY(add_key), WAY(named_memory), WAY(named_messages), WAY(named_semaphores),
    WAY(message_queue), WAY(new_privileges), WAY(stack_another_filter), WAY(old_calls), WAY(x32_calls),
};

int main(int count, char **arguments) {
    size_t number = sizeof ways / sizeof *ways;
    if (count < 2) {
        for (size_t index = 0; index < number; index++) puts(ways[index].name);
        return 0;
    }
    hidden = getenv("HIDDEN");
    input = getenv("INPUT");
    foreign = getenv("FOREIGN");
    own = getenv("OWN");
    socket_path = getenv("SOCKET");
    abstract_name = getenv("ABSTRACT");
    elsewhere = getenv("ELSEWHERE");
    const char *process = getenv("DRIVER");
    if (!hidden || !input || !foreign || !own || !socket_path || !abstract_name || !elsewhere || !process) return 2;
    driver = atoi(process);
    if (strcmp(arguments[1], "serve") == 0) return serve();
    // No way may take longer.
    alarm(60);
    for (size_t index = 0; index < number; index++)
        if (strcmp(ways[index].name, arguments[1]) == 0) return ways[index].try();
    return 2;
}
