internal import Synchronization
internal import Tensors

/// The tables of rotary angles used last: computing one takes as long as a layer's norms, and all batches can share it.
enum RecentAngles {
    private struct Entry {
        let frequencies: [Float]
        let positions: Int
        let angles: RotaryAngles
    }

    private static let limit = 4
    private static let entries = Mutex<[Entry]>([])

    /// Angles for at least `positions` positions.
    static func angles(_ frequencies: [Float], positions: Int) -> RotaryAngles {
        entries.withLock { entries in
            let known = entries.firstIndex { $0.frequencies == frequencies && $0.positions >= positions }
            if let known {
                let entry = entries.remove(at: known)
                entries.append(entry)
                return entry.angles
            }
            // A longer table begins with the same numbers, so it replaces the shorter one.
            entries.removeAll { $0.frequencies == frequencies }
            if entries.count == limit { entries.removeFirst() }
            var count = 256
            while count < positions { count *= 2 }
            let angles = RotaryAngles(frequencies: frequencies, positions: count)
            entries.append(Entry(frequencies: frequencies, positions: count, angles: angles))
            return angles
        }
    }
}
