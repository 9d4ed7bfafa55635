internal import Glibc

/// The time of day.
package enum WallClock: Sendable {
    /// Seconds since 1970.
    package static func seconds() -> Double { reading(CLOCK_REALTIME) }
}

/// A clock that never goes back.
package enum MonotonicClock: Sendable {
    /// Seconds since some moment in the past.
    package static func seconds() -> Double { reading(CLOCK_MONOTONIC) }
}

private func reading(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
