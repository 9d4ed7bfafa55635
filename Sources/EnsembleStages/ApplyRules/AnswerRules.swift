import Comparisons
import Predictions
import StageSchemas

/// The rules for empty and identical answers: which one applies to a row, and the probabilities it gives.
struct AnswerRules: Sendable {
    enum Rule: String, Sendable, CaseIterable { case bothEmpty, emptyA, emptyB, identical }

    let identical: Probabilities?
    /// The probabilities of the empty answer, of the other one, and of a tie.
    let empty: Probabilities?
    let bothEmpty: Probabilities?

    /// The first rule that applies to a row; nil if there is none.
    func apply(_ table: ComparisonTable, _ row: Int) -> (rule: Rule, probabilities: Probabilities)? {
        let a = table.responseA.elements(ofRow: row).map { table.responseA.utf8($0) }
        let b = table.responseB.elements(ofRow: row).map { table.responseB.utf8($0) }
        let isEmpty = (Self.isEmpty(a), Self.isEmpty(b))
        if isEmpty.0 && isEmpty.1, let bothEmpty { return (.bothEmpty, bothEmpty) }
        if isEmpty.0 && !isEmpty.1, let empty { return (.emptyA, empty) }
        if isEmpty.1 && !isEmpty.0, let empty { return (.emptyB, empty.swapped) }
        guard let identical else { return nil }
        // Two empty answers are identical, whether null or blank.
        if isEmpty.0 && isEmpty.1 || a == b { return (.identical, identical) }
        return nil
    }

    /// Whether all turns are null, or contain only Unicode white space and control characters.
    private static func isEmpty(_ turns: [ArraySlice<UInt8>?]) -> Bool {
        turns.allSatisfy { turn in
            guard let turn else { return true }
            // Most texts have a printable ASCII character near their beginning.
            guard !turn.contains(where: { $0 > 0x20 && $0 < 0x7F }) else { return false }
            return String(decoding: turn, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
                scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
            }
        }
    }
}

/// The effect of a rule.
struct RuleTally: Sendable {
    private(set) var rows = 0
    private var labelled = 0
    private var before = 0.0
    private var after = 0.0

    mutating func add(before: Probabilities, after: Probabilities, label: ComparisonLabel?) {
        rows += 1
        guard let label else { return }
        labelled += 1
        self.before += before.logLoss(label)
        self.after += after.logLoss(label)
    }

    /// `{"rows", "labelled", "logLossBefore", "logLossAfter"}`; the losses only if there are labels.
    var json: Value {
        var fields: [String: Value] = ["rows": .integer(rows), "labelled": .integer(labelled)]
        if labelled > 0 {
            fields["logLossBefore"] = .number(before / Double(labelled))
            fields["logLossAfter"] = .number(after / Double(labelled))
        }
        return .map(fields)
    }
}
