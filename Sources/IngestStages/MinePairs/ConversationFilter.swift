import Columns
import Comparisons
import Digests
import Files
import ParallelPipelines
import StageKit

/// Reads logs of conversations and keeps those from which pairs can be made.
struct ConversationFilter: Sendable {
    /// The language to keep; nil for all.
    let language: String?
    /// User messages, one of which a conversation must contain; nil for any.
    let prompts: Set<Digest>?
    let threads: Int

    /// The maximum size of a message in bytes.
    private static let messageLimit = 64 << 20

    /// The conversations found in a file.
    struct Found: Sendable {
        var conversations: [MinedConversation] = []
        var counts: [String: Int] = [:]

        mutating func count(_ name: String) { counts[name, default: 0] += 1 }
    }

    /// Reads a file batch by batch; only conversations that are kept stay in memory.
    func read(_ path: FilePath, into found: inout Found) throws {
        let known = try TableReader.schema(of: path).names
        let missing = MinedConversation.required.filter { !known.contains($0) }
        guard missing.isEmpty else {
            throw StageFailure(
                "a log of conversations has the columns \(MinedConversation.required.joined(separator: ", ")); "
                    + "missing: \(missing.joined(separator: ", "))")
        }
        let wanted = (MinedConversation.required + MinedConversation.optional).filter { known.contains($0) }
        let reader = try TableReader(path, columns: wanted, batchRows: 4_096)
        try ParallelPipeline.run(
            threads: threads, next: { try reader.next() }, convert: { table in self.batch(table) },
            take: { batch in
                found.conversations += batch.conversations
                for (name, count) in batch.counts { found.counts[name, default: 0] += count }
            })
    }

    private func batch(_ table: Table) -> Found {
        var found = Found()
        let languages = table["language"]
        for row in 0..<table.rowCount {
            found.count("read")
            if let language, let languages {
                let word = RecordValue(languages, row: row).word ?? ""
                guard word.lowercased() == language.lowercased() else {
                    found.count("otherLanguage")
                    continue
                }
            }
            do {
                let conversation = try MinedConversation(
                    table, row: row, maximumBytes: Self.messageLimit)
                if let prompts {
                    let isShared = conversation.prompts.contains { prompt in
                        prompt.map { prompts.contains(SHA256.digest(of: $0.span.bytes)) } ?? false
                    }
                    guard isShared else {
                        found.count("noSharedPrompt")
                        continue
                    }
                }
                found.conversations.append(conversation.apart)
            } catch {
                found.count("rejected." + error.reason.rawValue)
            }
        }
        return found
    }

    /// The user messages of tables.
    static func prompts(of tables: [ComparisonTable]) -> Set<Digest> {
        var prompts = Set<Digest>()
        for table in tables {
            for row in 0..<table.count {
                for element in table.prompt.elements(ofRow: row) {
                    guard let text = table.prompt.utf8(element) else { continue }
                    prompts.insert(SHA256.digest(of: text.span.bytes))
                }
            }
        }
        return prompts
    }
}
