/// Finds the next byte that is one of a few.
struct ByteFinder: Sendable {
    private let isWanted: ContiguousArray<Bool>
    /// Each wanted byte eight times, if there are few.
    private let repeated: ContiguousArray<UInt64>
    private let count: Int
    private static let few = 4

    init(_ bytes: Set<UInt8>) {
        isWanted = ContiguousArray((0...UInt8.max).map { bytes.contains($0) })
        count = bytes.count
        repeated = ContiguousArray(count <= Self.few ? bytes.sorted().map { SixteenBytes.every($0) } : [])
    }

    func contains(_ byte: UInt8) -> Bool { isWanted[Int(byte)] }

    /// The place of the first wanted byte in a range of a text.
    func first(in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        if count == 0 { return nil }
        var position = range.lowerBound
        if count <= Self.few {
            let repeated = repeated.span
            while position + 16 <= range.upperBound {
                let bytes = SixteenBytes(text, position)
                var found = false
                for index in repeated.indices where bytes.contains(repeated[index]) { found = true }
                if found { break }
                position &+= 16
            }
        }
        let isWanted = isWanted.span
        while position < range.upperBound {
            if isWanted[Int(text[position])] { return position }
            position &+= 1
        }
        return nil
    }
}
