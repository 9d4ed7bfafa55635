import PipelineFiles
import StageSchemas

/// All combinations of the values that parameters take in a sweep. Pure.
struct SweepGrid {
    /// A combination: the assignments, in the form of `--set`.
    struct Point {
        let assignments: [String]

        /// `learningRate=0.0001,rank=8`.
        var label: String { assignments.joined(separator: ",") }
    }

    /// The maximum number of combinations of a sweep.
    static let limit = 10_000

    let points: [Point]

    /// - Parameter axes: texts such as `rank=8,16`; values that contain commas are quoted.
    /// - Throws: `CommandFailure` if one is malformed, named twice, or there are too many combinations.
    init(_ axes: [String]) throws {
        var points = [Point(assignments: [])]
        var names = Set<[UInt8]>()
        for axis in axes {
            guard let equals = axis.utf8.firstIndex(of: UInt8(ascii: "=")), equals != axis.startIndex else {
                throw CommandFailure.usage("--vary takes NAME=VALUE,VALUE, such as rank=8,16, not '\(axis)'")
            }
            let name = String(axis[..<equals])
            guard names.insert(Array(name.utf8)).inserted else {
                throw CommandFailure.usage("--vary names '\(name)' twice")
            }
            let list = axis[axis.index(after: equals)...]
            guard let override = Override("\(name)=[\(list)]"), case .list(let values) = override.value,
                !values.isEmpty
            else {
                throw CommandFailure.usage(
                    "--vary takes values separated by commas, such as rank=8,16, not '\(axis)'")
            }
            guard Set(values).count == values.count else {
                throw CommandFailure.usage("--vary \(name) has a value twice")
            }
            guard points.count * values.count <= Self.limit else {
                throw CommandFailure.usage(
                    "the sweep has more than \(Amounts.grouped(Self.limit)) combinations")
            }
            points = points.flatMap { point in
                values.map { Point(assignments: point.assignments + ["\(name)=\($0.json)"]) }
            }
        }
        self.points = points
    }
}
