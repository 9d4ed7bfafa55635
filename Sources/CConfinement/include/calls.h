// The numbers of system calls. A call that the architecture does not have is -1.
#pragma once
#include <asm/unistd.h>
#include <linux/audit.h>

// The architecture's number in seccomp's data; 0 for one that is not known here.
enum {
#if defined(__x86_64__)
    sluice_architecture = (int)AUDIT_ARCH_X86_64,
#elif defined(__aarch64__) && defined(__LITTLE_ENDIAN__)
    sluice_architecture = (int)AUDIT_ARCH_AARCH64,
#else
    sluice_architecture = 0,
#endif
    // The newest call whose effect is known here, of Linux 6.17. From 424 on numbers are the same everywhere.
    sluice_newest_call = 469,
};

#ifndef __NR_open
#define __NR_open -1
#endif
#ifndef __NR_creat
#define __NR_creat -1
#endif
#ifndef __NR_stat
#define __NR_stat -1
#endif
#ifndef __NR_lstat
#define __NR_lstat -1
#endif
#ifndef __NR_access
#define __NR_access -1
#endif
#ifndef __NR_readlink
#define __NR_readlink -1
#endif
#ifndef __NR_mkdir
#define __NR_mkdir -1
#endif
#ifndef __NR_rmdir
#define __NR_rmdir -1
#endif
#ifndef __NR_unlink
#define __NR_unlink -1
#endif
#ifndef __NR_rename
#define __NR_rename -1
#endif
#ifndef __NR_link
#define __NR_link -1
#endif
#ifndef __NR_symlink
#define __NR_symlink -1
#endif
#ifndef __NR_mknod
#define __NR_mknod -1
#endif
#ifndef __NR_chmod
#define __NR_chmod -1
#endif
#ifndef __NR_chown
#define __NR_chown -1
#endif
#ifndef __NR_lchown
#define __NR_lchown -1
#endif
#ifndef __NR_utime
#define __NR_utime -1
#endif
#ifndef __NR_utimes
#define __NR_utimes -1
#endif
#ifndef __NR_futimesat
#define __NR_futimesat -1
#endif
#ifndef __NR_iopl
#define __NR_iopl -1
#endif
#ifndef __NR_ioperm
#define __NR_ioperm -1
#endif
#ifndef __NR_uselib
#define __NR_uselib -1
#endif

enum sluice_system_call {
    sluice_call_open = __NR_open,
    sluice_call_creat = __NR_creat,
    sluice_call_stat = __NR_stat,
    sluice_call_lstat = __NR_lstat,
    sluice_call_access = __NR_access,
    sluice_call_readlink = __NR_readlink,
    sluice_call_mkdir = __NR_mkdir,
    sluice_call_rmdir = __NR_rmdir,
    sluice_call_unlink = __NR_unlink,
    sluice_call_rename = __NR_rename,
    sluice_call_link = __NR_link,
    sluice_call_symlink = __NR_symlink,
    sluice_call_mknod = __NR_mknod,
    sluice_call_chmod = __NR_chmod,
    sluice_call_chown = __NR_chown,
    sluice_call_lchown = __NR_lchown,
    sluice_call_utime = __NR_utime,
    sluice_call_utimes = __NR_utimes,
    sluice_call_futimesat = __NR_futimesat,
    sluice_call_iopl = __NR_iopl,
    sluice_call_ioperm = __NR_ioperm,
    sluice_call_uselib = __NR_uselib,
    sluice_call_openat = __NR_openat,
    sluice_call_newfstatat = __NR_newfstatat,
    sluice_call_statx = __NR_statx,
    sluice_call_faccessat = __NR_faccessat,
    sluice_call_readlinkat = __NR_readlinkat,
    sluice_call_chdir = __NR_chdir,
    sluice_call_getxattr = __NR_getxattr,
    sluice_call_lgetxattr = __NR_lgetxattr,
    sluice_call_listxattr = __NR_listxattr,
    sluice_call_llistxattr = __NR_llistxattr,
    sluice_call_execve = __NR_execve,
    sluice_call_execveat = __NR_execveat,
    sluice_call_mkdirat = __NR_mkdirat,
    sluice_call_unlinkat = __NR_unlinkat,
    sluice_call_renameat = __NR_renameat,
    sluice_call_renameat2 = __NR_renameat2,
    sluice_call_linkat = __NR_linkat,
    sluice_call_symlinkat = __NR_symlinkat,
    sluice_call_mknodat = __NR_mknodat,
    sluice_call_truncate = __NR_truncate,
    sluice_call_fchmod = __NR_fchmod,
    sluice_call_fchmodat = __NR_fchmodat,
    sluice_call_fchown = __NR_fchown,
    sluice_call_fchownat = __NR_fchownat,
    sluice_call_utimensat = __NR_utimensat,
    sluice_call_setxattr = __NR_setxattr,
    sluice_call_lsetxattr = __NR_lsetxattr,
    sluice_call_fsetxattr = __NR_fsetxattr,
    sluice_call_removexattr = __NR_removexattr,
    sluice_call_lremovexattr = __NR_lremovexattr,
    sluice_call_fremovexattr = __NR_fremovexattr,
    sluice_call_socket = __NR_socket,
    sluice_call_socketpair = __NR_socketpair,
    sluice_call_connect = __NR_connect,
    sluice_call_ioctl = __NR_ioctl,
    sluice_call_prlimit64 = __NR_prlimit64,
    sluice_call_clone = __NR_clone,
    sluice_call_unshare = __NR_unshare,
    sluice_call_setns = __NR_setns,
    sluice_call_shmget = __NR_shmget,
    sluice_call_semget = __NR_semget,
    sluice_call_msgget = __NR_msgget,
    sluice_call_mq_open = __NR_mq_open,
    sluice_call_mount = __NR_mount,
    sluice_call_umount2 = __NR_umount2,
    sluice_call_pivot_root = __NR_pivot_root,
    sluice_call_chroot = __NR_chroot,
    sluice_call_swapon = __NR_swapon,
    sluice_call_swapoff = __NR_swapoff,
    sluice_call_reboot = __NR_reboot,
    sluice_call_kexec_load = __NR_kexec_load,
    sluice_call_kexec_file_load = __NR_kexec_file_load,
    sluice_call_init_module = __NR_init_module,
    sluice_call_finit_module = __NR_finit_module,
    sluice_call_delete_module = __NR_delete_module,
    sluice_call_bpf = __NR_bpf,
    sluice_call_perf_event_open = __NR_perf_event_open,
    sluice_call_add_key = __NR_add_key,
    sluice_call_request_key = __NR_request_key,
    sluice_call_keyctl = __NR_keyctl,
    sluice_call_open_by_handle_at = __NR_open_by_handle_at,
    sluice_call_name_to_handle_at = __NR_name_to_handle_at,
    sluice_call_acct = __NR_acct,
    sluice_call_quotactl = __NR_quotactl,
    sluice_call_settimeofday = __NR_settimeofday,
    sluice_call_clock_settime = __NR_clock_settime,
    sluice_call_adjtimex = __NR_adjtimex,
    sluice_call_clock_adjtime = __NR_clock_adjtime,
    sluice_call_sethostname = __NR_sethostname,
    sluice_call_setdomainname = __NR_setdomainname,
    sluice_call_vhangup = __NR_vhangup,
    sluice_call_fanotify_init = __NR_fanotify_init,
    sluice_call_syslog = __NR_syslog,
    sluice_call_ptrace = __NR_ptrace,
    sluice_call_process_vm_readv = __NR_process_vm_readv,
    sluice_call_process_vm_writev = __NR_process_vm_writev,
    sluice_call_kcmp = __NR_kcmp,
    sluice_call_userfaultfd = __NR_userfaultfd,
    // Newer than some headers.
    sluice_call_io_uring_setup = 425,
    sluice_call_open_tree = 428,
    sluice_call_move_mount = 429,
    sluice_call_fsopen = 430,
    sluice_call_fsconfig = 431,
    sluice_call_fsmount = 432,
    sluice_call_fspick = 433,
    sluice_call_openat2 = 437,
    sluice_call_pidfd_getfd = 438,
    sluice_call_faccessat2 = 439,
    sluice_call_mount_setattr = 442,
    sluice_call_quotactl_fd = 443,
    sluice_call_fchmodat2 = 452,
    sluice_call_setxattrat = 463,
    sluice_call_getxattrat = 464,
    sluice_call_listxattrat = 465,
    sluice_call_removexattrat = 466,
    sluice_call_open_tree_attr = 467,
    sluice_call_file_getattr = 468,
    sluice_call_file_setattr = 469,
};
