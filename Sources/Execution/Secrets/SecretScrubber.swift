import Dataflow

/// Replaces the values of secrets in what a stage writes for people.
struct SecretScrubber: Sendable {
    /// What is shown in place of a secret.
    static let mask = Array("•••".utf8)
    /// Replacing shorter values would make logs unreadable, and they are not secrets.
    static let shortest = 4
    /// Shorter lines of a value with several lines are not searched for separately.
    private static let shortestLine = 8

    /// A text to search for.
    private struct Pattern {
        let name: String
        let bytes: [UInt8]
    }

    /// The longest first.
    private let patterns: [Pattern]
    private let isFirst: [Bool]

    /// A scrubber of the secrets with these names and values; nil if there is nothing to search for.
    init?(_ secrets: [(name: String, value: String)]) {
        var patterns: [Pattern] = []
        for (name, value) in secrets {
            let bytes = Array(value.utf8)
            var texts = [bytes]
            // Programs print a key line by line, and may drop the line break at the end of a file.
            let lines = bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
            texts += lines.count == 1 ? lines : lines.filter { $0.count >= Self.shortestLine }
            for text in texts where text.count >= Self.shortest {
                if !patterns.contains(where: { $0.bytes == text }) {
                    patterns.append(Pattern(name: name, bytes: text))
                }
            }
        }
        guard !patterns.isEmpty else { return nil }
        self.patterns = patterns.sorted { $0.bytes.count > $1.bytes.count }
        var isFirst = [Bool](repeating: false, count: 256)
        for pattern in patterns { isFirst[Int(pattern.bytes[0])] = true }
        self.isFirst = isFirst
    }

    /// The scrubber of a stage's secrets; nil if it has none.
    init?(of stage: Stage, in environment: [String: String]) {
        guard !stage.secrets.isEmpty else { return nil }
        self.init(stage.secrets.compactMap { name in environment[name].map { (name, $0) } })
    }

    /// The bytes without secrets.
    func scrubbed(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes
        return take(from: &rest, isEnd: true)
    }

    /// The text without secrets.
    func scrubbed(_ text: String) -> String {
        String(decoding: scrubbed(Array(text.utf8)), as: UTF8.self)
    }

    /// Takes the beginning of `bytes` and returns it without secrets. What may be the beginning of one stays, unless this is
    /// the end.
    func take(from bytes: inout [UInt8], isEnd: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        scan: while position < bytes.count {
            if isFirst[Int(bytes[position])] {
                for pattern in patterns {
                    switch Self.match(pattern.bytes, bytes, position) {
                    case .whole:
                        result += Self.mask
                        position += pattern.bytes.count
                        continue scan
                    case .beginning where !isEnd: break scan
                    case .beginning, .none: break
                    }
                }
            }
            result.append(bytes[position])
            position += 1
        }
        bytes.removeFirst(position)
        return result
    }

    /// The name of the first secret in `bytes`.
    func secret(in bytes: [UInt8]) -> String? {
        var position = 0
        while position < bytes.count {
            if isFirst[Int(bytes[position])],
                let found = patterns.first(where: { Self.match($0.bytes, bytes, position) == .whole })
            {
                return found.name
            }
            position += 1
        }
        return nil
    }

    /// How many bytes a secret can extend over the end of a piece.
    var overlap: Int { (patterns.first?.bytes.count ?? 1) - 1 }

    private enum Match { case whole, beginning, none }

    private static func match(_ pattern: [UInt8], _ bytes: [UInt8], _ position: Int) -> Match {
        let count = min(pattern.count, bytes.count - position)
        for offset in 0..<count where bytes[position + offset] != pattern[offset] { return .none }
        return count == pattern.count ? .whole : .beginning
    }
}
