/// A four-ary heap of integers, lowest first.
struct MinimumQueue: Sendable {
    private var elements: ContiguousArray<UInt64> = []

    mutating func removeAll() { elements.removeAll(keepingCapacity: elements.count < 1 << 16) }

    mutating func push(_ element: UInt64) {
        elements.append(element)
        var index = elements.count - 1
        while index > 0 {
            let parent = (index - 1) / 4
            guard element < elements[parent] else { break }
            elements[index] = elements[parent]
            index = parent
        }
        elements[index] = element
    }

    /// The lowest element; `max` if there is none.
    var lowest: UInt64 { elements.first ?? .max }

    /// Removes the lowest element from a non-empty queue.
    mutating func popLowest() -> UInt64 {
        let lowest = elements[0]
        let last = elements.removeLast()
        if !elements.isEmpty {
            elements[0] = last
            sink(0)
        }
        return lowest
    }

    private mutating func sink(_ start: Int) {
        var elements = elements.mutableSpan
        let count = elements.count
        let element = elements[start]
        var index = start
        while true {
            let first = index * 4 + 1
            guard first < count else { break }
            var smallest = first
            var child = first + 1
            while child < min(first + 4, count) {
                if elements[child] < elements[smallest] { smallest = child }
                child += 1
            }
            guard elements[smallest] < element else { break }
            elements[index] = elements[smallest]
            index = smallest
        }
        elements[index] = element
    }
}
