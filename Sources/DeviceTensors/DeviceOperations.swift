public import CUDA
internal import CUDAKernels
public import Tensors

/// The fused operations on a device: products and activations in BF16, sums in single precision.
///
/// Only calls that return numbers wait for the device. If a call fails, later ones do nothing, and the next one that returns
/// numbers throws the error.
public final class DeviceOperations: ResidentOperations, @unchecked Sendable {
    // Used by one thread at a time, like the device.

    let device: any Device
    private var failure: DeviceError?
    private var integers = RecentValues<[Int], DeviceMemory>(limit: 32)
    private var angles = RecentValues<ObjectIdentifier, (table: Matrix, memory: DeviceMemory)>(limit: 4)
    private var plans = RecentValues<PlanKey, DevicePlan>(limit: 8)
    private var codes: (signed: DeviceMemory, unsigned: DeviceMemory)?

    /// The bytes that activations may take; nil for a share of the free memory.
    let activationLimit: Int?

    /// Operations on a device.
    ///
    /// - Parameter activationBytes: the bytes that activations kept for backward passes may take; nil for as many as the
    ///   device's memory allows. Results do not depend on it.
    public init(_ device: any Device, activationBytes: Int? = nil) {
        self.device = device
        activationLimit = activationBytes
    }

    // MARK: Failures

    /// Does something on the device unless an earlier call has failed.
    func attempt(_ body: () throws(DeviceError) -> Void) {
        guard failure == nil else { return }
        do throws(DeviceError) { try body() } catch { failure = error }
    }

    /// Throws the error of the first failed call, if any.
    func check() throws(DeviceError) { if let failure { throw failure } }

    // MARK: Memory

    /// Memory with undefined content.
    func memory(_ bytes: Int) -> DeviceMemory {
        var address: UInt64 = 0
        attempt { () throws(DeviceError) in address = try device.allocate(bytes) }
        return DeviceMemory(address, bytes: bytes, of: device)
    }

    /// Memory with the bytes of an array.
    func memory<Element: BitwiseCopyable>(_ elements: [Element]) -> DeviceMemory {
        let memory = memory(elements.count * MemoryLayout<Element>.stride)
        upload(elements, to: memory.address)
        return memory
    }

    func upload<Element: BitwiseCopyable>(_ elements: [Element], to address: UInt64) {
        attempt { () throws(DeviceError) in try device.upload(elements, to: address) }
    }

    /// The elements at an address, after all earlier operations.
    func download<Element: BitwiseCopyable>(_ address: UInt64, _ count: Int, zero: Element) throws
        -> [Element]
    {
        try check()
        do throws(DeviceError) {
            return try device.download(address, count, zero: zero)
        } catch {
            failure = error
            throw error
        }
    }

    func launch(_ launch: KernelLaunch) {
        attempt { () throws(DeviceError) in try device.launch(launch) }
    }

    /// Indices on the device; equal ones are uploaded once.
    func indices(_ numbers: [Int]) -> UInt64 {
        integers.value(of: numbers) { memory(numbers.map { Int32($0) }) }.address
    }

    /// The values of the codes of 8-bit numbers.
    func codeTables() -> (signed: UInt64, unsigned: UInt64) {
        let tables = codes ?? (memory(DynamicCode.signed.values), memory(DynamicCode.unsigned.values))
        codes = tables
        return (tables.signed.address, tables.unsigned.address)
    }

    func table(of rotation: RotaryAngles) -> UInt64 {
        // The entry keeps the matrix alive, so no other matrix can have its identity.
        angles.value(of: ObjectIdentifier(rotation.table)) {
            (rotation.table, memory(rotation.table.numbers))
        }
        .memory.address
    }

    /// Identifies plans that the attention of all layers over the same spans shares.
    struct PlanKey: Equatable {
        let spans: [AttentionSpan]
        let headCount: Int
        let keyHeadCount: Int
        let headSize: Int
    }

    struct DevicePlan {
        let tables: DeviceMemory
        let places: DeviceMemory
    }

    func plan(_ shape: AttentionShape, _ spans: [AttentionSpan], rows: Int) -> (AttentionPlan, DevicePlan) {
        let plan = AttentionPlan(
            headCount: shape.headCount, keyHeadCount: shape.keyHeadCount, headSize: shape.headSize,
            scale: shape.scale, cap: shape.cap, window: shape.window,
            spans: spans.map { ($0.queries, $0.keys) }, queryRows: rows)
        let key = PlanKey(
            spans: spans, headCount: shape.headCount, keyHeadCount: shape.keyHeadCount,
            headSize: shape.headSize)
        let tables = plans.value(of: key) {
            var places = [Int32](repeating: 0, count: rows)
            for span in spans {
                for (row, place) in zip(span.queries, span.places) { places[row] = Int32(place) }
            }
            return DevicePlan(tables: memory(plan.tables), places: memory(places))
        }
        return (plan, tables)
    }
}
