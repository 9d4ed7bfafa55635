internal import Glibc
internal import Synchronization

/// Numbers that are unique within the process.
final class Serial: Sendable {
    private let last = Atomic<Int>(0)

    func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// Short waits.
enum Pause: Sendable {
    static func briefly() { usleep(10_000) }
}
