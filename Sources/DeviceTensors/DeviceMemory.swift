internal import CUDA
internal import CUDAKernels
internal import Tensors

/// Memory of a device, released with the last reference.
final class DeviceMemory: Sendable {
    let address: UInt64
    let bytes: Int
    private let device: any Device

    /// Memory that `device` has allocated; 0 if it has failed to.
    init(_ address: UInt64, bytes: Int, of device: any Device) {
        self.address = address
        self.bytes = bytes
        self.device = device
    }

    deinit { if address != 0 { device.release(address) } }
}

/// A matrix's elements on a device.
final class DeviceStorage: MatrixStorage, @unchecked Sendable {
    // A matrix has one writer at a time, who also changes `compact`.

    let memory: DeviceMemory
    let format: NumberFormat
    /// The same elements in BF16, for products, if the elements are in single precision and this copy has been needed.
    var compact: DeviceMemory?

    init(_ memory: DeviceMemory, _ format: NumberFormat) {
        self.memory = memory
        self.format = format
    }

    var numbers: DeviceNumbers { DeviceNumbers(address: memory.address, format: format) }
}

/// A frozen weight on a device.
struct DeviceWeight: WeightStorage {
    enum Elements: Sendable {
        case bfloat16(DeviceMemory)
        case nf4(codes: DeviceMemory, scaleCodes: DeviceMemory, groupScales: DeviceMemory, offset: Float)
    }

    let rowCount: Int
    let columnCount: Int
    let elements: Elements

    func dequantize(rows: Range<Int>, into numbers: inout MutableSpan<Float>) {
        preconditionFailure("a weight on a device is read by its operations")
    }
}

/// The optimizer state of a tensor on a device.
final class DeviceMoments: ResidentMoments {
    enum Storage: Sendable {
        case full(first: DeviceMemory, second: DeviceMemory)
        case eightBit(
            firstCodes: DeviceMemory, firstScales: DeviceMemory, secondCodes: DeviceMemory,
            secondScales: DeviceMemory)
    }

    let count: Int
    let storage: Storage

    init(count: Int, _ storage: Storage) {
        self.count = count
        self.storage = storage
    }
}

extension Matrix {
    /// The elements on the device.
    var onDevice: DeviceStorage {
        guard let storage = storage as? DeviceStorage else {
            preconditionFailure("the matrix belongs to this backend")
        }
        return storage
    }

    /// The address and format of the elements on the device.
    var device: DeviceNumbers { onDevice.numbers }
}
