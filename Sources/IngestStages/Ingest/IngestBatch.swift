import Columns
import Comparisons

/// The rows from a piece of a file, and those that were rejected.
struct IngestBatch: Sendable {
    private let asked: IngestRules
    private let source: [UInt8]
    private var builder = ComparisonBuilder()
    private var draft = IngestDraft()

    /// The row number in the file of each accepted row, counting from 1.
    private(set) var rows: [Int] = []
    /// The rules applied to each accepted row.
    private(set) var rules: [AppliedRules] = []
    /// The rejected rows.
    private(set) var rejects: [(row: Int, id: String?, reject: Reject)] = []

    /// The most bytes of a rejected row's id that are kept.
    private static let longestIdentifier = 1 << 16

    init(_ rules: IngestRules) {
        asked = rules
        source = Array((rules.source ?? rules.defaultSource).utf8)
    }

    /// Accepts a row, which `fill` writes into an empty draft, or records why it is rejected.
    mutating func add(row: Int, _ fill: (inout IngestDraft) throws(Reject) -> Void) {
        draft.removeAll()
        do {
            try fill(&draft)
            try draft.check(asked)
        } catch {
            // A part of an id would be another row's, so a very long one is left out.
            let isKept = !draft.id.isEmpty && draft.id.count <= Self.longestIdentifier
            let id = isKept ? String(decoding: draft.id, as: UTF8.self) : nil
            rejects.append((row, id, error))
            return
        }
        if draft.language == nil && asked.guessesLanguage {
            draft.language = draft.guessedLanguage().map { Array($0.utf8)[...] }
        }
        builder.append(
            ComparisonBuilder.Attributes(
                id: draft.id, source: asked.source == nil ? draft.source ?? source[...] : source[...],
                modelA: draft.modelA, modelB: draft.modelB, label: draft.label, language: draft.language,
                group: draft.group),
            prompt: draft.prompt, responseA: draft.responseA, responseB: draft.responseB)
        rows.append(row)
        rules.append(draft.rules)
    }

    /// Records a row that could not even be read.
    mutating func add(row: Int, _ reject: Reject) { rejects.append((row, nil, reject)) }

    /// The accepted rows.
    consuming func table() throws -> Table { try builder.finish() }
}
