/// A number that a kernel receives.
public enum KernelArgument: Sendable, Hashable {
    /// An address in the device's memory, or 0.
    case address(UInt64)
    case int(Int32)
    case float(Float)
    case bits(UInt64)
    case double(Double)

    static func int(_ value: Int) -> KernelArgument { .int(Int32(value)) }
    static func count(_ value: Int) -> KernelArgument { .bits(UInt64(value)) }
}

/// A kernel with everything that its launch needs: the grid and the arguments.
public struct KernelLaunch: Sendable {
    /// The kernel's name.
    public let name: String
    /// The file with the kernel.
    public let source: KernelSource
    /// The number of blocks in each dimension.
    public let grid: (x: Int, y: Int, z: Int)
    /// The number of threads of a block: whole warps of 32.
    public let block: Int
    /// Bytes of dynamic shared memory; the driver must be told if there are more than 48 KiB.
    public let sharedBytes: Int
    /// The arguments.
    public let arguments: [KernelArgument]

    init(
        _ name: String, in source: KernelSource, blocks: Int, threads: Int, parts: Int = 1,
        sharedBytes: Int = 0,
        _ arguments: [KernelArgument]
    ) {
        self.name = name
        self.source = source
        grid = (blocks, 1, 1)
        block = threads
        self.sharedBytes = sharedBytes
        self.arguments = arguments
    }

    /// Whether there is nothing to do; such a launch must be skipped.
    public var isEmpty: Bool { grid.x == 0 }
}

/// A storage format of numbers.
public enum NumberFormat: Sendable, Hashable {
    case float32, bfloat16

    /// Its size in bytes.
    public var size: Int { self == .float32 ? 4 : 2 }

    /// Its name in the names of kernels.
    var suffix: String { self == .float32 ? "f32" : "bf16" }
}

/// Numbers in the device's memory, row by row, aligned to 16 bytes.
public struct DeviceNumbers: Sendable, Hashable {
    /// Their address.
    public let address: UInt64
    /// Their format.
    public let format: NumberFormat

    /// Numbers at an address.
    public init(address: UInt64, format: NumberFormat) {
        self.address = address
        self.format = format
    }

    var argument: KernelArgument { .address(address) }
}

/// Numbers of blocks and threads.
enum Geometry {
    /// The number of elements that a thread reads at a time from a row of this length.
    static func step(_ columns: Int) -> Int { columns % 8 == 0 ? 8 : 1 }

    static func pieces(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }

    /// The number of threads for a row, so that all have about the same work.
    static func threads(columns: Int, most: Int = 256) -> Int {
        let reads = max(pieces(columns, of: step(columns)), 1)
        let turns = pieces(reads, of: most)
        return pieces(pieces(reads, of: turns), of: 32) * 32
    }

    /// Blocks of 256 threads for a number of elements, each of which takes `step`.
    static func blocks(count: Int, step: Int) -> Int { min(pieces(count, of: 256 * step), 4_096) }
}
