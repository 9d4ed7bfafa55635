internal import Glibc
internal import Synchronization

/// Keeps the memory of released matrices for new ones: fresh pages cost more than most kernels that fill them.
enum MemoryPool {
    /// A block of memory and its size in bytes.
    struct Block {
        let memory: UnsafeMutableRawPointer
        let size: Int
    }

    // A block is either in the list or owned by one matrix, never both.
    private struct State: @unchecked Sendable {
        /// Idle blocks, oldest first.
        var blocks: [Block] = []
        /// The bytes of idle blocks, and of those in use.
        var idle = 0
        var used = 0
        /// The peak of the bytes in use.
        var highest = 0

        mutating func remove(at place: Int) -> Block {
            idle -= blocks[place].size
            return blocks.remove(at: place)
        }

        /// Removes idle blocks, oldest first, until the total is within bounds.
        ///
        /// The matrices of a step differ in size and lifetime, so reusing a block for each takes more than the peak
        /// that was in use at the same time; half as much again is allowed.
        mutating func removeSurplus() -> [Block] {
            highest = max(highest, used)
            var surplus: [Block] = []
            while used + idle > highest + highest / 2 + 64 << 20 && !blocks.isEmpty {
                surplus.append(remove(at: 0))
            }
            return surplus
        }
    }

    /// Smaller blocks come from the allocator, which is as fast.
    private static let smallest = 16 << 10
    private static let state = Mutex(State())

    /// A block of at least `bytes` bytes, aligned to 64.
    static func take(bytes: Int) -> Block {
        let size = rounded(bytes)
        guard size >= smallest else { return block(size, alignment: 64) }
        let (found, surplus): (Block?, [Block]) = state.withLock { state in
            state.used += size
            // The most recent block of this size, whose pages may still be cached.
            if let place = state.blocks.lastIndex(where: { $0.size == size }) {
                return (state.remove(at: place), [])
            }
            return (nil, state.removeSurplus())
        }
        for block in surplus { block.memory.deallocate() }
        if let found { return found }
        // Large blocks use huge pages: fewer page faults and fewer TLB misses.
        guard size >= 4 << 20 else { return block(size, alignment: 64) }
        let large = block(size, alignment: 2 << 20)
        madvise(large.memory, size, MADV_HUGEPAGE)
        return large
    }

    /// Returns a block to the pool.
    static func give(_ block: Block) {
        guard block.size >= smallest else { return block.memory.deallocate() }
        let surplus = state.withLock { state in
            state.used -= block.size
            state.idle += block.size
            state.blocks.append(block)
            return state.removeSurplus()
        }
        for block in surplus { block.memory.deallocate() }
    }

    /// The next size, with four sizes per power of two, so that matrices of similar size can reuse a block.
    private static func rounded(_ bytes: Int) -> Int {
        guard bytes > 256 else { return 256 }
        let step = 1 << (Int.bitWidth - bytes.leadingZeroBitCount - 3)
        return (bytes + step - 1) / step * step
    }

    /// New memory. As for an array, the process ends if there is none left.
    private static func block(_ size: Int, alignment: Int) -> Block {
        Block(memory: .allocate(byteCount: size, alignment: alignment), size: size)
    }
}
