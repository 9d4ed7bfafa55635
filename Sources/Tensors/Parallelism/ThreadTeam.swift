internal import Parallelism

/// Work in pieces on several threads. Who does a piece does not change what it does, so results do not depend on `threads`.
struct ThreadTeam: Sendable {
    /// How many threads, the calling one included.
    let threads: Int

    /// Calls `body` for 0 ..< `count`, each once, and returns when all are done.
    ///
    /// - Parameter body: may be called from several threads at a time; different indices write to different places.
    func perform(_ count: Int, _ body: (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            let shared = Shared(body: body)
            Parallel.perform(count: count, threads: threads) { shared.body($0) }
        }
    }

    // Callers see to it that different indices write to different places.
    private struct Shared: @unchecked Sendable {
        let body: (Int) -> Void
    }

    /// Calls `body` for pieces of `size` of 0 ..< `count`, the last maybe smaller.
    func pieces(of count: Int, size: Int, _ body: (Range<Int>) -> Void) {
        perform((count + size - 1) / size) { piece in
            body(piece * size..<min((piece + 1) * size, count))
        }
    }
}
