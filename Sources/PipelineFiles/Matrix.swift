import Dataflow
import StageSchemas
import Texts

/// The combinations of a stage's `matrix:`, in order.
struct Matrix {
    /// The maximum number of instances of one stage.
    static let maximumInstances = 100_000

    /// One combination, or a part of one.
    struct Point {
        /// The instance's coordinates.
        var coordinates: [StageID.Coordinate] = []
        /// What `${matrix.…}` can refer to: the coordinates, and whole maps.
        var values: [String: Value] = [:]
        /// How coordinates are written in the file, if known.
        var written: [String: String] = [:]

        /// Adds the coordinates of another axis.
        mutating func add(_ other: Point) {
            coordinates += other.coordinates
            values.merge(other.values) { first, _ in first }
            written.merge(other.written) { first, _ in first }
        }

        /// True if the combination has all of these coordinates.
        func matches(_ wanted: [(axis: String, value: Value)]) -> Bool {
            wanted.allSatisfy { axis, value in
                coordinates.contains { $0.axis.hasSameBytes(as: axis) && $0.value == value }
            }
        }
    }

    /// The names of the coordinates; empty if there is no matrix.
    var axes: [String] = []
    /// The combinations.
    var points: [Point] = [Point()]

    /// True if there is no matrix.
    var isEmpty: Bool { axes.isEmpty }
}

extension Matrix.Point {
    /// The coordinate of a value on an axis; of a map, one coordinate for each of its keys.
    init(axis: String, _ value: Value) {
        values[axis] = value
        guard case .map(let fields) = value else {
            coordinates = [StageID.Coordinate(axis: axis, value: value)]
            return
        }
        for key in fields.keys.sorted(by: { $0.precedesByBytes($1) }) {
            coordinates.append(StageID.Coordinate(axis: "\(axis).\(key)", value: fields[key] ?? .null))
        }
    }
}
