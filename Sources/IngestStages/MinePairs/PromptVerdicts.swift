import Columns
import Files
import Texts

/// An external judge's verdicts on lists of prompts: whether a question has an answer that can be right or wrong.
struct PromptVerdicts: Sendable {
    private var verdicts: TextMap<Bool> = [:]

    /// Reads a table (Parquet, Arrow or CSV) with `group` and `verdict`: yes, true or 1 are positive, anything else is
    /// negative.
    init(_ path: FilePath) throws {
        let table = try Table.read(path)
        guard let groups = table["group"], let answers = table["verdict"] else {
            throw ColumnsError(
                "verdicts must have the columns 'group' and 'verdict', but have "
                    + table.schema.names.joined(separator: ", "))
        }
        for row in 0..<table.rowCount {
            guard let group = RecordValue(groups, row: row).word else { continue }
            let answer = RecordValue(answers, row: row).word?.lowercased() ?? ""
            verdicts[group] = answer.hasPrefix("yes") || answer == "true" || answer == "1"
        }
    }

    /// The verdict on a group; nil if there is none.
    subscript(group: String) -> Bool? { verdicts[group] }
}
