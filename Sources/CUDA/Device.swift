public import CUDAKernels

/// A device with its own memory that executes operations in order: a GPU, or its twin on the processor for tests.
///
/// Calls are asynchronous unless their documentation says that they wait. Released memory may be reused at once, because
/// operations are executed in order. A device is used by one thread at a time.
public protocol Device: AnyObject, Sendable {
    /// Its name.
    var name: String { get }

    /// The number of bytes that can currently be allocated, and the total number.
    func memory() throws(DeviceError) -> (free: Int, total: Int)

    /// The peak number of allocated bytes.
    func peakMemory() throws(DeviceError) -> Int

    /// Allocates memory with undefined content, aligned to 256 bytes.
    func allocate(_ bytes: Int) throws(DeviceError) -> UInt64

    /// Releases memory.
    func release(_ address: UInt64)

    /// Copies bytes to the device; they may be changed after the call.
    func upload(_ bytes: UnsafeRawBufferPointer, to address: UInt64) throws(DeviceError)

    /// Copies bytes from the device, and waits until that is done.
    func download(_ address: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(DeviceError)

    /// Copies bytes within the device.
    func copy(_ source: UInt64, to target: UInt64, bytes: Int) throws(DeviceError)

    /// Sets bytes to zero.
    func clear(_ address: UInt64, bytes: Int) throws(DeviceError)

    /// Starts a kernel.
    func launch(_ launch: KernelLaunch) throws(DeviceError)

    /// Multiplies matrices.
    func multiply(_ product: DeviceProduct) throws(DeviceError)

    /// Waits until everything is done.
    ///
    /// - Throws: also if an earlier operation has failed.
    func wait() throws(DeviceError)
}

/// D ← scale · op(A) op(B), optionally added to D: row-major matrices of BF16 numbers, summed in single precision.
public struct DeviceProduct: Sendable {
    /// A matrix in memory.
    public struct Operand: Sendable {
        /// The first element.
        public let address: UInt64
        /// The distance between rows, in elements.
        public let stride: Int
        /// Whether op transposes it.
        public let isTransposed: Bool

        /// A matrix whose rows start `stride` elements apart.
        public init(_ address: UInt64, stride: Int, transposed: Bool = false) {
            self.address = address
            self.stride = stride
            isTransposed = transposed
        }
    }

    /// The number of rows of op(A) and D.
    public let rows: Int
    /// The number of columns of op(B) and D.
    public let columns: Int
    /// The number of columns of op(A) and rows of op(B).
    public let inner: Int
    /// The factor.
    public let scale: Float
    /// Whether the product is added to D.
    public let adds: Bool
    /// A.
    public let a: Operand
    /// B.
    public let b: Operand
    /// D's first element, and its format.
    public let result: DeviceNumbers
    /// The distance between D's rows, in elements.
    public let resultStride: Int

    /// A product from its parts.
    public init(
        rows: Int, columns: Int, inner: Int, scale: Float = 1, adds: Bool = false, _ a: Operand, _ b: Operand,
        into result: DeviceNumbers, stride: Int
    ) {
        self.rows = rows
        self.columns = columns
        self.inner = inner
        self.scale = scale
        self.adds = adds
        self.a = a
        self.b = b
        self.result = result
        resultStride = stride
    }
}

extension Device {
    /// Copies the elements of an array to the device.
    public func upload<Element: BitwiseCopyable>(_ elements: [Element], to address: UInt64)
        throws(DeviceError)
    {
        var failure: DeviceError?
        elements.withUnsafeBytes { bytes in
            do throws(DeviceError) { try upload(bytes, to: address) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// The elements at an address, after all earlier operations.
    ///
    /// - Parameter zero: any element.
    public func download<Element: BitwiseCopyable>(
        _ address: UInt64, _ count: Int, zero: Element
    ) throws(DeviceError) -> [Element] {
        var elements = [Element](repeating: zero, count: count)
        var failure: DeviceError?
        elements.withUnsafeMutableBytes { bytes in
            do throws(DeviceError) { try download(address, into: bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        return elements
    }
}
