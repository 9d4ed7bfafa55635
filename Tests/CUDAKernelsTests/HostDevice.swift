import CCUDAHost
import FloatFormats
import Testing

@testable import CUDAKernels
@testable import Tensors

/// Memory that a kernel may use, with a margin that it must not touch.
///
/// It stays until the process ends: kernels get addresses, which keep nothing alive.
final class HostMemory {
    let byteCount: Int
    private let pointer: UnsafeMutableRawPointer
    private static let margin = 256

    /// Memory filled with NaNs.
    init(bytes: Int) {
        byteCount = bytes
        pointer = .allocate(byteCount: bytes + Self.margin, alignment: 256)
        pointer.initializeMemory(as: UInt8.self, repeating: 0xFF, count: bytes + Self.margin)
    }

    convenience init<Element: BitwiseCopyable>(_ elements: [Element]) {
        self.init(bytes: elements.count * MemoryLayout<Element>.stride)
        elements.withUnsafeBytes {
            if let base = $0.baseAddress { pointer.copyMemory(from: base, byteCount: byteCount) }
        }
    }

    var address: UInt64 { UInt64(UInt(bitPattern: pointer)) }

    var bytes: [UInt8] {
        get { Array(UnsafeRawBufferPointer(start: pointer, count: byteCount)) }
        set {
            newValue.withUnsafeBytes {
                if let base = $0.baseAddress { pointer.copyMemory(from: base, byteCount: byteCount) }
            }
        }
    }

    var isMarginIntact: Bool {
        UnsafeRawBufferPointer(start: pointer + byteCount, count: Self.margin).allSatisfy { $0 == 0xFF }
    }

    func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
        (0..<byteCount / MemoryLayout<Element>.stride).map {
            pointer.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: type)
        }
    }
}

/// Numbers for kernels, and the same numbers for the processor's operations.
final class HostNumbers {
    let memory: HostMemory
    let format: NumberFormat
    let rows: Int
    let columns: Int

    init(_ numbers: [Float], _ format: NumberFormat, rows: Int) {
        self.rows = rows
        self.format = format
        columns = rows == 0 ? 0 : numbers.count / rows
        memory = format == .float32 ? HostMemory(numbers) : HostMemory(numbers.map(\.bfloat16))
    }

    /// Room for numbers.
    init(_ format: NumberFormat, rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        self.format = format
        memory = HostMemory(bytes: rows * columns * format.size)
    }

    var numbers: [Float] {
        format == .float32
            ? memory.elements(Float.self)
            : memory.elements(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    }
    var matrix: Matrix { Matrix(rows: rows, columns: columns, numbers) }
    var device: DeviceNumbers { DeviceNumbers(address: memory.address, format: format) }
    var address: UInt64 { memory.address }
    var copy: HostNumbers { HostNumbers(numbers, format, rows: rows) }
}

/// Seeded numbers.
struct Numbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Numbers within ± scale.
    mutating func uniform(_ count: Int, scale: Float = 1) -> [Float] {
        (0..<count).map { _ in (Float(bits() >> 40) / Float(1 << 23) - 1) * scale }
    }

    mutating func numbers(_ rows: Int, _ columns: Int, _ format: NumberFormat, scale: Float = 1)
        -> HostNumbers
    {
        HostNumbers(uniform(rows * columns, scale: scale), format, rows: rows)
    }
}

extension KernelLaunch {
    private var letters: String {
        String(
            arguments.map { argument -> Character in
                switch argument {
                case .address: "p"
                case .int: "i"
                case .float: "f"
                case .bits: "l"
                case .double: "d"
                }
            })
    }

    /// Runs on the processor, with the block's threads in ascending or descending order.
    func run(descending: Bool = false) {
        guard !isEmpty else { return }
        let signature = sluice_host_kernel_signature(name).map { String(cString: $0) }
        #expect(signature == letters, "the arguments of \(name) have the parameters' types")
        guard signature == letters else { return }
        var values = arguments.map { argument -> UInt64 in
            switch argument {
            case .address(let value), .bits(let value): value
            case .int(let value): UInt64(UInt32(bitPattern: value))
            case .float(let value): UInt64(value.bitPattern)
            case .double(let value): value.bitPattern
            }
        }
        values.withUnsafeMutableBufferPointer { values in
            let pointers: [UnsafeMutableRawPointer?] = values.indices.map { index in
                values.baseAddress.map { UnsafeMutableRawPointer($0 + index) }
            }
            let function = descending ? sluice_host_kernel_launch_descending : sluice_host_kernel_launch
            let code = function(
                name, [UInt32(grid.x), UInt32(grid.y), UInt32(grid.z)], [UInt32(block), 1, 1],
                UInt32(sharedBytes),
                pointers)
            #expect(code == 0, "\(name) has a valid geometry")
        }
    }
}

/// Runs kernels with threads in ascending order, then again in descending order: what they change must be the same, and
/// nothing beyond it must change.
func run(_ launches: KernelLaunch..., changing memories: [HostMemory]) { run(launches, changing: memories) }

func run(_ launches: [KernelLaunch], changing memories: [HostMemory]) {
    let before = memories.map(\.bytes)
    for launch in launches { launch.run() }
    let after = memories.map(\.bytes)
    for (memory, bytes) in zip(memories, before) { memory.bytes = bytes }
    for launch in launches { launch.run(descending: true) }
    for (memory, bytes) in zip(memories, after) {
        #expect(memory.bytes == bytes, "\(launches.map(\.name)) do not depend on the order of threads")
        #expect(memory.isMarginIntact, "\(launches.map(\.name)) write within the memory")
    }
}

/// Expects equal elements, and says where the first differ.
func expectSame<Element: Equatable>(
    _ elements: [Element], _ expected: [Element], _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(elements.count == expected.count, comment, sourceLocation: sourceLocation)
    guard let place = zip(elements, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
        return
    }
    Issue.record(
        "element \(place): \(elements[place]) instead of \(expected[place]); \(comment ?? "")",
        sourceLocation: sourceLocation)
}

/// Expects numbers within a tolerance, relative to themselves and to the root of their mean square.
func expectClose(
    _ numbers: [Float], _ expected: [Float], _ tolerance: Float, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(numbers.count == expected.count, comment, sourceLocation: sourceLocation)
    let scale = (expected.reduce(0) { $0 + $1 * $1 } / Float(max(expected.count, 1))).squareRoot()
    var worst: Float = 0
    var place = 0
    for (index, (number, other)) in zip(numbers, expected).enumerated() {
        let gap = number == other ? 0 : abs(number - other) / (abs(other) + scale)
        if !(gap <= worst) { (worst, place) = (gap, index) }
        if worst.isNaN { break }
    }
    #expect(
        worst <= tolerance,
        "element \(place): \(numbers[place]) instead of \(expected[place]); \(comment ?? "")",
        sourceLocation: sourceLocation)
}

extension NumberFormat {
    static let all: [NumberFormat] = [.float32, .bfloat16]
    /// How close a rounded number is.
    var tolerance: Float { self == .float32 ? 2e-6 : 0x1p-8 }
}

let pairs = NumberFormat.all.flatMap { first in NumberFormat.all.map { (first, $0) } }
