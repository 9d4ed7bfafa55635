import Dataflow
import StageSchemas
import Texts
import YAML

/// Reads the values of an axis in a pipeline file.
enum AxisValues {
    /// The values of an axis; nil after a mistake.
    static func values(
        _ entry: Node.Entry, _ scope: Scope, _ find: FileMatches.Finder, _ diagnostics: inout Diagnostics
    ) -> [Value]? {
        guard StageDeclaration.isName(entry.key) else {
            diagnostics.add("'\(entry.key)' is not a valid axis name", at: entry.mark)
            return nil
        }
        if case .mapping(let fields) = entry.value.content, fields.count == 1, fields[0].key == "glob" {
            return FileMatches.paths(fields[0].value, scope, &diagnostics, find)?.map { .string($0) }
        }
        switch scope.value(of: entry.value, &diagnostics) {
        case .list(let values):
            if values.allSatisfy(isScalar) || areAlike(values) { return values }
        case .map(let fields) where fields.count == 1:
            if let range = fields["range"].flatMap(range) { return range }
        default: break
        }
        var hint: String?
        if case .mapping(let fields) = entry.value.content {
            hint = didYouMean(entry.key, among: ["zip"])
            if fields.count == 1, !["range", "glob"].contains(fields[0].key) {
                hint = didYouMean(fields[0].key, among: ["range", "glob"]) ?? hint
            }
        }
        diagnostics.add(
            "matrix: the axis '\(entry.key)' takes a list of values, or of maps with the same keys, "
                + "{ range: N }, { range: [from, to] } or { glob: … }" + (hint ?? ""),
            at: entry.value.mark)
        return nil
    }

    private static func range(_ value: Value) -> [Value]? {
        var bounds: (Int, Int)?
        switch value {
        case .integer(let end): bounds = (0, end)
        case .list(let ends):
            if ends.count == 2, case .integer(let from) = ends[0], case .integer(let to) = ends[1] {
                bounds = (from, to)
            }
        default: break
        }
        // The bounds come from the file, so their difference may overflow.
        guard let (from, to) = bounds, from <= to else { return nil }
        let (length, overflow) = to.subtractingReportingOverflow(from)
        guard !overflow, length <= Matrix.maximumInstances else { return nil }
        return (from..<to).map { .integer($0) }
    }

    static func isScalar(_ value: Value) -> Bool {
        switch value {
        case .list, .map: false
        case .null, .boolean, .integer, .number, .string: true
        }
    }

    /// True for maps of scalars with the same keys, which are names.
    static func areAlike(_ values: [Value]) -> Bool {
        guard case .map(let first)? = values.first, !first.isEmpty,
            first.keys.allSatisfy(StageDeclaration.isName)
        else { return false }
        return values.allSatisfy { value in
            guard case .map(let fields) = value else { return false }
            return fields.count == first.count && fields.values.allSatisfy(isScalar)
                && fields.keys.allSatisfy { first[$0] != nil }
        }
    }

    /// How a plain scalar, or each scalar in a map, is written in the file.
    static func written(_ node: Node, as name: String) -> [String: String] {
        switch node.content {
        case .scalar(let text, isPlain: true) where !text.utf8.contains(UInt8(ascii: "$")): [name: text]
        case .mapping(let entries):
            Dictionary(
                entries.flatMap { entry in written(entry.value, as: "\(name).\(entry.key)").map { ($0, $1) } }
            ) { first, _ in first }
        case .scalar, .sequence: [:]
        }
    }
}
