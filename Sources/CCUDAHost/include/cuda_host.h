#ifndef SLUICE_CUDA_HOST_H
#define SLUICE_CUDA_HOST_H

#ifdef __cplusplus
extern "C" {
#endif

/// The outcome of a launch.
enum sluice_host_result {
    SLUICE_HOST_DONE = 0,
    /// No kernel has that name.
    SLUICE_HOST_UNKNOWN = 1,
    /// A block is empty, has more than 1,024 threads, or does not consist of whole warps; or it needs more than 227 KiB of
    /// shared memory.
    SLUICE_HOST_TOO_LARGE = 2
};

/// Runs a kernel on the processor: one block after another, the threads of a block in turn between barriers.
///
/// A barrier that some threads never reach ends the process with a message; on a GPU, it would hang.
///
/// - Parameters:
/// - arguments: a pointer to the value of each parameter, as for cuLaunchKernel.
int sluice_host_kernel_launch(const char *name, const unsigned grid[3], const unsigned block[3], unsigned shared_bytes,
                              void *const *arguments);

/// The same with threads in descending order. Kernels without races have the same results in any order.
int sluice_host_kernel_launch_descending(const char *name, const unsigned grid[3], const unsigned block[3],
                                         unsigned shared_bytes, void *const *arguments);

/// The types of a kernel's parameters, one letter each: p (pointer), i (32-bit integer), l (64-bit integer), f (float), d
/// (double). Null if no kernel has that name.
const char *sluice_host_kernel_signature(const char *name);

#ifdef __cplusplus
}
#endif

#endif
