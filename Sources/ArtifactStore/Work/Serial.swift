internal import Synchronization

/// Numbers that are unique within the process.
package final class Serial: Sendable {
    private let last = Atomic<Int>(0)

    /// A sequence that begins with 1.
    package init() {}

    /// The next number.
    package func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
