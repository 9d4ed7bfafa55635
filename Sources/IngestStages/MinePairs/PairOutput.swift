import Columns
import Comparisons
import Files
import Texts

/// The tables of mined pairs and of their prompts.
struct PairOutput {
    private let source: ArraySlice<UInt8>
    private let language: ArraySlice<UInt8>?
    private var rows = ComparisonBuilder()
    private var ids = TextSet()
    private var numbersOfNames: TextMap<Int> = [:]
    private var texts = [StringColumn.Builder](repeating: StringColumn.Builder(), count: 2)
    private var numbers = [[Int64]](repeating: [], count: 3)

    /// The number of excluded pairs, by reason.
    private(set) var counts: [String: Int] = [:]
    /// The number of pairs.
    var pairs: Int { rows.count }

    init(_ source: String, language: String?) {
        self.source = Array(source.utf8)[...]
        self.language = language.map { Array($0.utf8)[...] }
    }

    /// Adds a group's prompts, and some of its pairs.
    mutating func add(_ group: PairMining.Group, _ pairs: [(first: Int, second: Int)]) {
        list(group)
        counts["overMaximum", default: 0] += group.pairs.count - pairs.count
        for (first, second) in pairs {
            let (a, b) = (group.conversations[first], group.conversations[second])
            rows.append(
                ComparisonBuilder.Attributes(
                    id: Array(identifier(a, b).utf8)[...], source: source, modelA: Array(a.model.utf8)[...],
                    modelB: Array(b.model.utf8)[...], language: language,
                    group: Array(group.name.utf8)[...]),
                prompt: PairOutput.buffer(a.prompts), responseA: PairOutput.buffer(a.responses),
                responseB: PairOutput.buffer(b.responses))
        }
    }

    /// Adds a group's prompts, and counts its pairs as excluded.
    mutating func leaveOut(_ group: PairMining.Group, _ reason: String) {
        list(group)
        counts[reason, default: 0] += group.pairs.count
    }

    /// Writes both tables.
    consuming func write(rows path: FilePath, prompts: FilePath) throws {
        try rows.finish().write(to: path)
        try Table([
            ("group", .string(texts[0].finish())), ("prompt", .string(texts[1].finish())),
            ("turns", .integer(IntegerColumn(numbers[0]))),
            ("conversations", .integer(IntegerColumn(numbers[1]))),
            ("pairs", .integer(IntegerColumn(numbers[2]))),
        ]).write(to: prompts)
    }

    private mutating func list(_ group: PairMining.Group) {
        let prompts = group.conversations.first?.prompts ?? []
        texts[0].append(group.name)
        texts[1].append(
            prompts.map { $0.map { String(decoding: $0, as: UTF8.self) } ?? "" }.joined(separator: "\n\n"))
        numbers[0].append(Int64(prompts.count))
        numbers[1].append(Int64(group.conversations.count))
        numbers[2].append(Int64(group.pairs.count))
    }

    /// The ids of both conversations; a further pair with the same ids gets a number.
    private mutating func identifier(_ a: MinedConversation, _ b: MinedConversation) -> String {
        let base = a.id + "/" + b.id
        var number = numbersOfNames[base] ?? 1
        var name = number > 1 ? base + "#\(number)" : base
        while !ids.insert(name) {
            number += 1
            name = base + "#\(number)"
        }
        numbersOfNames[base] = number + 1
        return name
    }

    private static func buffer(_ texts: [ArraySlice<UInt8>?]) -> StringListBuffer {
        var buffer = StringListBuffer()
        for text in texts { buffer.append(text) }
        return buffer
    }
}
