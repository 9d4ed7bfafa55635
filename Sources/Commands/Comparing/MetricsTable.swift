import ArtifactStore
import Dataflow
import StageSchemas
import Texts

/// Runs by their parameters and metrics. Pure.
struct MetricsTable {
    /// A run with its parameters and metrics, by name: parameters in maps have dotted names, metrics begin with their stage.
    struct Row {
        let run: RunRecord
        let parameters: [String: Value]
        let metrics: [String: Double]

        init(_ run: RunRecord, metrics: [(stage: String, metrics: [String: Double])]) {
            self.run = run
            parameters = RunComparison.flat(run.parameters)
            var numbers: [String: Double] = [:]
            for (stage, values) in metrics {
                for (name, value) in values { numbers[stage + "." + name] = value }
            }
            self.metrics = numbers
        }
    }

    /// A parameter or a metric.
    enum Column: Hashable {
        case parameter(String)
        case metric(String)

        var name: String {
            switch self {
            case .parameter(let name), .metric(let name): name
            }
        }
    }

    private(set) var rows: [Row]

    init(_ rows: [Row]) { self.rows = rows }

    /// The parameters that differ between runs, or all of them.
    func parameters(all: Bool) -> [String] {
        let names = Set(rows.flatMap(\.parameters.keys))
        return names.filter { name in all || Set(rows.map { $0.parameters[name] }).count > 1 }
            .sorted { $0.precedesByBytes($1) }
    }

    /// The metrics to show: those asked for, or those of stages with a single instance, or else all; unless `all` is true, metrics
    /// that are the same in all of several runs are omitted.
    ///
    /// - Throws: `CommandFailure` if a requested metric does not exist.
    func metrics(named words: [String], all: Bool = false) throws -> [String] {
        let names = Set(rows.flatMap(\.metrics.keys)).sorted { $0.precedesByBytes($1) }
        guard words.isEmpty else {
            return try words.flatMap { word in
                let found = names.filter { $0 == word || $0.hasSuffix("." + word) }
                guard !found.isEmpty else { throw unknown(word) }
                return found
            }
        }
        let single = names.filter { $0.firstIndex(ofASCII: "[") == nil }
        let shown = single.isEmpty ? names : single
        let differing = shown.filter { name in Set(rows.compactMap { $0.metrics[name] }).count > 1 }
        return all || differing.isEmpty ? shown : differing
    }

    /// The column that a word names: a parameter, a metric with its stage, or a metric that only one stage has.
    func column(_ word: String) throws -> Column {
        if rows.contains(where: { $0.parameters[word] != nil }) { return .parameter(word) }
        let names = Set(rows.flatMap(\.metrics.keys))
        if names.contains(word) { return .metric(word) }
        let found = names.filter { $0.hasSuffix("." + word) }.sorted { $0.precedesByBytes($1) }
        guard let only = found.first else { throw unknown(word) }
        guard found.count == 1 else {
            throw CommandFailure.usage(
                "several stages have a metric '\(word)'; name one of \(found.prefix(8).joined(separator: ", "))"
            )
        }
        return .metric(only)
    }

    private func unknown(_ word: String) -> CommandFailure {
        let names = Set(rows.flatMap { Array($0.metrics.keys) + Array($0.parameters.keys) })
        let hint = didYouMean(word, among: Array(names)) ?? ""
        return .usage("no run has a parameter or metric '\(word)'\(hint)")
    }

    /// Keeps the runs that meet a condition.
    mutating func filter(_ condition: Condition) throws {
        let column = try column(condition.name)
        rows = rows.filter { condition.holds(for: $0.value(of: column)) }
    }

    /// Sorts the runs by a column; those without a value come last, and equal ones keep their order.
    mutating func sort(by column: Column, descending: Bool) {
        let keyed = rows.enumerated().map {
            (offset: $0.offset, value: $0.element.value(of: column), row: $0.element)
        }
        rows = keyed.sorted { left, right in
            guard let (a, b) = Self.both(left.value, right.value) else {
                if left.value == nil && right.value == nil { return left.offset < right.offset }
                return right.value == nil
            }
            if let order = Condition.order(a, b), order != .equal { return (order == .less) != descending }
            return left.offset < right.offset
        }.map(\.row)
    }

    private static func both(_ left: Value?, _ right: Value?) -> (Value, Value)? {
        guard let left, let right else { return nil }
        return (left, right)
    }
}

extension MetricsTable.Row {
    /// The run's value in a column; nil if it has none.
    func value(of column: MetricsTable.Column) -> Value? {
        switch column {
        case .parameter(let name): parameters[name]
        case .metric(let name): metrics[name].map { .number($0) }
        }
    }
}
