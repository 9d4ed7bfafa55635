// A supervisor: a process between a driver and the stages that it runs, one program at a time.
//
// It starts a program, and when that ends, it ends every process that the program has started, even in another session,
// process group or environment: as their subreaper, it adopts the descendants whose parents are gone, so none is left once
// it has no children. It does the same on the driver's request, and when the driver dies from any signal, since its socket
// is then closed.
//
// Why C: a supervisor is made by clone(2) without exec, since loading the program again would take ten milliseconds. Such a
// copy of a multithreaded process may call only functions that are safe in signal handlers, which neither allocate memory
// nor take locks. That rules out Swift's run time.
#pragma once
#include <stdint.h>

#include "spawn.h"

// A message from a supervisor, once for each program, when all of its processes have ended.
struct sluice_ending {
    // 0, or the error number and step if the program could not be started.
    int32_t failure;
    int32_t step;
    // The program's status, as in wait(2).
    int32_t status;
    // 1 if the program left processes running, which were killed.
    uint32_t strays;
    // 1 if some process could not be killed within a few seconds.
    uint32_t left;
    uint32_t reserved;
    // Of all ended processes: total processor time, and the highest memory use of a single one.
    int64_t cpu_microseconds;
    int64_t peak_kilobytes;
};

// Starts a supervisor. Returns its process ID, and sets `channel` to this side of its socket; or returns -1 with errno set.
int sluice_start_supervisor(int *channel);

// Makes an idle supervisor start a program. Returns 0, or an error number.
int sluice_supervise(int channel, const struct sluice_spawn_request *request);
// Sends the program's process group SIGTERM. Returns 0, or an error number.
int sluice_terminate(int channel);
// Ends the program and all of its descendants. Returns 0, or an error number.
int sluice_kill(int channel);

// Receives an ending without waiting. Returns 1; 0 if there is none yet; or -1 if the supervisor is gone.
int sluice_receive_ending(int channel, struct sluice_ending *ending);

// Makes this process the parent of orphaned descendants, including those of killed supervisors.
void sluice_adopt_orphans(void);
