internal import Glibc

/// Reports changes of files in folders, using inotify. For one owner.
public final class FileWatcher: Sendable {
    /// A change in a watched folder.
    public struct Change: Sendable, Hashable {
        /// The number of the watch.
        public let watch: Int32
        /// The name in the folder, in UTF-8; empty for the folder itself.
        public let name: [UInt8]
    }

    /// Readable if something has changed.
    public let descriptor: Int32

    private static let events = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF)

    /// Creates a watcher that watches nothing yet.
    public init() throws(ProcessError) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else { throw ProcessError(code: errno, operation: "watch files") }
    }

    deinit { close(descriptor) }

    /// Watches the entries of a folder, but not those of folders in it.
    ///
    /// - Returns: the watch's number, the same for the same folder.
    public func watch(folder: String) throws(ProcessError) -> Int32 {
        let watch = inotify_add_watch(descriptor, folder, Self.events)
        guard watch >= 0 else { throw ProcessError(code: errno, operation: "watch \(folder)") }
        return watch
    }

    /// The changes since the last call; nil if some were lost because there were too many.
    public func take() -> [Change]? {
        var changes: [Change] = []
        var isComplete = true
        let header = MemoryLayout<inotify_event>.size
        while true {
            let bytes = DescriptorReading.available(descriptor, limit: 65_536).bytes
            guard !bytes.isEmpty else { return isComplete ? changes : nil }
            var offset = 0
            while offset + header <= bytes.count {
                // The kernel writes whole events; their fields lie at these offsets in every version.
                let event = bytes.withUnsafeBytes {
                    $0.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                }
                let end = min(bytes.count, offset + header + Int(event.len))
                let name = bytes[(offset + header)..<end].prefix { $0 != 0 }
                if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { isComplete = false }
                changes.append(Change(watch: event.wd, name: Array(name)))
                offset = end
            }
        }
    }
}
