import StageSchemas

/// What differs between two contents of one format.
struct ContentDifference {
    /// `table`, `json`, `text`, `safetensors`, `directory`, `bytes` or `shape`.
    let format: String
    /// The differences in a few words.
    var sentences: [String] = []
    /// The differences one by one, bounded.
    var sections: [Findings.Section] = []
    /// The differences for programs, besides the format.
    var details: [String: Value] = [:]

    /// All of it for programs.
    var fields: [String: Value] { details.merging(["format": .string(format)]) { first, _ in first } }

    /// The number of differences that are listed.
    static let limit = 50

    /// Adds a table of the first differences, and a sentence about the others.
    mutating func add(_ title: String, _ titles: [String], _ rows: [[String]], total: Int) {
        guard !rows.isEmpty else { return }
        let more = total > rows.count ? ["… and \(Amounts.grouped(total - rows.count)) more"] : []
        sections.append(Findings.Section(title: title, sentences: more, table: TextTable(titles, rows: rows)))
    }
}
