import Checkpoints
import StageSchemas
import Texts

/// Compares two safetensors files tensor by tensor.
struct TensorComparison {
    private struct Change {
        let name: String
        let word: String
        let before: SafetensorsHeader.Entry?
        let after: SafetensorsHeader.Entry?
        var largest: Double?
        var rootMeanSquare: Double?
    }

    private let changes: [Change]
    private let equalCount: Int

    init(_ before: SafetensorsFile, _ after: SafetensorsFile) throws {
        func names(_ file: SafetensorsFile) -> Set<ExactText> {
            Set(file.header.entries.map { ExactText($0.name) })
        }
        var changes: [Change] = []
        var equalCount = 0
        for name in names(before).union(names(after)).sorted() {
            let (old, new) = (before.entry(name.description), after.entry(name.description))
            guard let old, let new else {
                changes.append(
                    Change(
                        name: name.description, word: old == nil ? "added" : "removed", before: old,
                        after: new))
                continue
            }
            guard old.type == new.type, old.shape == new.shape else {
                changes.append(
                    Change(name: name.description, word: "another type or shape", before: old, after: new))
                continue
            }
            defer {
                before.release(old)
                after.release(new)
            }
            if before.bytes(of: old) == after.bytes(of: new) {
                equalCount += 1
                continue
            }
            var change = Change(name: name.description, word: "changed", before: old, after: new)
            // Differences between integers or packed types have no meaning.
            if let left = try? before.floats(of: old), let right = try? after.floats(of: new) {
                var (largest, squares) = (0.0, 0.0)
                for (a, b) in zip(left, right) {
                    let distance = abs(Double(b) - Double(a))
                    if distance.isNaN { continue }
                    largest = max(largest, distance)
                    squares += distance * distance
                }
                change.largest = largest
                change.rootMeanSquare = (squares / Double(max(1, left.count))).squareRoot()
            }
            changes.append(change)
        }
        self.changes = changes
        self.equalCount = equalCount
    }

    var difference: ContentDifference {
        var difference = ContentDifference(
            format: "safetensors",
            sentences: [
                "tensors: \(Amounts.grouped(changes.count)) different, \(Amounts.grouped(equalCount)) the same"
            ],
            details: [
                "tensors": .list(
                    changes.map { change in
                        [
                            "name": .string(change.name), "difference": .string(change.word),
                            "before": Self.fields(change.before), "after": Self.fields(change.after),
                            "largestDifference": Value(change.largest),
                            "rootMeanSquare": Value(change.rootMeanSquare),
                        ]
                    }), "equalTensors": .integer(equalCount),
            ])
        difference.add(
            "Tensors", ["tensor", "difference", "before", "after", ">largest", ">root mean square"],
            changes.prefix(ContentDifference.limit).map { change in
                [
                    change.name, change.word, Self.words(change.before), Self.words(change.after),
                    change.largest.map(Amounts.number) ?? "", change.rootMeanSquare.map(Amounts.number) ?? "",
                ]
            }, total: changes.count)
        return difference
    }

    private static func words(_ entry: SafetensorsHeader.Entry?) -> String {
        entry.map { $0.type.rawValue + " " + $0.shape.map(String.init).joined(separator: " × ") } ?? "–"
    }

    private static func fields(_ entry: SafetensorsHeader.Entry?) -> Value {
        guard let entry else { return .null }
        return ["type": .string(entry.type.rawValue), "shape": .list(entry.shape.map { .integer($0) })]
    }
}
