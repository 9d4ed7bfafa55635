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

    /// What an id is made of. Ids are copied a lot, as keys of tables too: a copy is a reference to this, and it is hashed once.
    private final class Parts: Sendable {
        let name: String
        let coordinates: [Coordinate]
        let description: String
        let hash: Int

        init(name: String, coordinates: [Coordinate], description: String) {
            self.name = name
            self.coordinates = coordinates
            self.description = description
            hash = ExactText(description).hashValue
        }
    }

    private let parts: Parts

    /// The stage's name in the file.
    public var name: String { parts.name }
    /// The matrix coordinates, in the file's order; empty outside a matrix.
    public var coordinates: [Coordinate] { parts.coordinates }
    /// The id as written on the command line.
    public var description: String { parts.description }

    /// The id of an instance.
    public init(_ name: String, _ coordinates: [Coordinate] = []) {
        parts = Parts(
            name: name, coordinates: coordinates, description: Self.description(of: name, coordinates))
    }

    private static func description(of name: String, _ coordinates: [Coordinate]) -> String {
        guard !coordinates.isEmpty else { return name }
        var text = name
        var separator = "["
        for coordinate in coordinates {
            text += separator
            text += coordinate.axis
            text += "="
            text += coordinate.value.description
            separator = ","
        }
        text += "]"
        return text
    }

    private enum CodingKeys: CodingKey { case name, coordinates }

    /// Reads the name and the coordinates.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try container.decode(String.self, forKey: .name),
            try container.decode([Coordinate].self, forKey: .coordinates))
    }

    /// Writes the name and the coordinates.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(coordinates, forKey: .coordinates)
    }

    /// True if the descriptions are equal.
    public static func == (left: StageID, right: StageID) -> Bool {
        left.parts === right.parts
            || left.parts.hash == right.parts.hash && left.description.hasSameBytes(as: right.description)
    }

    /// Orders ids by their descriptions.
    public static func < (left: StageID, right: StageID) -> Bool {
        left.description.precedesByBytes(right.description)
    }

    /// Hashes the description.
    public func hash(into hasher: inout Hasher) { hasher.combine(parts.hash) }
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
