internal import Files
internal import Glibc
internal import Synchronization

/// What a run learns once, for all its attempts.
final class SharedKnowledge: Sendable {
    /// Paths, as they were written, that lead to files of the system or to nothing there.
    private let systemPaths = Mutex<Set<[UInt8]>>([])
    private let interpreters = Mutex<[Program: PathBytes?]>([:])

    private static let maximumPaths = 100_000

    /// A file that may be a program, and its state at that time.
    private struct Program: Hashable {
        let path: PathBytes
        let status: FileStatus
    }

    /// True if a path is known to lead to a file of the system or to nothing there, with no link on the way that is not the
    /// system's.
    func isSystem(_ path: PathBytes) -> Bool {
        systemPaths.withLock { $0.contains(path.bytes) }
    }

    /// Records such a path. Attempts cannot change files of the system.
    func addSystem(_ path: PathBytes) {
        systemPaths.withLock { if $0.count < Self.maximumPaths { $0.insert(path.bytes) } }
    }

    /// The program that a script's first line names; nil if the file is not a script.
    func interpreter(of place: ResolvedPlace) -> PathBytes? {
        guard let status = place.status, status.kind == .file else { return nil }
        let program = Program(path: place.path, status: status)
        if let known = interpreters.withLock({ $0[program] }) { return known }
        let interpreter = Self.firstLine(of: place.path).flatMap(Self.interpreter(inLine:))
        interpreters.withLock { if $0.count < Self.maximumPaths { $0[program] = .some(interpreter) } }
        return interpreter
    }

    /// The program that a line like `#!/usr/bin/env python3` names.
    static func interpreter(inLine line: [UInt8]) -> PathBytes? {
        guard line.starts(with: Array("#!".utf8)) else { return nil }
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let word = line.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }.drop(while: isSpace)
            .prefix { !isSpace($0) && $0 != 0 }
        return word.isEmpty ? nil : PathBytes(Array(word))
    }

    /// The bytes that the kernel examines.
    private static func firstLine(of path: PathBytes) -> [UInt8]? {
        // By now, the path may lead to a pipe; do not block on it.
        let file = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard file >= 0 else { return nil }
        defer { _ = close(file) }
        return [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            // pread(2) initializes exactly the bytes that it counts.
            count = max(0, pread(file, buffer.baseAddress, buffer.count, 0))
        }
    }
}
