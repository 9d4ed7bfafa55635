import Dispatch
import Synchronization

/// Work on pieces that are read and taken in order, with several of them in conversion at a time.
package enum ParallelPipeline: Sendable {
    /// Reads pieces, converts them on other threads, and hands the results on in the pieces' order.
    ///
    /// Reading and taking happen on the calling thread, while later pieces are converted; no more than two windows of
    /// `threads` pieces are in memory. The sequence of results does not depend on the number of threads.
    ///
    /// - Parameters:
    ///   - next: the next piece, or nil at the end.
    ///   - convert: what is done on other threads.
    ///   - take: gets the results, in order.
    package static func run<Piece: Sendable, Result: Sendable>(
        threads: Int, next: () throws -> Piece?, convert: @escaping @Sendable (Piece) throws -> Result,
        take: (Result) throws -> Void
    ) throws {
        guard threads > 1 else {
            while let piece = try next() { try take(convert(piece)) }
            return
        }
        // The calling thread is one of those allowed.
        let workers = threads - 1
        let queues = (0..<workers).map { _ in DispatchQueue(label: "conversion") }
        var conversions: [Conversion<Result>] = []
        // After an error nothing goes on behind the caller's back.
        defer { for conversion in conversions { _ = try? conversion.wait() } }
        var count = 0
        var failure: (any Error)?
        var isAtEnd = false
        while !isAtEnd || !conversions.isEmpty {
            while !isAtEnd && conversions.count < 2 * threads - 1 {
                do {
                    guard let piece = try next() else {
                        isAtEnd = true
                        break
                    }
                    conversions.append(Conversion(on: queues[count % workers]) { try convert(piece) })
                    count += 1
                } catch {
                    // What was read before comes first.
                    failure = error
                    isAtEnd = true
                }
            }
            if !conversions.isEmpty { try take(conversions.removeFirst().wait()) }
        }
        if let failure { throw failure }
    }

    /// Work on another thread.
    private final class Conversion<Result: Sendable>: Sendable {
        private let group = DispatchGroup()
        private let result = Mutex<Swift.Result<Result, any Error>?>(nil)

        init(on queue: DispatchQueue, _ work: @escaping @Sendable () throws -> Result) {
            queue.async(group: group) { [self] in
                let result = Swift.Result { try work() }
                self.result.withLock { $0 = result }
            }
        }

        func wait() throws -> Result {
            group.wait()
            return try result.withLock { result in
                guard let result else { preconditionFailure("the work is done") }
                return try result.get()
            }
        }
    }
}
