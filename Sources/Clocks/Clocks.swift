internal import Glibc

/// The system's clock.
package enum WallClock: Sendable {
    /// Seconds since 1970.
    package static func seconds() -> Double { reading(CLOCK_REALTIME) }
}

/// A clock that never goes backwards.
package enum MonotonicClock: Sendable {
    /// Seconds since an arbitrary moment in the past.
    package static func seconds() -> Double { reading(CLOCK_MONOTONIC) }
}

private func reading(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
