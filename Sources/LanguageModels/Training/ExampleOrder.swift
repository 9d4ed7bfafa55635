/// The order in which examples are seen: epoch after epoch, each a permutation made from seed and epoch alone.
///
/// Equal seeds give equal orders, whatever was done before: a training goes on in the middle of an epoch without having
/// kept more than how far it was.
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

    /// The examples at some places of the endless sequence of epochs.
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
        // Apart from the streams of initial numbers and of dropout, which go by the seed itself.
        let stream = CounterGenerator.bits(seed ^ 0x6F72_6465_7200_0000, UInt64(epoch))
        for index in stride(from: count - 1, to: 0, by: -1) {
            let bits = CounterGenerator.bits(stream, UInt64(index))
            order.swapAt(index, Int(bits.multipliedFullWidth(by: UInt64(index + 1)).high))
        }
        return order
    }

    /// Puts examples into passes of at most `tokens` tokens, long ones first; one that is longer has a pass of its own.
    ///
    /// - Parameter lengths: the tokens of each example.
    /// - Returns: for each pass, places in `lengths`.
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
