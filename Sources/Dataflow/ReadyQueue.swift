/// Stages that wait for resources, by descending rank; equal ranks by index.
struct ReadyQueue: Sendable {
    private var heap: [(rank: Double, index: Int)] = []

    /// The number of stages at the head of the queue that are examined for one that fits: a bound on a call's time
    private static let lookahead = 64

    var isEmpty: Bool { heap.isEmpty }

    mutating func insert(_ index: Int, rank: Double) {
        heap.append((rank, index))
        siftUp(from: heap.count - 1)
    }

    /// The best stage that fits, among the first in the heap's layout.
    func first(where fits: (Int) -> Bool) -> Int? {
        guard let best = heap.first else { return nil }
        if fits(best.index) { return best.index }
        var candidate: (rank: Double, index: Int)?
        for entry in heap.prefix(Self.lookahead).dropFirst() where fits(entry.index) {
            if candidate.map({ precedes(entry, $0) }) ?? true { candidate = entry }
        }
        return candidate?.index
    }

    /// Some of the next stages, among them the best.
    func upcoming(_ count: Int) -> [Int] { heap.prefix(count).map(\.index) }

    mutating func remove(_ index: Int) {
        guard let position = heap.prefix(Self.lookahead).firstIndex(where: { $0.index == index }) else {
            return
        }
        heap.swapAt(position, heap.count - 1)
        heap.removeLast()
        if position < heap.count {
            siftDown(from: position)
            siftUp(from: position)
        }
    }

    private func precedes(
        _ left: (rank: Double, index: Int), _ right: (rank: Double, index: Int)
    ) -> Bool {
        left.rank != right.rank ? left.rank > right.rank : left.index < right.index
    }

    private mutating func siftUp(from position: Int) {
        var child = position
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(from position: Int) {
        var parent = position
        while true {
            var best = parent
            let (left, right) = (2 * parent + 1, 2 * parent + 2)
            if left < heap.count, precedes(heap[left], heap[best]) { best = left }
            if right < heap.count, precedes(heap[right], heap[best]) { best = right }
            guard best != parent else { return }
            heap.swapAt(best, parent)
            parent = best
        }
    }
}
