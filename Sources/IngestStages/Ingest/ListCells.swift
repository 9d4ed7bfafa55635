import Columns
import Comparisons
import StageKit

/// A column of lists of texts: real lists, or JSON in text.
struct ListCells: Sendable {
    private enum Kind: Sendable {
        case lists(StringLists)
        case json(TextCells)
    }

    private let name: String
    private let kind: Kind
    private let limit: Int

    init(_ table: Table, _ name: String, limit: Int) throws {
        self.name = name
        self.limit = limit
        switch table[name] {
        case .list(let lists): kind = .lists(try StringLists(lists, name: name))
        default: kind = .json(try TextCells(table, name, limit: limit))
        }
    }

    /// Replaces `list` with the row's list.
    func read(_ row: Int, _ list: inout StringListBuffer) throws(Reject) {
        switch kind {
        case .lists(let lists):
            list.removeAll()
            for element in lists.elements(ofRow: row) {
                let text = lists.utf8(element)
                if let text {
                    guard text.count <= limit else {
                        throw Reject(.oversizeCell, "\(name): \(text.count) bytes")
                    }
                    try UTF8Check.validate(text, name)
                }
                list.append(text)
            }
        case .json(let cells):
            guard let cell = try cells.text(row) else { throw Reject(.malformedCell, "\(name): null") }
            do {
                try list.decode(cell)
            } catch {
                throw Reject(.malformedCell, "\(name): \(error)")
            }
        }
    }
}
