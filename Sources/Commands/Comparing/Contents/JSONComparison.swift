import StageSchemas
import Texts

/// Compares two JSON documents path by path. Pure.
struct JSONComparison {
    private struct Change {
        let path: String
        let before: Value?
        let after: Value?
    }

    private var changes: [Change] = []

    init(_ before: Value, _ after: Value) { compare(before.normalized, after.normalized, "") }

    private mutating func compare(_ old: Value?, _ new: Value?, _ path: String) {
        switch (old, new) {
        case (.map(let old)?, .map(let new)?):
            for name in Set(old.keys).union(new.keys).sorted(by: { $0.precedesByBytes($1) }) {
                compare(old[name], new[name], path.isEmpty ? name : path + "." + name)
            }
        case (.list(let old)?, .list(let new)?):
            for index in 0..<max(old.count, new.count) {
                compare(
                    index < old.count ? old[index] : nil, index < new.count ? new[index] : nil,
                    path + "[\(index)]")
            }
        default:
            if old != new { changes.append(Change(path: path, before: old, after: new)) }
        }
    }

    var difference: ContentDifference {
        var difference = ContentDifference(
            format: "json", sentences: ["values that differ: \(Amounts.grouped(changes.count))"],
            details: [
                "values": .list(
                    changes.map { change in
                        var fields: [String: Value] = ["path": .string(change.path)]
                        fields["before"] = change.before
                        fields["after"] = change.after
                        return .map(fields)
                    })
            ])
        difference.add(
            "Values", ["path", ">before", ">after", ">difference"],
            changes.prefix(ContentDifference.limit).map { change in
                [
                    change.path, change.before?.description ?? "–", change.after?.description ?? "–",
                    Self.difference(change.before, change.after),
                ]
            }, total: changes.count)
        return difference
    }

    private static func difference(_ before: Value?, _ after: Value?) -> String {
        guard let before = before?.asNumber, let after = after?.asNumber else { return "" }
        return (after > before ? "+" : "") + Amounts.number(after - before)
    }
}
