import Columns

/// The rows that some piece of a file gave, and those that were not taken.
struct IngestBatch: Sendable {
    private let rules: IngestRules
    private let source: [UInt8]
    private var builder = ComparisonBuilder()
    private var draft = IngestDraft()

    /// The number in the file of each row taken, counting from 1.
    private(set) var rows: [Int] = []
    /// The rows not taken.
    private(set) var rejects: [(row: Int, id: String?, reject: Reject)] = []

    init(_ rules: IngestRules) {
        self.rules = rules
        source = Array((rules.source ?? rules.defaultSource).utf8)
    }

    /// Takes one row, which `fill` writes into an empty draft, or notes why not.
    mutating func add(row: Int, _ fill: (inout IngestDraft) throws(Reject) -> Void) {
        draft.removeAll()
        do {
            try fill(&draft)
            try draft.check(rules)
        } catch {
            let id = draft.id.isEmpty ? nil : String(decoding: draft.id.prefix(200), as: UTF8.self)
            rejects.append((row, id, error))
            return
        }
        if draft.language == nil && rules.guessesLanguage {
            draft.language = draft.guessedLanguage().map { Array($0.utf8)[...] }
        }
        builder.append(
            ComparisonBuilder.Attributes(
                id: draft.id, source: rules.source == nil ? draft.source ?? source[...] : source[...],
                modelA: draft.modelA, modelB: draft.modelB, label: draft.label, language: draft.language,
                group: draft.group),
            prompt: draft.prompt, responseA: draft.responseA, responseB: draft.responseB)
        rows.append(row)
    }

    /// The rows taken.
    consuming func table() throws -> Table { try builder.finish() }
}
