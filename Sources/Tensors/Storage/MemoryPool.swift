internal import Glibc
internal import Synchronization

/// Memory of matrices that are gone, kept for the next ones: fresh pages cost more than most kernels that fill them.
enum MemoryPool {
    /// A piece of memory and its size in bytes.
    struct Block {
        let memory: UnsafeMutableRawPointer
        let size: Int
    }

    /// How many bytes may lie idle.
    private static let limit = 256 << 20
    /// Smaller pieces than this come from the allocator, which is as quick.
    private static let smallest = 64 << 10

    // A block is in this list or with one matrix, never both.
    private struct Idle: @unchecked Sendable {
        var blocks: [Block] = []
        var bytes = 0
    }
    private static let idle = Mutex(Idle())

    /// A block of at least `bytes` bytes, aligned to 64.
    static func take(bytes: Int) -> Block {
        let size = max((bytes + 63) / 64 * 64, 64)
        if size >= smallest {
            let found: Block? = idle.withLock { idle in
                var best: Int?
                for (index, block) in idle.blocks.enumerated()
                where block.size >= size && block.size <= size + size / 4 {
                    if let known = best, idle.blocks[known].size <= block.size { continue }
                    best = index
                }
                guard let best else { return nil }
                idle.bytes -= idle.blocks[best].size
                return idle.blocks.remove(at: best)
            }
            if let found { return found }
        }
        // Large blocks on huge pages: fewer faults, and fewer misses of the address cache.
        let alignment = size >= 4 << 20 ? 2 << 20 : 64
        guard let memory = aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment) else {
            fatalError("no memory for \(size) bytes")
        }
        if alignment > 64 { madvise(memory, size / alignment * alignment, MADV_HUGEPAGE) }
        return Block(memory: memory, size: size)
    }

    /// Takes a block back.
    static func give(_ block: Block) {
        guard block.size >= smallest && block.size <= limit else { return free(block.memory) }
        let surplus: [Block] = idle.withLock { idle in
            idle.blocks.append(block)
            idle.bytes += block.size
            var surplus: [Block] = []
            while idle.bytes > limit {
                let oldest = idle.blocks.removeFirst()
                idle.bytes -= oldest.size
                surplus.append(oldest)
            }
            return surplus
        }
        for block in surplus { free(block.memory) }
    }
}
