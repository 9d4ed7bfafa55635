internal import CCUDAHost
public import CUDA
public import CUDAKernels
internal import FloatFormats
internal import Glibc

/// A device that runs the GPU's kernels on the processor, each block's threads in turn: for tests.
///
/// Its memory is the processor's, so the whole path of a training step runs and its numbers can be compared without a GPU.
public final class HostTwin: Device, @unchecked Sendable {
    // One thread at a time uses it: see `Device`.
    private var blocks: [UInt64: Int] = [:]
    private var used = 0
    private var peak = 0
    private let limit: Int
    /// After this many calls, kernels and products fail, for tests of failures.
    public var remainingCalls = Int.max

    /// A twin with some bytes of memory.
    public init(memory: Int = 4 << 30) { limit = memory }

    deinit { for address in blocks.keys { free(UnsafeMutableRawPointer(bitPattern: UInt(address))) } }

    /// Its name.
    public var name: String { "the GPU's twin on the processor" }
    /// The number of free bytes, and the total number.
    public func memory() -> (free: Int, total: Int) { (limit - used, limit) }
    /// The peak number of allocated bytes.
    public func peakMemory() -> Int { peak }
    /// The number of blocks that have not been released.
    public var blockCount: Int { blocks.count }

    /// Allocates memory, filled with NaNs in either format, so that reading memory that no kernel has written shows up.
    public func allocate(_ bytes: Int) throws(DeviceError) -> UInt64 {
        guard used + bytes <= limit, let memory = aligned_alloc(256, (max(bytes, 1) + 255) / 256 * 256) else {
            throw DeviceError("\(name): allocating \(bytes) bytes failed: out of memory.")
        }
        memset(memory, 0xFF, max(bytes, 1))
        let address = UInt64(UInt(bitPattern: memory))
        blocks[address] = bytes
        used += bytes
        peak = max(peak, used)
        return address
    }

    /// Releases memory.
    public func release(_ address: UInt64) {
        guard let bytes = blocks.removeValue(forKey: address) else {
            preconditionFailure("the block is in use")
        }
        used -= bytes
        free(pointer(address))
    }

    private func pointer(_ address: UInt64) -> UnsafeMutableRawPointer {
        guard let pointer = UnsafeMutableRawPointer(bitPattern: UInt(address)) else {
            preconditionFailure("the address is of a block")
        }
        return pointer
    }

    /// Copies bytes to the device.
    public func upload(_ bytes: UnsafeRawBufferPointer, to address: UInt64) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        pointer(address).copyMemory(from: source, byteCount: bytes.count)
    }

    /// Copies bytes from the device.
    public func download(_ address: UInt64, into bytes: UnsafeMutableRawBufferPointer) {
        guard let target = bytes.baseAddress, bytes.count > 0 else { return }
        target.copyMemory(from: pointer(address), byteCount: bytes.count)
    }

    /// Copies bytes within the device.
    public func copy(_ source: UInt64, to target: UInt64, bytes: Int) {
        guard bytes > 0 else { return }
        pointer(target).copyMemory(from: pointer(source), byteCount: bytes)
    }

    /// Sets bytes to zero.
    public func clear(_ address: UInt64, bytes: Int) {
        guard bytes > 0 else { return }
        memset(pointer(address), 0, bytes)
    }

    /// Everything is done when a call returns.
    public func wait() {}

    private func count() throws(DeviceError) {
        remainingCalls -= 1
        guard remainingCalls >= 0 else {
            throw DeviceError("\(name): computing failed, as requested by a test.")
        }
    }

    /// Runs a kernel.
    public func launch(_ launch: KernelLaunch) throws(DeviceError) {
        guard !launch.isEmpty else { return }
        try count()
        var values = launch.arguments.map(\.pattern)
        let code = values.withUnsafeMutableBufferPointer { values in
            let pointers: [UnsafeMutableRawPointer?] = values.indices.map { index in
                values.baseAddress.map { UnsafeMutableRawPointer($0 + index) }
            }
            let grid = [UInt32(launch.grid.x), UInt32(launch.grid.y), UInt32(launch.grid.z)]
            return sluice_host_kernel_launch(
                launch.name, grid, [UInt32(launch.block), 1, 1], UInt32(launch.sharedBytes), pointers)
        }
        guard code == 0 else { throw DeviceError("\(name): the kernel \(launch.name) cannot run (\(code))") }
    }

    /// Multiplies matrices, each sum in the order of the inner index.
    public func multiply(_ product: DeviceProduct) throws(DeviceError) {
        guard product.rows > 0, product.columns > 0 else { return }
        try count()
        let a = numbers(product.a, rows: product.rows, columns: product.inner)
        // op(B) transposed, so that both are read in order.
        let b = numbers(
            .init(product.b.address, stride: product.b.stride, transposed: !product.b.isTransposed),
            rows: product.columns, columns: product.inner)
        let target = pointer(product.result.address)
        for row in 0..<product.rows {
            for column in 0..<product.columns {
                var sum: Float = 0
                for index in 0..<product.inner {
                    sum += a[row * product.inner + index] * b[column * product.inner + index]
                }
                let place = row * product.resultStride + column
                sum *= product.scale
                // The place is within D.
                switch product.result.format {
                case .float32:
                    let number = target.assumingMemoryBound(to: Float.self) + place
                    number.pointee = product.adds ? number.pointee + sum : sum
                case .bfloat16:
                    let bits = target.assumingMemoryBound(to: UInt16.self) + place
                    let before = product.adds ? Float(bitPattern: UInt32(bits.pointee) << 16) : 0
                    bits.pointee = (before + sum).bfloat16
                }
            }
        }
    }

    /// op(X), in single precision.
    private func numbers(_ operand: DeviceProduct.Operand, rows: Int, columns: Int) -> [Float] {
        let bits = UnsafePointer(pointer(operand.address).assumingMemoryBound(to: UInt16.self))
        var numbers = [Float](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for column in 0..<columns {
                // The place is within X, whose rows start `stride` elements apart.
                let place =
                    operand.isTransposed ? column * operand.stride + row : row * operand.stride + column
                numbers[row * columns + column] = Float(bitPattern: UInt32(bits[place]) << 16)
            }
        }
        return numbers
    }
}
