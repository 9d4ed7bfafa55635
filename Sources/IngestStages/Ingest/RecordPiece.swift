import Columns

/// Some records of a file, in the form in which they were read.
enum RecordPiece: Sendable {
    /// Rows of a table.
    case table(Table, firstRow: Int)
    /// Records of a CSV file, and the fields to use.
    case csv(CSVBatch, [(name: String, index: Int)], header: [String])
    /// JSON objects, and the members to use.
    case json(JSONLinesFile.Piece, Set<String>)

    /// Calls `body` with each record and its number, or why it could not be read.
    func forEach(_ body: (Int, Result<RecordValue, Reject>) -> Void) {
        switch self {
        case .table(let table, let firstRow):
            for row in 0..<table.rowCount {
                let members = zip(table.schema.fields, table.columns).map { field, column in
                    let isTime = field.isTime && !column.isNull(row)
                    let value = isTime ? .foreign("a date or time") : RecordValue(column, row: row)
                    return (name: field.name, value: value)
                }
                body(firstRow + row, .success(.record(members)))
            }
        case .csv(let batch, let wanted, let header):
            let hasNUL = batch.hasNUL
            for index in 0..<batch.count {
                body(batch.firstRow + index, RecordPiece.record(batch, index, wanted, header, hasNUL: hasNUL))
            }
        case .json(let piece, let wanted):
            for (index, range) in piece.records.enumerated() {
                let bytes = piece.bytes[range]
                if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
                body(piece.firstRow + index, RecordPiece.record(bytes, wanted))
            }
        }
    }

    private static func record(
        _ batch: CSVBatch, _ index: Int, _ wanted: [(name: String, index: Int)], _ header: [String],
        hasNUL: Bool
    ) -> Result<RecordValue, Reject> {
        do {
            try batch.check(index, header: header)
        } catch {
            return .failure(error)
        }
        let record = batch.record(index)
        var members: [(name: String, value: RecordValue)] = []
        for (name, position) in wanted {
            let field = record[record.startIndex + position]
            var scratch: [UInt8] = []
            let text = batch.text(field, scratch: &scratch)
            guard !hasNUL || !text.contains(0) else {
                return .failure(Reject(.nulByte, column: name, cell: text))
            }
            // An empty field of a CSV file may be null or an empty text.
            members.append((name, text.isEmpty ? .null : .text(text)))
        }
        return .success(.record(members))
    }

    private static func record(
        _ bytes: ArraySlice<UInt8>, _ wanted: Set<String>
    ) -> Result<RecordValue, Reject> {
        do {
            guard !bytes.contains(0) else { throw Reject(.nulByte, cell: bytes) }
            try UTF8Check.validate(bytes, "record")
            return .success(try RecordValue.parsing(record: bytes, names: wanted))
        } catch let reject as Reject {
            return .failure(reject)
        } catch {
            return .failure(Reject(.malformedCell, "\(error)", cell: bytes))
        }
    }
}
