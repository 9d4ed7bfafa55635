import Texts

/// A name in which `*` stands for any bytes.
struct StagePattern {
    /// The parts between the stars.
    private let parts: [[UInt8]]

    init(_ text: String) { parts = text.parts(between: "*").map { Array($0.utf8) } }

    func matches(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        guard let first = parts.first, let last = parts.last, rest.starts(with: first) else { return false }
        guard parts.count > 1 else { return rest.count == first.count }
        rest = rest.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            // The first match is the best: it leaves the most for the other parts.
            guard let place = rest.firstRange(of: part) else { return false }
            rest = rest[place.upperBound...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}
