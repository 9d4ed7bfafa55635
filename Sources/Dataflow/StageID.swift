public import StageSchemas
internal import Texts

/// The name of a stage instance within its pipeline: `split`, or `model[fold=0,seed=7]`.
public struct StageID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// One matrix coordinate.
    public struct Coordinate: Sendable, Hashable, Codable {
        /// The name of the axis.
        public let axis: String
        /// The instance's value on it.
        public let value: Value

        package init(axis: String, value: Value) {
            self.axis = axis
            self.value = value
        }
    }

    /// The stage's name in the file.
    public let name: String
    /// The matrix coordinates, in the file's order; empty outside a matrix.
    public let coordinates: [Coordinate]
    /// The id as written on the command line.
    public let description: String

    /// The id of an instance.
    public init(_ name: String, _ coordinates: [Coordinate] = []) {
        self.name = name
        self.coordinates = coordinates
        guard !coordinates.isEmpty else {
            description = name
            return
        }
        let inner = coordinates.map { "\($0.axis)=\($0.value)" }.joined(separator: ",")
        description = "\(name)[\(inner)]"
    }

    private enum CodingKeys: CodingKey { case name, coordinates }

    /// Reads the name and the coordinates.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try container.decode(String.self, forKey: .name),
            try container.decode([Coordinate].self, forKey: .coordinates))
    }

    /// True if the descriptions are equal.
    public static func == (left: StageID, right: StageID) -> Bool {
        left.description.hasSameBytes(as: right.description)
    }

    /// Orders ids by their descriptions.
    public static func < (left: StageID, right: StageID) -> Bool {
        left.description.precedesByBytes(right.description)
    }

    /// Hashes the description.
    public func hash(into hasher: inout Hasher) { ExactText(description).hash(into: &hasher) }
}

extension StageID {
    /// The value of a coordinate that is not known yet.
    package static let unknown = Value.string("*")

    /// True if a coordinate is not known.
    package var isPlaceholder: Bool { coordinates.contains { $0.value == Self.unknown } }

    /// True if an instance with this id may be among those that the placeholder stands for.
    func mayStand(for instance: StageID) -> Bool {
        name.hasSameBytes(as: instance.name)
            && coordinates.allSatisfy { coordinate in
                coordinate.value == Self.unknown || instance.coordinates.contains(coordinate)
            }
    }

    /// The id as a file name: all characters but letters, digits and `_-=,` are percent-encoded.
    public var fileName: String { Self.fileName(of: description) }

    /// The name of a file for an id's description.
    public static func fileName(of description: String) -> String {
        var name: [UInt8] = []
        for byte in description.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "="),
                UInt8(ascii: ","):
                name.append(byte)
            default: name += Array(("%" + Hexadecimal.text(of: [byte])).utf8)
            }
        }
        return String(decoding: name, as: UTF8.self)
    }
}
