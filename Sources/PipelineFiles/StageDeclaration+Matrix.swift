import Dataflow
import StageSchemas
import Texts
import YAML

extension StageDeclaration {
    /// The axes of `matrix:`; nil after a mistake.
    static func axes(
        of node: Node?, _ scope: Scope, _ find: FileMatches.Finder, _ diagnostics: inout Diagnostics
    ) -> [Axis]? {
        var axes: [Axis] = []
        var count = 1
        var isRight = true
        for entry in entries(node, "matrix", &diagnostics) {
            guard let values = axisValues(entry, scope, find, &diagnostics) else {
                isRight = false
                continue
            }
            if values.isEmpty {
                diagnostics.add("matrix: the axis '\(entry.key)' has no values", at: entry.value.mark)
                isRight = false
                continue
            }
            if Set(values.map { ExactText($0.description) }).count < values.count {
                diagnostics.add("matrix: the axis '\(entry.key)' has a duplicate value", at: entry.value.mark)
                isRight = false
                continue
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: values.count)
            count = overflow ? .max : product
            axes.append(
                Axis(axis: entry.key, mark: entry.mark, values: values, written: writtenElements(entry.value))
            )
        }
        guard (1...maximumInstances).contains(count) else {
            diagnostics.add(
                "matrix: more than \(maximumInstances) instances", at: node?.mark ?? Mark(line: 1, column: 1))
            return nil
        }
        return isRight ? axes : nil
    }

    private static func axisValues(
        _ entry: Node.Entry, _ scope: Scope, _ find: FileMatches.Finder, _ diagnostics: inout Diagnostics
    ) -> [Value]? {
        guard isName(entry.key) else {
            diagnostics.add("'\(entry.key)' is not a valid axis name", at: entry.mark)
            return nil
        }
        if case .mapping(let fields) = entry.value.content, fields.count == 1, fields[0].key == "glob" {
            return FileMatches.paths(fields[0].value, scope, &diagnostics, find)?.map { .string($0) }
        }
        switch scope.value(of: entry.value, &diagnostics) {
        case .list(let values):
            let isFlat = values.allSatisfy { value in
                if case .list = value { return false }
                if case .map = value { return false }
                return true
            }
            if isFlat { return values }
        case .map(let fields) where fields.count == 1:
            var bounds: (Int, Int)?
            switch fields["range"] {
            case .integer(let end)?: bounds = (0, end)
            case .list(let ends)?:
                if ends.count == 2, case .integer(let from) = ends[0], case .integer(let to) = ends[1] {
                    bounds = (from, to)
                }
            default: break
            }
            // The bounds come from the file, so their difference may overflow.
            if let (from, to) = bounds, from <= to {
                let (length, overflow) = to.subtractingReportingOverflow(from)
                if !overflow && length <= maximumInstances { return (from..<to).map { .integer($0) } }
            }
        default: break
        }
        diagnostics.add(
            "matrix: the axis '\(entry.key)' takes a list of values, { range: N }, { range: [from, to] } or { glob: … }",
            at: entry.value.mark)
        return nil
    }

    /// How the elements of a list are written, those that are plain scalars; empty for everything else.
    private static func writtenElements(_ node: Node) -> [String?] {
        guard case .sequence(let nodes) = node.content else { return [] }
        return nodes.map { node in
            guard case .scalar(let text, isPlain: true) = node.content, !text.utf8.contains(UInt8(ascii: "$"))
            else { return nil }
            return text
        }
    }
}
