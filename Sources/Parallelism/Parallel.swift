import Dispatch
import Synchronization

/// Runs work on several threads and returns the results in order, whatever the number of threads.
package enum Parallel: Sendable {
    /// The results of `body` for 0 ..< `count`, on at most `threads` threads.
    ///
    /// - Throws: the error of the lowest index that failed.
    package static func map<Result: Sendable>(
        count: Int, threads: Int, _ body: @Sendable (Int) throws -> Result
    ) throws -> [Result] {
        guard threads > 1 && count > 1 else { return try (0..<count).map(body) }
        let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: count))
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                let result = Swift.Result { try body(index) }
                results.withLock { $0[index] = result }
            }
        }
        return try results.withLock { slots in
            try slots.map { slot in
                guard let slot else { preconditionFailure("every index was worked on") }
                return try slot.get()
            }
        }
    }
}
