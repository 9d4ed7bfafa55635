import Comparisons
import JSON

/// Turns a source's records into rows, whatever the file format: Parquet, Arrow, CSV or JSON.
protocol SourceAdapter: Sendable {
    /// The fields that every file of this source has.
    static var required: [String] { get }
    /// The fields that are read if they exist.
    static var optional: [String] { get }
    /// The field that contains the winner; nil if the winner follows from other fields.
    static var winner: String? { get }

    /// Whether records with the same key compete: see ``rank(_:)``.
    static var isRanked: Bool { get }

    /// An adapter with some rules.
    init(rules: IngestRules)

    /// The number of rows in a record.
    func parts(of record: RecordValue) -> Int

    /// Fills a row from a record.
    ///
    /// - Parameters:
    ///   - row: the record's number in the file, counting from 1.
    ///   - part: which of the record's rows to fill, counting from 0.
    func fill(
        _ draft: inout IngestDraft, _ record: RecordValue, row: Int, part: Int
    ) throws(Reject)

    /// Of records with equal keys, the first one with the highest rank is used; nil for a record that does not compete.
    func rank(_ record: RecordValue) -> (key: [UInt8], rank: Double)?
}

extension SourceAdapter {
    static var isRanked: Bool { false }
    func parts(of record: RecordValue) -> Int { 1 }
    func rank(_ record: RecordValue) -> (key: [UInt8], rank: Double)? { nil }

    /// A text or scalar; nil if it is null or missing.
    func text(
        _ record: RecordValue, _ names: [String], limit: Int
    ) throws(Reject) -> ArraySlice<UInt8>? {
        for name in names {
            guard let value = record[name] else { continue }
            guard let bytes = value.bytes else {
                throw Reject(.malformedCell, "should be text, but is \(value.kind)", column: name)
            }
            guard bytes.count <= limit else {
                throw Reject(.oversizeCell, "\(bytes.count) bytes", column: name, cell: bytes)
            }
            try UTF8Check.validate(bytes, name)
            return bytes
        }
        return nil
    }

    /// The text of a field that is part of a row's id.
    ///
    /// - Throws: `Reject` also if there is none.
    func identifier(_ record: RecordValue, _ name: String, limit: Int) throws(Reject) -> ArraySlice<UInt8> {
        guard let text = try self.text(record, [name], limit: limit), IngestDraft.isIdentifier(text) else {
            throw Reject(.missingIdentifier)
        }
        return text
    }

    /// The conversation in a field: a list of messages, or such a list as JSON in a text.
    func conversation(_ record: RecordValue, _ name: String, limit: Int) throws(Reject) -> Conversation {
        guard let value = record[name] else {
            throw Reject(.malformedCell, "null or missing", column: name)
        }
        guard case .text(let text) = value else {
            return try Conversation(value, name, maximumBytes: limit)
        }
        guard text.count <= limit else {
            throw Reject(.oversizeCell, "\(text.count) bytes", column: name, cell: text)
        }
        try UTF8Check.validate(text, name)
        do {
            return try Conversation(
                RecordValue.parsing(json: text), name, maximumBytes: limit)
        } catch let fault as JSONFault {
            throw Reject(.malformedCell, "\(fault)", column: name, cell: text)
        } catch let reject as Reject {
            throw reject
        } catch {
            throw Reject(.malformedCell, "\(error)", column: name, cell: text)
        }
    }

    /// Fills in models, language and source, each from the field with its usual name.
    func fillAttributes(_ draft: inout IngestDraft, _ record: RecordValue, limit: Int) throws(Reject) {
        func attribute(_ name: String) throws(Reject) -> ArraySlice<UInt8>? {
            let text = try text(record, [name], limit: limit)
            return text?.isEmpty == true ? nil : text
        }
        draft.modelA = try attribute("model_a")
        draft.modelB = try attribute("model_b")
        draft.language = try attribute("language")
        draft.source = try attribute("source")
        draft.group = try attribute("group")
    }
}

extension IngestDraft {
    /// The id of a row in a file without ids: its number, counting from 0.
    static func identifier(ofRow row: Int) -> ArraySlice<UInt8> { Array(String(row - 1).utf8)[...] }

    /// Exchanges the two sides.
    mutating func exchangeSides() {
        swap(&responseA, &responseB)
        swap(&modelA, &modelB)
        label = label?.swapped
        rules.insert(.sidesExchanged)
    }
}
