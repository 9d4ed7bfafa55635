import Dispatch
import Synchronization

/// Runs work on several threads and returns the results in order, whatever the number of threads.
package enum Parallel: Sendable {
    /// Calls `body` once for each of 0 ..< `count`, on at most `threads` threads, and returns when all calls have.
    package static func perform(count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
        guard threads > 1 && count > 1 else {
            for index in 0..<count { body(index) }
            return
        }
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index)
            }
        }
    }

    /// The results of `body` for 0 ..< `count`, in order.
    package static func values<Result: Sendable>(
        count: Int, threads: Int, _ body: @Sendable (Int) -> Result
    ) -> [Result] {
        guard threads > 1 && count > 1 else { return (0..<count).map(body) }
        let results = Mutex([Result?](repeating: nil, count: count))
        perform(count: count, threads: threads) { index in
            let result = body(index)
            results.withLock { $0[index] = result }
        }
        return results.withLock { results in
            results.map { result in
                guard let result else { preconditionFailure("every index was worked on") }
                return result
            }
        }
    }

    /// The results of `body` for 0 ..< `count`, in order.
    ///
    /// - Throws: the error of the lowest index that failed.
    package static func map<Result: Sendable>(
        count: Int, threads: Int, _ body: @Sendable (Int) throws -> Result
    ) throws -> [Result] {
        guard threads > 1 && count > 1 else { return try (0..<count).map(body) }
        let results = values(count: count, threads: threads) { index in
            Swift.Result { try body(index) }
        }
        return try results.map { try $0.get() }
    }
}
