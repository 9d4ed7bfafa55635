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
        distribute(count: count, threads: threads, makeState: {}) { index, _ in body(index) }
    }

    /// The results of `body` for 0 ..< `count`, in order.
    package static func values<Result: Sendable>(
        count: Int, threads: Int, _ body: @Sendable (Int) -> Result
    ) -> [Result] {
        values(count: count, threads: threads, (), makeState: {}) { index, _ in body(index) }
    }

    /// The results of `body` for 0 ..< `count`, in order, where every thread has its own state, such as a codec or a buffer.
    ///
    /// - Parameters:
    ///   - state: the state if everything happens on the calling thread.
    ///   - makeState: makes a state for each of several threads.
    package static func values<State: ~Copyable, Result: Sendable>(
        count: Int, threads: Int, _ state: borrowing State, makeState: @Sendable () -> State,
        _ body: @Sendable (Int, borrowing State) -> Result
    ) -> [Result] {
        guard threads > 1 && count > 1 else {
            var results: [Result] = []
            for index in 0..<count { results.append(body(index, state)) }
            return results
        }
        let results = Mutex([Result?](repeating: nil, count: count))
        distribute(count: count, threads: threads, makeState: makeState) { index, state in
            let result = body(index, state)
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

    /// Calls `use` for 0 ..< `count`, in order, with the values of `make`, which runs on another thread, one value ahead.
    ///
    /// - Throws: the first error, of either; nothing is used after it.
    package static func overlap<Value: Sendable>(
        count: Int, _ make: @Sendable (Int) throws -> Value, use: (Int, Value) throws -> Void
    ) throws {
        guard count > 1 else {
            for index in 0..<count { try use(index, make(index)) }
            return
        }
        try withoutActuallyEscaping(make) { make in
            let ahead = Ahead(make)
            // `make` must not be called after this returns.
            defer { ahead.wait() }
            ahead.begin(0)
            for index in 0..<count {
                let value = try ahead.take()
                if index + 1 < count { ahead.begin(index + 1) }
                try use(index, value)
            }
        }
    }

    /// Calls `use` for consecutive batches of at most `size` items, with the values of `make`, which runs on another thread, one
    /// batch ahead.
    ///
    /// - Throws: the first error, of either; nothing is used after it.
    package static func overlap<Item: Sendable, Value: Sendable>(
        batchesOf size: Int, _ items: [Item], _ make: @Sendable (ArraySlice<Item>) throws -> Value,
        use: (ArraySlice<Item>, Value) throws -> Void
    ) throws {
        @Sendable func batch(_ index: Int) -> ArraySlice<Item> {
            items[index * size..<min((index + 1) * size, items.count)]
        }
        try overlap(count: (items.count + size - 1) / size) {
            try make(batch($0))
        } use: {
            try use(batch($0), $1)
        }
    }

    /// Each thread takes the next index until none is left.
    private static func distribute<State: ~Copyable>(
        count: Int, threads: Int, makeState: @Sendable () -> State,
        _ body: @Sendable (Int, borrowing State) -> Void
    ) {
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
            let state = makeState()
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index, state)
            }
        }
    }
}

/// Makes one value on another thread.
private final class Ahead<Value: Sendable>: Sendable {
    private let make: @Sendable (Int) throws -> Value
    private let queue = DispatchQueue(label: "sluice.ahead")
    private let made = Mutex<Result<Value, any Error>?>(nil)

    init(_ make: @escaping @Sendable (Int) throws -> Value) { self.make = make }

    func begin(_ index: Int) {
        queue.async {
            let result = Result { try self.make(index) }
            self.made.withLock { $0 = result }
        }
    }

    /// The value that was begun last.
    func take() throws -> Value {
        wait()
        let result = made.withLock { made in
            defer { made = nil }
            return made
        }
        guard let result else { preconditionFailure("a value was begun") }
        return try result.get()
    }

    func wait() { queue.sync {} }
}
