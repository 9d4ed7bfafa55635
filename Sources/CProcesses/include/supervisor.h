// A supervisor: a process between a driver and the stages that it runs, one program at a time.
//
// It starts a program, and when that ends it ends everything that the program has started, whatever session, process
// group or environment that has moved to: as the subreaper of its descendants it gets those whose parents have gone, and
// nothing is left once it has no child. It does the same when the driver asks for it, and when the driver dies, by
// whatever signal: its socket is at its end then.
//
// Why C: a supervisor is made by clone(2) without exec, since loading the program once more takes ten milliseconds. In
// such a copy of a process with threads only functions may be called that are safe in signal handlers: nothing that
// allocates memory or takes a lock, and so nothing of Swift's run time.
#pragma once
#include <stdint.h>

#include "spawn.h"

// What a supervisor sends, once for each program: nothing of it is left.
struct sluice_ending {
    // 0, or why the program could not be started, as an error number; and at which step.
    int32_t failure;
    int32_t step;
    // How the program ended, as wait(2) says it.
    int32_t status;
    // 1 if the program had left processes behind, which were ended.
    uint32_t strays;
    // 1 if some process could not be ended; it was waited for some seconds.
    uint32_t left;
    uint32_t reserved;
    // Of all processes that have ended: processor time, and the most that one of them had in memory.
    int64_t cpu_microseconds;
    int64_t peak_kilobytes;
};

// Starts a supervisor. Returns its process number, and sets `channel` to this side's end of its socket; or returns -1, with
// errno set.
int sluice_start_supervisor(int *channel);

// Has the supervisor, which has none, start a program. Returns 0, or an error number.
int sluice_supervise(int channel, const struct sluice_spawn_request *request);
// Sends the program's process group SIGTERM. Returns 0, or an error number.
int sluice_terminate(int channel);
// Ends the program and everything that it has started. Returns 0, or an error number.
int sluice_kill(int channel);

// Receives an ending without waiting. Returns 1; 0 if there is none yet; or -1 if the supervisor is gone.
int sluice_receive_ending(int channel, struct sluice_ending *ending);

// Makes this process the parent of processes whose parents have gone, those of killed supervisors among them.
void sluice_adopt_orphans(void);
