// Starts processes like posix_spawn, but with steps that restrict the child before its program starts.
#pragma once
#include <stdint.h>

// The restrictions of a child.
struct sluice_restriction {
    // Landlock rulesets, all of which apply.
    const int *rulesets;
    int ruleset_count;
    // A seccomp program, one struct sock_filter per element; NULL if there is none, or if the parent is already under it.
    const uint64_t *filter;
    unsigned short filter_length;
    // The flags of the seccomp call.
    unsigned long filter_flags;
    // Where the filter's listener is sent; -1 if the filter has none.
    int listener_socket;
    // Capabilities, one bit each, that the child and its descendants can never have.
    uint64_t dropped_capabilities;
};

struct sluice_spawn_request {
    const char *executable;
    // Both end with NULL.
    char *const *arguments;
    char *const *environment;
    // Standard output and standard error.
    int output;
    // Standard input, which is /dev/null; -1 if the child has to open it.
    int input;
    // The child's descriptor 3; -1 for none.
    int events;
    // NULL if the child may do what its parent may.
    const struct sluice_restriction *restriction;
    // 1 if the parent neither handles nor ignores any signal.
    int parent_has_no_handlers;
};

enum sluice_spawn_step {
    sluice_spawn_start = 0,
    sluice_spawn_ruleset = 1,
    sluice_spawn_filter = 2,
    sluice_spawn_listener = 3,
};

// Raises this process's limit of open descriptors as far as an ordinary user may, and returns it. Processes that are
// started later get the original limit: some programs break with descriptors beyond those that select(2) supports.
int64_t sluice_raise_descriptor_limit(void);

// Installs the filter of a restriction for this process and everything that it starts, and drops its capabilities. Returns 0,
// or an error number and in `step` what failed. Calls that the filter reports wait for an answer from then on.
int sluice_filter_calls(const struct sluice_restriction *restriction, int *step);

// Starts a process, in its own group, with no signal blocked or ignored and only the descriptors 0 to 3. Returns 0, or an
// error number and in `step` what failed. `descriptor` becomes readable once the process has ended.
int sluice_spawn(const struct sluice_spawn_request *request, int *process, int *descriptor, int *step);
