// Runs the threads of a block as fibers on one thread of the processor.

#ifndef SLUICE_HOST_BLOCK_HPP
#define SLUICE_HOST_BLOCK_HPP

#include <cstddef>
#include <cstdint>

namespace sluice_host {

struct Index {
    unsigned x, y, z;
};

constexpr unsigned warpSize = 32;
constexpr unsigned maximumThreads = 1024;
constexpr unsigned maximumSharedBytes = 227 * 1024;

/// What every thread sees as gridDim, blockDim, blockIdx and threadIdx. One launch runs at a time.
extern Index gridDim, blockDim, blockIdx, threadIdx;

/// The dynamic shared memory of the running block.
extern unsigned char *sharedMemory;

/// A kernel bound to its arguments; a call is one thread's run.
struct Program {
    void (*run)(void *const *arguments);
    void *const *arguments;
};

/// Runs all blocks of a grid.
void launch(const Program &program, Index grid, Index block, unsigned sharedBytes, bool descending);

/// Waits for all threads of the block.
void waitForBlock();

/// Gives the lane's words to its warp, waits for all of the warp, and returns the words of all lanes, `words` apart. They are
/// valid until the lane's next exchange but one.
const std::uint32_t *exchange(const std::uint32_t *words, unsigned count);

constexpr unsigned exchangeWords = 8;

/// Copies to shared memory that happen only when they are waited for, so that reading too early gives a wrong result.
void beginCopy(std::uint32_t target, const void *source, bool exists);
void commitCopies();
void finishCopies(unsigned pending);

}  // namespace sluice_host

#endif
