import Comparisons
import JSON

/// The cell of a prompt or an answer: a list of texts as JSON or as Python writes it, or one plain text.
enum TurnTexts: Sendable {
    /// Whether a cell looks like a list of texts, even if it cannot be read.
    static func isList(_ cell: ArraySlice<UInt8>) -> Bool {
        let signs = cell.lazy.filter { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }.prefix(2)
        return signs.count == 2 && signs.first == UInt8(ascii: "[")
            && "]\"'nN".utf8.contains(signs[signs.index(after: signs.startIndex)])
    }

    /// Replaces `list` with a cell's list.
    ///
    /// - Throws: `JSONFault` if the cell is a list in neither notation. It is JSON's fault, unless only Python writes such a
    ///   list.
    static func read(
        _ cell: ArraySlice<UInt8>, _ list: inout StringListBuffer, _ rules: inout AppliedRules
    ) throws(JSONFault) {
        do throws(JSONFault) {
            try list.decode(cell)
        } catch {
            guard beginsLikeList(cell), isQuotedLikePython(cell) else { throw error }
            try readPython(cell, &list)
            rules.insert(.pythonLists)
        }
    }

    /// Replaces `list` with one turn.
    static func readPlain(
        _ cell: ArraySlice<UInt8>?, _ list: inout StringListBuffer, _ rules: inout AppliedRules
    ) {
        list.removeAll()
        list.append(cell)
        rules.insert(.plainTexts)
    }

    private static func readPython(
        _ cell: ArraySlice<UInt8>, _ list: inout StringListBuffer
    ) throws(JSONFault) {
        // numpy prints texts without commas, which Python would read as one text.
        guard case .list(let elements) = try PythonLiteral.parse(cell, joinsTexts: false) else {
            throw JSONFault(offset: 0, reason: "expected a list")
        }
        guard elements.count <= StringListBuffer.elementLimit else {
            throw JSONFault(offset: 0, reason: "more than \(StringListBuffer.elementLimit) elements")
        }
        list.removeAll()
        for (index, element) in elements.enumerated() {
            switch element {
            case .text(let text): list.append(text)
            case .null: list.append(nil)
            default:
                throw JSONFault(
                    offset: 0, reason: "element \(index + 1) should be a text or None, but is \(element.kind)"
                )
            }
        }
    }

    private static func beginsLikeList(_ cell: ArraySlice<UInt8>) -> Bool {
        first(cell) == UInt8(ascii: "[")
    }

    /// Whether a list's first element is not JSON's: only Python has single quotes, `None` and prefixes.
    private static func isQuotedLikePython(_ cell: ArraySlice<UInt8>) -> Bool {
        guard let start = cell.firstIndex(of: UInt8(ascii: "[")) else { return false }
        // In a list that repr prints, a text has double quotes if it contains apostrophes only.
        return cell[start...].contains(UInt8(ascii: "'")) || contains("None", in: cell[start...])
    }

    private static func contains(_ word: StaticString, in cell: ArraySlice<UInt8>) -> Bool {
        let word = Array("\(word)".utf8)
        return cell.indices.contains { cell[$0] == word[0] && cell[$0...].starts(with: word) }
    }

    private static func first(_ cell: ArraySlice<UInt8>) -> UInt8? {
        cell.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
    }
}
