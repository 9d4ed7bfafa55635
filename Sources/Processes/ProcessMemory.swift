internal import Glibc

extension ProcessTable {
    /// The maximum number of a program's processes that are examined.
    private static let maximumProcesses = 10_000

    /// The IDs of all descendants of a process; nil if the kernel does not report them.
    static func descendants(of process: Int32) -> [Int32]? {
        var found: [Int32] = []
        var waiting = [process]
        while let parent = waiting.popLast(), found.count < maximumProcesses {
            guard let children = children(of: parent) else {
                // The process has ended meanwhile, unless the kernel does not list children at all.
                if parent == process { return nil }
                continue
            }
            found += children
            waiting += children
        }
        return found
    }

    /// The children of all threads of a process.
    private static func children(of process: Int32) -> [Int32]? {
        guard let threads = numbers(in: "/proc/\(process)/task") else { return nil }
        var found: [Int32] = []
        for thread in threads {
            guard let text = text("/proc/\(process)/task/\(thread)/children") else { return nil }
            found += text.split(separator: UInt8(ascii: " ")).compactMap {
                Int32(String(decoding: $0, as: UTF8.self))
            }
        }
        return found
    }

    /// The bytes of memory that belong to the descendants of a process: without files' pages and released memory, and
    /// counting shared pages once. Nil if the kernel does not report it.
    static func memory(below process: Int32, ifOver limit: Int) -> Int? {
        guard let processes = descendants(of: process) else { return nil }
        let quick = processes.reduce(0) { $0 + (bytes("RssAnon:", in: "/proc/\($1)/status") ?? 0) }
        // That figure counts copy-on-write pages for each process of a forked program.
        guard quick > limit else { return quick }
        return processes.reduce(0) { sum, process in
            sum
                + (bytes("Pss_Anon:", in: "/proc/\(process)/smaps_rollup")
                    ?? bytes("RssAnon:", in: "/proc/\(process)/status") ?? 0)
        }
    }

    /// The bytes in a line of a file such as `Pss_Anon: 12 kB`.
    private static func bytes(_ name: String, in file: String) -> Int? {
        guard let text = text(file) else { return nil }
        for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: name.utf8) {
            let digits = line.dropFirst(name.utf8.count).filter {
                $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")
            }
            return Int(String(decoding: digits, as: UTF8.self)).map { $0 * 1024 }
        }
        return nil
    }

    private static func text(_ file: String) -> [UInt8]? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        return DescriptorReading.available(descriptor, limit: 1 << 16).bytes
    }

    private static func numbers(in folder: String) -> [Int32]? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var found: [Int32] = []
        while let item = readdir(directory) {
            // d_name is NUL-terminated within the item, which lives until the next readdir.
            let name = withUnsafePointer(to: &item.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int32(name) { found.append(number) }
        }
        return found
    }
}
