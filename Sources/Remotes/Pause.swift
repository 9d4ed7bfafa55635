internal import Glibc

/// Short waits.
enum Pause: Sendable {
    static func briefly() { usleep(10_000) }
}
