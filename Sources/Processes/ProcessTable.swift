internal import CLinux
internal import Glibc

/// The machine's processes.
public enum ProcessTable: Sendable {
    /// The IDs of this process's children.
    static func children() -> [Int32] {
        guard let directory = opendir("/proc/self/task") else { return [] }
        defer { closedir(directory) }
        var found: [Int32] = []
        while let item = readdir(directory) {
            // d_name is NUL-terminated within the item, which lives until the next readdir.
            let name = withUnsafePointer(to: &item.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let thread = Int32(name) else { continue }
            let descriptor = open("/proc/self/task/\(thread)/children", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { _ = close(descriptor) }
            let bytes = DescriptorReading.available(descriptor, limit: 1 << 16).bytes
            found += bytes.split(separator: UInt8(ascii: " ")).compactMap {
                Int32(String(decoding: $0, as: UTF8.self))
            }
        }
        return found
    }

    /// Asks the kernel to kill this process when its parent ends; exits at once if it already has.
    public static func dieWithParent() {
        let parent = getppid()
        _ = sluice_set_parent_death_signal(SIGKILL)
        if getppid() != parent { _exit(1) }
    }
}
