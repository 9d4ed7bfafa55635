internal import Parallelism

/// Runs tasks on several threads. Which thread runs a task does not affect it, so results do not depend on `threads`.
struct ThreadTeam: Sendable {
    /// The number of threads, including the calling one.
    let threads: Int

    /// Calls `body` once for each of 0 ..< `count`, and returns when all calls have finished.
    ///
    /// - Parameter body: may be called from several threads at a time; different indices must write to different
    ///   memory.
    func perform(_ count: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            let shared = Shared(body: body)
            Parallel.perform(count: count, threads: threads) { shared.body($0) }
        }
    }

    // Callers ensure that different indices write to different memory.
    private struct Shared: @unchecked Sendable {
        let body: (Int) -> Void
    }

    /// Calls `body` for consecutive pieces of 0 ..< `count` of the given size; the last may be smaller.
    func pieces(of count: Int, size: Int, _ body: (Range<Int>) -> Void) {
        perform((count + size - 1) / size) { piece in
            body(piece * size..<min((piece + 1) * size, count))
        }
    }
}
