internal import Glibc

/// Waits for descriptors.
public enum Poller: Sendable {
    /// The indices of the descriptors that are readable or whose other end is closed.
    ///
    /// - Parameter milliseconds: the maximum time to wait; negative to wait forever.
    public static func readable(_ descriptors: [Int32], milliseconds: Int) -> [Int] {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let timeout = Int32(clamping: milliseconds)
        let count = poll(&entries, nfds_t(entries.count), timeout)
        guard count > 0 else { return [] }
        return entries.indices.filter { entries[$0].revents != 0 }
    }
}
