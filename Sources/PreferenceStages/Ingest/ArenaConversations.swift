import Columns
import StageKit

/// The two conversations of arena rows: lists of `{content, role}`, read side by side.
struct ArenaConversations: Sendable {
    private struct Side: Sendable {
        let lists: ListColumn
        let content: StringColumn
        let role: StringColumn

        init(_ table: Table, _ name: String) throws {
            lists = try table.lists(name)
            guard case .structure(let messages) = lists.elements,
                case .string(let content) = messages["content"], case .string(let role) = messages["role"]
            else {
                throw StageFailure(
                    "column '\(name)' should hold lists of records with the texts 'content' and 'role', "
                        + "and holds \(Column.list(lists).type)")
            }
            self.content = content
            self.role = role
        }
    }

    private static let user = Array("user".utf8)
    private static let assistant = Array("assistant".utf8)

    private let a: Side
    private let b: Side
    private let limit: Int

    init(_ table: Table, maximumCellBytes: Int) throws {
        a = try Side(table, "conversation_a")
        b = try Side(table, "conversation_b")
        limit = maximumCellBytes
    }

    /// Fills the three lists of a row.
    func fill(_ row: Int, _ draft: inout IngestDraft) throws(Reject) {
        let messagesA = a.lists.range(at: row) ?? 0..<0
        let messagesB = b.lists.range(at: row) ?? 0..<0
        guard messagesA.count == messagesB.count else {
            throw Reject(
                .unequalLengths,
                "conversation_a \(messagesA.count), conversation_b \(messagesB.count) messages")
        }
        guard messagesA.count <= 2 * StringListBuffer.elementLimit else {
            throw Reject(.malformedCell, "more than \(2 * StringListBuffer.elementLimit) messages")
        }
        for offset in 0..<messagesA.count {
            let (first, second) = (messagesA.lowerBound + offset, messagesB.lowerBound + offset)
            let role = offset % 2 == 0 ? Self.user : Self.assistant
            guard a.role.utf8(at: first)?.elementsEqual(role) == true,
                b.role.utf8(at: second)?.elementsEqual(role) == true
            else { throw Reject(.roles, "message \(offset + 1)") }
            let textA = try text(a.content, first, "conversation_a")
            let textB = try text(b.content, second, "conversation_b")
            if offset % 2 == 0 {
                guard textA == textB else { throw Reject(.promptsDiffer, "message \(offset + 1)") }
                draft.prompt.append(textA)
            } else {
                draft.responseA.append(textA)
                draft.responseB.append(textB)
            }
        }
        guard messagesA.count % 2 == 0 else { throw Reject(.roles, "the last message has no answer") }
    }

    private func text(_ column: StringColumn, _ index: Int, _ name: String) throws(Reject) -> ArraySlice<
        UInt8
    >? {
        guard let text = column.utf8(at: index) else { return nil }
        guard text.count <= limit else { throw Reject(.oversizeCell, "\(name): \(text.count) bytes") }
        try UTF8Check.validate(text, name)
        return text
    }
}
