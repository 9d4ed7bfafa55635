import Dataflow
import StageSchemas
import Texts
import YAML

extension Matrix {
    /// The points of one axis, of several that vary together, or of a list of combinations.
    private struct Factor {
        var axes: [String] = []
        var points: [Point] = []
    }

    /// The combinations of a map of axes, or of a list of maps.
    ///
    /// - Returns: nil after a mistake.
    static func parse(
        _ node: Node, _ scope: Scope, _ find: FileMatches.Finder, _ diagnostics: inout Diagnostics
    ) -> Matrix? {
        switch node.content {
        case .sequence(let nodes):
            guard let factor = combinations(nodes, node.mark, scope, &diagnostics) else { return nil }
            return Matrix(axes: factor.axes, points: factor.points)
        case .mapping(let entries): return product(entries, node.mark, scope, find, &diagnostics)
        case .scalar:
            diagnostics.add(
                "matrix: expected a map from axes to values, or a list of combinations such as "
                    + "[{ model: small, rate: 0.1 }]", at: node.mark)
            return nil
        }
    }

    private static func product(
        _ entries: [Node.Entry], _ mark: Mark, _ scope: Scope, _ find: FileMatches.Finder,
        _ diagnostics: inout Diagnostics
    ) -> Matrix? {
        var matrix = Matrix()
        var count = 1
        let mistakes = diagnostics.errors.count
        var exclusion: Node.Entry?
        for entry in entries {
            if isExclusion(entry) {
                exclusion = entry
                continue
            }
            if let message = slip(entry, among: entries) {
                diagnostics.add(message, at: entry.mark)
                continue
            }
            guard
                let factor = isZip(entry)
                    ? zip(entry, scope, find, &diagnostics) : axis(entry, scope, find, &diagnostics)
            else { continue }
            if let twice = factor.axes.first(where: matrix.axes.contains) {
                diagnostics.add("matrix: duplicate axis '\(twice)'", at: entry.mark)
                continue
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: factor.points.count)
            count = overflow ? .max : product
            guard count <= maximumInstances else { continue }
            matrix.axes += factor.axes
            // With the first axis there is nothing to combine.
            guard matrix.points.contains(where: { !$0.values.isEmpty }) else {
                matrix.points = factor.points
                continue
            }
            matrix.points = matrix.points.flatMap { point in
                factor.points.map { other in
                    var point = point
                    point.add(other)
                    return point
                }
            }
        }
        guard count <= maximumInstances else {
            diagnostics.add("matrix: more than \(maximumInstances) instances", at: mark)
            return nil
        }
        guard diagnostics.errors.count == mistakes else { return nil }
        if let exclusion { exclude(exclusion, from: &matrix, scope, &diagnostics) }
        return diagnostics.errors.count == mistakes ? matrix : nil
    }

    /// True for `exclude: [{ … }]`; with anything else it is an axis of that name.
    private static func isExclusion(_ entry: Node.Entry) -> Bool {
        guard entry.key.hasSameBytes(as: "exclude"), case .sequence(let nodes) = entry.value.content else {
            return false
        }
        return nodes.contains { node in
            if case .mapping = node.content { true } else { false }
        }
    }

    /// A message about a misspelling such as `exlude: [{ … }]`, which would be an axis of maps; nil for anything else.
    private static func slip(_ entry: Node.Entry, among entries: [Node.Entry]) -> String? {
        guard let hint = didYouMean(entry.key, among: ["exclude"]), entry.key != "exclude",
            case .sequence(let nodes) = entry.value.content, !nodes.isEmpty
        else { return nil }
        let axes = entries.flatMap { other -> [String] in
            guard isZip(other), case .mapping(let inner) = other.value.content else { return [other.key] }
            return inner.map(\.key)
        }
        let namesAxes = nodes.allSatisfy { node in
            guard case .mapping(let fields) = node.content else { return false }
            return !fields.isEmpty && fields.allSatisfy { axes.contains($0.key) }
        }
        guard namesAxes else { return nil }
        return entry.key == "include"
            ? "matrix: include: is not supported; to list combinations explicitly, make matrix: a list of them"
            : "matrix: unknown key '\(entry.key)'" + hint
    }

    /// True for `zip: { axis: …, axis: … }`; `zip: { range: 3 }` is an axis of that name.
    private static func isZip(_ entry: Node.Entry) -> Bool {
        guard entry.key.hasSameBytes(as: "zip"), case .mapping(let entries) = entry.value.content else {
            return false
        }
        return !(entries.count == 1 && ["range", "glob"].contains(entries[0].key))
    }

    /// Axes of equal lengths that vary together.
    private static func zip(
        _ entry: Node.Entry, _ scope: Scope, _ find: FileMatches.Finder, _ diagnostics: inout Diagnostics
    ) -> Factor? {
        var zipped = Factor()
        for inner in StageDeclaration.entries(entry.value, "zip", &diagnostics) {
            guard let factor = axis(inner, allowsDuplicates: true, scope, find, &diagnostics) else {
                return nil
            }
            guard !zipped.axes.isEmpty else {
                zipped = factor
                continue
            }
            guard factor.points.count == zipped.points.count else {
                diagnostics.add(
                    "zip: '\(inner.key)' has \(factor.points.count) values, but '\(zipped.axes[0])' has "
                        + "\(zipped.points.count); axes that vary together need equally many",
                    at: inner.value.mark)
                return nil
            }
            zipped.axes += factor.axes
            for index in zipped.points.indices { zipped.points[index].add(factor.points[index]) }
        }
        guard !zipped.points.isEmpty else {
            diagnostics.add("zip: expected axes of equal lengths", at: entry.value.mark)
            return nil
        }
        return unique(zipped, named: "zip", entry.value.mark, &diagnostics)
    }

    /// The values of an axis.
    private static func axis(
        _ entry: Node.Entry, allowsDuplicates: Bool = false, _ scope: Scope, _ find: FileMatches.Finder,
        _ diagnostics: inout Diagnostics
    ) -> Factor? {
        guard let values = AxisValues.values(entry, scope, find, &diagnostics) else { return nil }
        if values.isEmpty {
            diagnostics.add("matrix: the axis '\(entry.key)' has no values", at: entry.value.mark)
            return nil
        }
        var factor = Factor()
        factor.points = values.map { Point(axis: entry.key, $0) }
        factor.axes = factor.points[0].coordinates.map(\.axis)
        if case .sequence(let nodes) = entry.value.content {
            for (index, node) in nodes.enumerated() where factor.points.indices.contains(index) {
                factor.points[index].written = AxisValues.written(node, as: entry.key)
            }
        }
        return allowsDuplicates ? factor : unique(factor, named: entry.key, entry.value.mark, &diagnostics)
    }

    /// An explicit list of combinations.
    private static func combinations(
        _ nodes: [Node], _ mark: Mark, _ scope: Scope, _ diagnostics: inout Diagnostics
    ) -> Factor? {
        guard nodes.count <= maximumInstances else {
            diagnostics.add("matrix: more than \(maximumInstances) instances", at: mark)
            return nil
        }
        var factor = Factor()
        for node in nodes {
            guard case .mapping(let entries) = node.content, !entries.isEmpty else {
                diagnostics.add("matrix: expected a map such as { model: small, rate: 0.1 }", at: node.mark)
                return nil
            }
            var point = Point()
            for entry in entries {
                guard StageDeclaration.isName(entry.key) else {
                    diagnostics.add("'\(entry.key)' is not a valid axis name", at: entry.mark)
                    return nil
                }
                let value = scope.value(of: entry.value, &diagnostics)
                guard AxisValues.isScalar(value) else {
                    diagnostics.add(
                        "matrix: expected a text, a number or a boolean, not \(value.typeName)",
                        at: entry.value.mark)
                    return nil
                }
                point.add(Point(axis: entry.key, value))
                point.written.merge(AxisValues.written(entry.value, as: entry.key)) { first, _ in first }
            }
            let axes = point.coordinates.map(\.axis)
            if factor.points.isEmpty { factor.axes = axes }
            guard axes.count == factor.axes.count, Set(axes) == Set(factor.axes) else {
                diagnostics.add(
                    "matrix: this combination has \(axes.joined(separator: ", ")), but the first has "
                        + factor.axes.joined(separator: ", "), at: node.mark)
                return nil
            }
            // The order in which they are written is not part of an instance's name.
            point.coordinates = factor.axes.compactMap { axis in
                point.coordinates.first { $0.axis == axis }
            }
            factor.points.append(point)
        }
        guard !factor.points.isEmpty else {
            diagnostics.add("matrix: the list has no combinations", at: mark)
            return nil
        }
        return unique(factor, named: nil, mark, &diagnostics)
    }

    /// The factor, unless two of its points have the same coordinates.
    private static func unique(
        _ factor: Factor, named axis: String?, _ mark: Mark, _ diagnostics: inout Diagnostics
    ) -> Factor? {
        let names = Set(factor.points.map { ExactText(StageID("", $0.coordinates).description) })
        guard names.count < factor.points.count else { return factor }
        let what = axis.map { "the axis '\($0)' has a duplicate value" } ?? "two combinations are the same"
        diagnostics.add("matrix: \(what)", at: mark)
        return nil
    }

    /// Removes the combinations that `exclude:` lists.
    private static func exclude(
        _ entry: Node.Entry, from matrix: inout Matrix, _ scope: Scope, _ diagnostics: inout Diagnostics
    ) {
        guard case .sequence(let nodes) = entry.value.content else { return }
        for node in nodes {
            guard case .map(let fields) = scope.value(of: node, &diagnostics), !fields.isEmpty else {
                diagnostics.add("exclude: expected a map such as { model: small, fold: 0 }", at: node.mark)
                continue
            }
            let wanted = fields.sorted { $0.key.precedesByBytes($1.key) }.flatMap { axis, value in
                Point(axis: axis, value).coordinates.map { (axis: $0.axis, value: $0.value) }
            }
            if let unknown = wanted.first(where: { !matrix.axes.contains($0.axis) }) {
                let hint = didYouMean(unknown.axis, among: matrix.axes)
                diagnostics.add(
                    "exclude: there is no axis '\(unknown.axis)'"
                        + (hint ?? "; the axes are " + matrix.axes.joined(separator: ", ")), at: node.mark)
                continue
            }
            let left = matrix.points.filter { !$0.matches(wanted) }
            if left.count == matrix.points.count {
                diagnostics.add("exclude: no combination matches this", at: node.mark)
            } else if left.isEmpty {
                return diagnostics.add("exclude: no combination is left", at: node.mark)
            }
            matrix.points = left
        }
    }
}
