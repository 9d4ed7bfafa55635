import Columns
import Comparisons
import StageKit

/// A column of lists of texts: real lists, lists in text, or plain texts of one turn each.
struct ListCells: Sendable {
    private enum Kind: Sendable {
        case lists(StringLists)
        case texts(TextCells)
    }

    private let name: String
    private let kind: Kind
    private let rules: IngestRules

    init(_ table: Table, _ name: String, _ rules: IngestRules) throws {
        self.name = name
        self.rules = rules
        switch table[name] {
        case .list(let lists): kind = .lists(try StringLists(lists, name: name))
        default: kind = .texts(try TextCells(table, name, limit: rules.maximumCellBytes))
        }
    }

    /// Whether a row has a list.
    func isList(_ row: Int) -> Bool {
        switch kind {
        case .lists: true
        case .texts(let cells): (try? cells.text(row)).map { TurnTexts.isList($0) } ?? false
        }
    }

    /// Replaces `list` with the row's list.
    func read(
        _ row: Int, _ list: inout StringListBuffer, _ applied: inout AppliedRules
    ) throws(Reject) {
        switch kind {
        case .lists(let lists):
            list.removeAll()
            for element in lists.elements(ofRow: row) {
                let text = lists.utf8(element)
                if let text {
                    guard text.count <= rules.maximumCellBytes else {
                        throw Reject(.oversizeCell, "\(text.count) bytes", column: name, cell: text)
                    }
                    try UTF8Check.validate(text, name)
                }
                list.append(text)
            }
        case .texts(let cells):
            let cell = try cells.text(row)
            if rules.takesPlainTexts { return TurnTexts.readPlain(cell, &list, &applied) }
            guard let cell else { throw Reject(.malformedCell, "null", column: name) }
            do {
                try TurnTexts.read(cell, &list, &applied)
            } catch {
                throw Reject(.malformedCell, "\(error)", column: name, cell: cell)
            }
        }
    }
}
