internal import Glibc
internal import Synchronization

/// Memory of matrices that are gone, kept for the next ones: fresh pages cost more than most kernels that fill them.
enum MemoryPool {
    /// A piece of memory and its size in bytes.
    struct Block {
        let memory: UnsafeMutableRawPointer
        let size: Int
    }

    // A block is in the list or with one matrix, never both.
    private struct State: @unchecked Sendable {
        /// Idle blocks, the oldest first.
        var blocks: [Block] = []
        /// Bytes of the idle blocks, and of those with matrices.
        var idle = 0
        var used = 0
        /// The most that matrices have ever had.
        var highest = 0

        mutating func remove(at place: Int) -> Block {
            idle -= blocks[place].size
            return blocks.remove(at: place)
        }

        /// Removes idle blocks, the oldest first, until all blocks together are few enough.
        ///
        /// A step's matrices differ in size, and not all live at a time, so that to give each its block takes more than the
        /// most that ever lived together; half as much again is allowed.
        mutating func removeSurplus() -> [Block] {
            highest = max(highest, used)
            var surplus: [Block] = []
            while used + idle > highest + highest / 2 + 64 << 20 && !blocks.isEmpty {
                surplus.append(remove(at: 0))
            }
            return surplus
        }
    }

    /// Smaller pieces than this come from the allocator, which is as quick.
    private static let smallest = 16 << 10
    private static let state = Mutex(State())

    /// A block of at least `bytes` bytes, aligned to 64.
    static func take(bytes: Int) -> Block {
        let size = rounded(bytes)
        guard size >= smallest else { return Block(memory: allocate(size, alignment: 64), size: size) }
        let (found, surplus): (Block?, [Block]) = state.withLock { state in
            state.used += size
            // The youngest of the size, whose pages may still be in a cache.
            if let place = state.blocks.lastIndex(where: { $0.size == size }) {
                return (state.remove(at: place), [])
            }
            return (nil, state.removeSurplus())
        }
        for block in surplus { free(block.memory) }
        if let found { return found }
        // Large blocks on huge pages: fewer faults, and fewer misses of the address cache.
        guard size >= 4 << 20 else { return Block(memory: allocate(size, alignment: 64), size: size) }
        let memory = allocate(size, alignment: 2 << 20)
        madvise(memory, size, MADV_HUGEPAGE)
        return Block(memory: memory, size: size)
    }

    /// Takes a block back.
    static func give(_ block: Block) {
        guard block.size >= smallest else { return free(block.memory) }
        let surplus = state.withLock { state in
            state.used -= block.size
            state.idle += block.size
            state.blocks.append(block)
            return state.removeSurplus()
        }
        for block in surplus { free(block.memory) }
    }

    /// The next size of four to each power of two, so that matrices of about the same size can share a block.
    private static func rounded(_ bytes: Int) -> Int {
        guard bytes > 256 else { return 256 }
        let step = 1 << (Int.bitWidth - bytes.leadingZeroBitCount - 3)
        return (bytes + step - 1) / step * step
    }

    private static func allocate(_ size: Int, alignment: Int) -> UnsafeMutableRawPointer {
        guard let memory = aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment) else {
            fatalError("no memory for \(size) bytes")
        }
        return memory
    }
}
