import Columns
import Files
import Predictions
import StageKit

/// The rows that a submission must have.
struct ExpectedRows: Sendable {
    /// Their ids, each once, as the tables first name them.
    private(set) var ids: [String] = []
    private var known: Set<[UInt8]> = []

    /// The ids in the column `id` of tables.
    ///
    /// - Throws: `StageFailure` if a row has no id: it could not be accounted for.
    init(_ paths: [FilePath]) throws {
        for path in paths {
            let table = try Table.read(path)
            let texts: StringColumn
            if case .integer(let numbers) = table["id"], !table.schema.holdsTimes("id") {
                texts = StringColumn((0..<table.rowCount).map { row in numbers[row].map { String($0) } })
            } else {
                texts = try table.strings("id")
            }
            for row in 0..<table.rowCount {
                guard let id = texts.utf8(at: row), !id.isEmpty else {
                    throw StageFailure(
                        "rows: row \(row + 1) of a table has no id, so nothing can be submitted for it")
                }
                if known.insert(Array(id)).inserted { ids.append(String(decoding: id, as: UTF8.self)) }
            }
        }
    }

    /// The rows that are not predicted.
    ///
    /// - Throws: `StageFailure` if a prediction is for no row of these.
    func missing(in table: PredictionTable) throws -> [String] {
        let extra = table.ids.filter { !known.contains(Array($0.utf8)) }
        guard extra.isEmpty else {
            let names = extra.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            throw StageFailure(
                "\(extra.count) predictions are for rows that are not in 'rows', such as \(names)")
        }
        let predicted = Set(table.ids.map { Array($0.utf8) })
        return ids.filter { !predicted.contains(Array($0.utf8)) }
    }
}
