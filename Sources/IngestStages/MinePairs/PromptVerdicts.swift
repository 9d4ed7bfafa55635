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
            guard let name = RecordValue(groups, row: row).bytes else { continue }
            let group = String(decoding: name, as: UTF8.self)
            let answer = RecordValue(answers, row: row).word?.lowercased() ?? ""
            let verdict = answer.beginsWith("yes") || answer == "true" || answer == "1"
            if let other = verdicts.updateValue(verdict, forKey: group), other != verdict {
                throw ColumnsError("the group '\(group)' has two verdicts, one positive and one negative")
            }
        }
    }

    /// The verdict on a group; nil if there is none.
    subscript(group: String) -> Bool? { verdicts[group] }
}
