/// A binary heap of candidates, with the next one to merge first.
struct CandidateQueue: Sendable {
    private var heap: ContiguousArray<MergeCandidate> = []

    mutating func push(_ candidate: MergeCandidate) {
        heap.append(candidate)
        var index = heap.count - 1
        while index > 0, heap[index].precedes(heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func pop() -> MergeCandidate? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if heap.isEmpty { return first }
        heap[0] = last
        var index = 0
        while true {
            var next = 2 * index + 1
            guard next < heap.count else { return first }
            if next + 1 < heap.count, heap[next + 1].precedes(heap[next]) { next += 1 }
            guard heap[next].precedes(heap[index]) else { return first }
            heap.swapAt(index, next)
            index = next
        }
    }
}
