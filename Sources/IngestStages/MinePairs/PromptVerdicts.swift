import Columns
import Files

/// What an outside judge said of lists of prompts: whether a question has an answer that can be right or wrong.
struct PromptVerdicts: Sendable {
    private var verdicts: [String: Bool] = [:]

    /// Reads a table (Parquet, Arrow or CSV) of `group` and `verdict`: yes, true or 1, and anything else for no.
    init(_ path: FilePath) throws {
        let table = try Table.read(path)
        guard let groups = table["group"], let answers = table["verdict"] else {
            throw ColumnsError(
                "verdicts have the columns 'group' and 'verdict'; there are "
                    + table.schema.names.joined(separator: ", "))
        }
        for row in 0..<table.rowCount {
            guard let group = RecordValue(groups, row: row).word else { continue }
            let answer = RecordValue(answers, row: row).word?.lowercased() ?? ""
            verdicts[group] = answer.hasPrefix("yes") || answer == "true" || answer == "1"
        }
    }

    /// The verdict on a group; nil where there is none.
    subscript(group: String) -> Bool? { verdicts[group] }
}
