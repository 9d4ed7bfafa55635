import Columns
package import Comparisons
package import Digests
import Parallelism

/// A column of the comparison table by which rows may be compared.
package enum ComparisonColumn: String, Sendable, CaseIterable {
    case prompt
    case responseA = "response_a"
    case responseB = "response_b"
    case modelA = "model_a"
    case modelB = "model_b"
    case label
    case language
    case source
    case id
}

extension ComparisonTable {
    /// The key of a row's values in some columns: equal for rows with the same values, byte by byte and in the same
    /// order.
    package func key(_ row: Int, columns: [ComparisonColumn]) -> Digest {
        var key = ConversationKey()
        for column in columns {
            var values = ConversationKey()
            switch column {
            case .prompt: add(prompt, row, to: &values)
            case .responseA: add(responseA, row, to: &values)
            case .responseB: add(responseB, row, to: &values)
            case .modelA: values.add(modelA.utf8(at: row))
            case .modelB: values.add(modelB.utf8(at: row))
            case .label: values.add(label(row).map { Array($0.rawValue.utf8)[...] })
            case .language: values.add(language.utf8(at: row))
            case .source: values.add(source.utf8(at: row))
            case .id: values.add(id.utf8(at: row))
            }
            key.add(Array(values.listDigest().bytes)[...])
        }
        return key.listDigest()
    }

    /// The keys of all rows, in order.
    package func keys(columns: [ComparisonColumn], threads: Int) throws -> [Digest] {
        let chunk = 1024
        return try Parallel.map(count: (count + chunk - 1) / chunk, threads: threads) { index in
            (index * chunk..<min(count, (index + 1) * chunk)).map { key($0, columns: columns) }
        }.flatMap { $0 }
    }

    private func add(_ lists: StringLists, _ row: Int, to key: inout ConversationKey) {
        for element in lists.elements(ofRow: row) { key.add(lists.utf8(element)) }
    }
}
