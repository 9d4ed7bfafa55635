import Dispatch
import Synchronization

extension Parallel {
    /// Reads pieces, converts them on other threads, and hands the results on in the pieces' order.
    ///
    /// Reading and taking happen on the calling thread, while the next pieces are converted; no more than two windows
    /// of `threads` pieces are in memory. The sequence of results does not depend on the number of threads.
    ///
    /// - Parameters:
    ///   - next: the next piece, or nil at the end.
    ///   - convert: what is done on other threads.
    ///   - take: gets the results, in order.
    public static func pipeline<Piece: Sendable, Result: Sendable>(
        threads: Int, next: () throws -> Piece?, convert: @escaping @Sendable (Piece) throws -> Result,
        take: (Result) throws -> Void
    ) throws {
        guard threads > 1 else {
            while let piece = try next() { try take(convert(piece)) }
            return
        }
        // The calling thread is one of those allowed.
        let workers = threads - 1
        var converting: Conversion<Result>?
        var failure: (any Error)?
        var isAtEnd = false
        while !isAtEnd || converting != nil {
            var pieces: [Piece] = []
            do {
                while !isAtEnd && pieces.count < workers {
                    if let piece = try next() { pieces.append(piece) } else { isAtEnd = true }
                }
            } catch {
                // What was read before comes first.
                failure = error
                isAtEnd = true
            }
            let finished = converting
            let ready = pieces
            let results = try finished?.wait()
            converting =
                ready.isEmpty
                ? nil
                : Conversion { try map(count: ready.count, threads: workers) { try convert(ready[$0]) } }
            do {
                for result in results ?? [] { try take(result) }
            } catch {
                _ = try? converting?.wait()
                throw error
            }
        }
        if let failure { throw failure }
    }

    /// Work on another thread, waited for once.
    private final class Conversion<Result: Sendable>: Sendable {
        private let group = DispatchGroup()
        private let results = Mutex<Swift.Result<[Result], any Error>?>(nil)

        init(_ work: @escaping @Sendable () throws -> [Result]) {
            DispatchQueue.global().async(group: group) { [self] in
                let result = Swift.Result { try work() }
                results.withLock { $0 = result }
            }
        }

        func wait() throws -> [Result] {
            group.wait()
            return try results.withLock { result in
                guard let result else { preconditionFailure("the work is done") }
                return try result.get()
            }
        }
    }
}
