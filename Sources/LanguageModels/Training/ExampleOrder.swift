/// The order of examples: epoch after epoch, each a permutation that depends only on seed and epoch.
///
/// Equal seeds give equal orders, whatever happened before: training resumes in the middle of an epoch knowing only how
/// far it was.
struct ExampleOrder: Sendable {
    let count: Int
    let seed: UInt64
    let shuffles: Bool
    private var epoch = -1
    private var permutation: [Int] = []

    init(count: Int, seed: UInt64, shuffles: Bool) {
        self.count = count
        self.seed = seed
        self.shuffles = shuffles
    }

    /// The examples at some positions in the endless sequence of epochs.
    mutating func examples(at places: Range<Int>) -> [Int] {
        places.map { place in
            guard shuffles else { return place % count }
            if place / count != epoch {
                epoch = place / count
                permutation = Self.permutation(count, seed: seed, epoch: epoch)
            }
            return permutation[place % count]
        }
    }

    /// A random order (Fisher and Yates).
    static func permutation(_ count: Int, seed: UInt64, epoch: Int) -> [Int] {
        var order = Array(0..<count)
        // Independent of the random streams for initialization and dropout, which use the seed itself.
        let stream = CounterGenerator.bits(seed ^ 0x6F72_6465_7200_0000, UInt64(epoch))
        for index in stride(from: count - 1, to: 0, by: -1) {
            let bits = CounterGenerator.bits(stream, UInt64(index))
            order.swapAt(index, Int(bits.multipliedFullWidth(by: UInt64(index + 1)).high))
        }
        return order
    }

    /// Groups examples into passes of at most `tokens` tokens, longest first; an example that is longer gets its own
    /// pass.
    ///
    /// - Parameter lengths: the number of tokens of each example.
    /// - Returns: for each pass, indices into `lengths`.
    static func passes(_ lengths: [Int], tokens: Int) -> [[Int]] {
        let sorted = lengths.indices.sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
        var passes: [[Int]] = []
        var room = 0
        for index in sorted {
            if lengths[index] > room || passes.isEmpty {
                passes.append([])
                room = tokens
            }
            passes[passes.count - 1].append(index)
            room -= lengths[index]
        }
        return passes
    }
}
