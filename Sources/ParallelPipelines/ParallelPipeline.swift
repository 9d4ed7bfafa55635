import Dispatch
import Synchronization

package enum ParallelPipeline: Sendable {
    /// Reads pieces, converts them on other threads, and passes the results on in order.
    ///
    /// Reading and consuming happen on the calling thread while later pieces are converted; at most two windows of
    /// `threads` pieces are in memory. The sequence of results does not depend on the number of threads.
    ///
    /// - Parameters:
    ///   - next: returns the next piece, or nil at the end.
    ///   - convert: converts a piece on another thread.
    ///   - take: receives the results, in order.
    package static func run<Piece: Sendable, Result: Sendable>(
        threads: Int, next: () throws -> Piece?, convert: @escaping @Sendable (Piece) throws -> Result,
        take: (Result) throws -> Void
    ) throws {
        guard threads > 1 else {
            while let piece = try next() { try take(convert(piece)) }
            return
        }
        // The calling thread counts as one of the threads.
        let workers = threads - 1
        let queues = (0..<workers).map { _ in DispatchQueue(label: "conversion") }
        var conversions: [Conversion<Result>] = []
        // After an error, nothing continues in the background.
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
                    // Pieces read before the error are delivered first.
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
