internal import Glibc

extension ProcessTable {
    /// How many processes of a program are looked at.
    private static let mostProcesses = 10_000

    /// The numbers of all processes that descend from one; nil if the kernel does not tell.
    static func descendants(of process: Int32) -> [Int32]? {
        var found: [Int32] = []
        var waiting = [process]
        while let parent = waiting.popLast(), found.count < mostProcesses {
            guard let children = children(of: parent) else {
                // It has ended meanwhile, unless none can be asked.
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

    /// The bytes of memory that only processes below one have: neither files' pages nor what was given back, pages that
    /// several share once. Nil if the kernel does not tell.
    static func memory(below process: Int32, ifOver limit: Int) -> Int? {
        guard let processes = descendants(of: process) else { return nil }
        let quick = processes.reduce(0) { $0 + (bytes("RssAnon:", in: "/proc/\($1)/status") ?? 0) }
        // What is copied only when it is written counts for each of a forked program's processes there.
        guard quick > limit else { return quick }
        return processes.reduce(0) { sum, process in
            sum
                + (bytes("Pss_Anon:", in: "/proc/\(process)/smaps_rollup")
                    ?? bytes("RssAnon:", in: "/proc/\(process)/status") ?? 0)
        }
    }

    /// A number of kilobytes that a line of a file begins with a name before.
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
