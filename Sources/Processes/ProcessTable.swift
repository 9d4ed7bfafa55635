internal import CLinux
internal import Glibc

/// The processes of the machine.
public enum ProcessTable: Sendable {
    /// The numbers of the processes whose environment holds `entry` (as `NAME=value`), this one left out.
    ///
    /// Processes of other users are not visible, and are left out.
    static func processes(withEnvironment entry: String) -> [Int32] {
        let own = getpid()
        var found: [Int32] = []
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        while let item = readdir(directory) {
            // d_name is NUL-terminated within the item, which lives until the next readdir.
            let name = withUnsafePointer(to: &item.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let number = Int32(name), number != own else { continue }
            if environment(of: number).contains(entry) { found.append(number) }
        }
        return found
    }

    /// Ends every process whose environment holds `entry`, and those that they start meanwhile.
    public static func killAll(withEnvironment entry: String) {
        for _ in 0..<100 {
            let numbers = processes(withEnvironment: entry)
            if numbers.isEmpty { return }
            for number in numbers { _ = kill(number, SIGKILL) }
            usleep(10_000)
        }
    }

    /// Asks the kernel to end this process when its parent ends; ends at once where that has happened already.
    public static func dieWithParent() {
        let parent = getppid()
        _ = sluice_set_parent_death_signal(SIGKILL)
        if getppid() != parent { _exit(1) }
    }

    /// Makes the process deaf to the signals by which users and terminals end programs.
    public static func ignoreInterrupts() {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
    }

    private static func environment(of number: Int32) -> [String] {
        let descriptor = open("/proc/\(number)/environ", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { _ = close(descriptor) }
        let bytes = DescriptorReading.available(descriptor, limit: 1 << 17).bytes
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
