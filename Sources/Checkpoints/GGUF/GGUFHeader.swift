internal import Files

/// A GGUF file's header: the metadata, and where the tensors are.
public struct GGUFHeader: Sendable {
    /// A tensor.
    public struct Entry: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// The format of its numbers.
        public let type: GGUFTensorType
        /// Its dimensions, outermost first; the file has them innermost first.
        public let shape: [Int]
        /// Where its bytes are in the file.
        public let range: Range<Int>
    }

    /// The metadata.
    public let values: [String: GGUFValue]
    /// The tensors, in the file's order.
    public let entries: [Entry]

    private static let maximumValues = 1 << 16
    private static let maximumTensors = 1 << 16

    /// Reads a header, and checks that everything that it refers to is within the file.
    init(_ file: MappedFile) throws(CheckpointError) {
        var cursor = GGUFCursor(file, at: 0)
        guard file.count >= 24, try cursor.bytes(4) == Array("GGUF".utf8) else {
            throw CheckpointError("it is not a GGUF file: it does not begin with 'GGUF'", path: file.path)
        }
        let version = try cursor.integer(UInt32.self)
        guard version == 2 || version == 3 else {
            let hint = version.byteSwapped <= 3 ? "its numbers are big-endian" : "its version is \(version)"
            throw CheckpointError(
                "\(hint); only little-endian files of versions 2 and 3 are supported", path: file.path)
        }
        let tensorCount = try cursor.count("tensors", atMost: Self.maximumTensors)
        let valueCount = try cursor.count("values", atMost: Self.maximumValues)
        do {
            values = try Self.values(valueCount, &cursor)
            entries = try Self.entries(tensorCount, &cursor, alignment: Self.alignment(values), file)
        } catch {
            throw CheckpointError(error.message, path: file.path)
        }
    }

    private static func values(
        _ count: Int, _ cursor: inout GGUFCursor
    ) throws(CheckpointError) -> [String: GGUFValue] {
        var values: [String: GGUFValue] = [:]
        for _ in 0..<count {
            let name = try cursor.name("a key")
            let number = try cursor.integer(UInt32.self)
            guard let kind = GGUFValue.Kind(rawValue: number) else {
                throw CheckpointError("the value '\(name)' has the unknown type \(number)")
            }
            guard values.updateValue(try GGUFValue(kind, &cursor), forKey: name) == nil else {
                throw CheckpointError("there are two values '\(name)'")
            }
        }
        return values
    }

    private static func alignment(_ values: [String: GGUFValue]) throws(CheckpointError) -> Int {
        switch values["general.alignment"] {
        case nil: return 32
        case .integer(let value)? where value > 0 && value <= 1 << 20 && value & (value - 1) == 0:
            return value
        default: throw CheckpointError("'general.alignment' is not a power of two up to 1048576")
        }
    }

    /// A tensor, while it is not known yet where the tensors begin.
    private struct Place {
        let name: String
        let type: GGUFTensorType
        let shape: [Int]
        let offset: Int
        let size: Int
    }

    private static func entries(
        _ count: Int, _ cursor: inout GGUFCursor, alignment: Int, _ file: MappedFile
    ) throws(CheckpointError) -> [Entry] {
        var places: [Place] = []
        for _ in 0..<count { places.append(try place(&cursor, alignment: alignment, size: file.count)) }
        let start = (cursor.position + alignment - 1) / alignment * alignment
        var entries: [Entry] = []
        var names: Set<[UInt8]> = []
        for place in places {
            guard names.insert(Array(place.name.utf8)).inserted else {
                throw CheckpointError("there are two tensors '\(place.name)'")
            }
            guard place.offset <= file.count - place.size - start else {
                throw CheckpointError(
                    "the tensor '\(place.name)' is beyond the end of the file; copy the file again")
            }
            let first = start + place.offset
            entries.append(
                Entry(
                    name: place.name, type: place.type, shape: place.shape,
                    range: first..<(first + place.size)))
        }
        let sorted = entries.sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (first, second) in zip(sorted, sorted.dropFirst())
        where first.range.upperBound > second.range.lowerBound {
            throw CheckpointError("the tensors '\(first.name)' and '\(second.name)' overlap")
        }
        return entries
    }

    private static func place(
        _ cursor: inout GGUFCursor, alignment: Int, size fileSize: Int
    ) throws(CheckpointError) -> Place {
        let name = try cursor.name("a tensor")
        let rank = try cursor.integer(UInt32.self)
        guard rank >= 1, rank <= 4 else {
            throw CheckpointError("the tensor '\(name)' has \(rank) dimensions; 1 to 4 are supported")
        }
        var dimensions: [Int] = []
        for _ in 0..<rank { dimensions.append(try cursor.count("numbers in '\(name)'", atMost: 1 << 40)) }
        let number = try cursor.integer(UInt32.self)
        guard let type = GGUFTensorType(rawValue: number) else {
            let known = GGUFTensorType.allCases.map(\.name).joined(separator: ", ")
            throw CheckpointError(
                "the tensor '\(name)' has the format \(GGUFTensorType.name(ofUnsupported: number)); \(known) are supported"
            )
        }
        // A product that overflows is larger than any file.
        var total: Int? = type.blockBytes
        for (index, dimension) in dimensions.enumerated() {
            let blocks = index == 0 ? dimension / type.blockCount : dimension
            total = total.flatMap {
                let (product, overflow) = $0.multipliedReportingOverflow(by: blocks)
                return overflow ? nil : product
            }
        }
        guard dimensions[0] % type.blockCount == 0, dimensions.allSatisfy({ $0 > 0 }) else {
            throw CheckpointError(
                "the tensor '\(name)' has rows of \(dimensions[0]) numbers, which do not fill whole blocks of \(type.name)"
            )
        }
        let offset = try cursor.count("bytes before '\(name)'", atMost: fileSize)
        guard let total, total <= fileSize, offset % alignment == 0 else {
            throw CheckpointError("the tensor '\(name)' is not within the file")
        }
        return Place(name: name, type: type, shape: dimensions.reversed(), offset: offset, size: total)
    }
}
