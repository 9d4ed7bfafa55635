#include "Block.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "Fiber.hpp"

namespace sluice_host {

Index gridDim, blockDim, blockIdx, threadIdx;
unsigned char *sharedMemory;

namespace {

enum class State { ready, atWarp, atBlock, done };

struct Copy {
    std::uint32_t target;
    const void *source;
    bool exists;
    unsigned group;
};

struct Thread {
    Fiber fiber;
    Index index{};
    State state = State::done;
    /// The number of exchanges, which alternate between two buffers.
    unsigned exchanges = 0;
    std::vector<Copy> copies;
    unsigned groups = 0;
};

std::mutex launches;
std::vector<Thread> threads;
Fiber scheduler;
Thread *current;
const Program *program;
unsigned sharedBytesOfBlock;
/// The words of a warp's lanes, gathered by each exchange.
std::uint32_t gathered[2][maximumThreads][exchangeWords];

void yieldAs(State state) {
    Thread *own = current;
    own->state = state;
    switchFibers(own->fiber, scheduler);
}

void runThread() {
    program->run(program->arguments);
    yieldAs(State::done);
    std::abort();
}

[[noreturn]] void fail(const char *barrier) {
    std::fprintf(stderr, "A CUDA kernel has a barrier of %s that some of its threads never reach.\n", barrier);
    std::abort();
}

void resume(Thread &thread) {
    current = &thread;
    threadIdx = thread.index;
    switchFibers(scheduler, thread.fiber);
}

/// Runs a warp until all its threads are done or wait for the block.
void runWarp(unsigned warp, bool descending) {
    Thread *lanes = threads.data() + warp * warpSize;
    for (;;) {
        for (unsigned step = 0; step < warpSize; step++) {
            Thread &lane = lanes[descending ? warpSize - 1 - step : step];
            if (lane.state == State::ready) resume(lane);
        }
        const auto waiting = std::count_if(lanes, lanes + warpSize, [](auto &lane) { return lane.state == State::atWarp; });
        if (waiting == 0) return;
        if (waiting < warpSize) fail("a warp");
        std::for_each(lanes, lanes + warpSize, [](auto &lane) { lane.state = State::ready; });
    }
}

void runBlock(unsigned count, bool descending) {
    const unsigned warps = count / warpSize;
    for (unsigned index = 0; index < count; index++) {
        Thread &thread = threads[index];
        prepare(thread.fiber, runThread);
        thread.index = {index % blockDim.x, index / blockDim.x % blockDim.y, index / blockDim.x / blockDim.y};
        thread.state = State::ready;
        thread.copies.clear();
        thread.groups = 0;
    }
    for (;;) {
        for (unsigned step = 0; step < warps; step++) runWarp(descending ? warps - 1 - step : step, descending);
        const auto end = threads.begin() + count;
        const auto waiting =
            std::count_if(threads.begin(), end, [](auto &thread) { return thread.state == State::atBlock; });
        if (waiting == 0) return;
        if (waiting < count) fail("the block");
        std::for_each(threads.begin(), end, [](auto &thread) { thread.state = State::ready; });
    }
}

}  // namespace

void launch(const Program &kernel, Index grid, Index block, unsigned sharedBytes, bool descending) {
    const std::lock_guard lock(launches);
    const unsigned count = block.x * block.y * block.z;
    if (threads.size() < count) threads.resize(count);
    std::vector<unsigned char> memory(sharedBytes + 128);
    // Aligned as on a GPU.
    sharedMemory = memory.data() + (128 - reinterpret_cast<std::uintptr_t>(memory.data()) % 128) % 128;
    program = &kernel;
    sharedBytesOfBlock = sharedBytes;
    gridDim = grid;
    blockDim = block;
    for (unsigned z = 0; z < grid.z; z++)
        for (unsigned y = 0; y < grid.y; y++)
            for (unsigned x = 0; x < grid.x; x++) {
                blockIdx = {x, y, z};
                // NaNs, so that reading memory that was never written shows up in the results.
                std::memset(sharedMemory, 0xFF, sharedBytes);
                runBlock(count, descending);
            }
}

void waitForBlock() { yieldAs(State::atBlock); }

const std::uint32_t *exchange(const std::uint32_t *words, unsigned count) {
    const unsigned buffer = current->exchanges++ % 2;
    const auto thread = static_cast<std::size_t>(current - threads.data());
    std::copy(words, words + count, gathered[buffer][thread]);
    yieldAs(State::atWarp);
    return gathered[buffer][thread / warpSize * warpSize];
}

void beginCopy(std::uint32_t target, const void *source, bool exists) {
    if (target + 16 > sharedBytesOfBlock) {
        std::fprintf(stderr, "A CUDA kernel copies to byte %u of %u bytes of shared memory.\n", target, sharedBytesOfBlock);
        std::abort();
    }
    current->copies.push_back({target, source, exists, current->groups});
}

void commitCopies() { current->groups++; }

void finishCopies(unsigned pending) {
    auto &copies = current->copies;
    std::size_t finished = 0;
    for (const Copy &copy : copies) {
        if (copy.group + pending >= current->groups) break;
        if (copy.exists) std::memcpy(sharedMemory + copy.target, copy.source, 16);
        else std::memset(sharedMemory + copy.target, 0, 16);
        finished++;
    }
    copies.erase(copies.begin(), copies.begin() + static_cast<std::ptrdiff_t>(finished));
}

}  // namespace sluice_host
