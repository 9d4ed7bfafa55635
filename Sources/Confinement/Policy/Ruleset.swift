internal import CConfinement
internal import Glibc

/// A Landlock ruleset: one descriptor, which can be applied to any number of processes.
public final class Ruleset: Sendable {
    /// The system's number of the ruleset.
    public let descriptor: Int32

    private let handled: FileAccess

    /// A ruleset that forbids everything that this version of Landlock controls.
    init(version: Int, allowsNetwork: Bool) throws(ConfinementError) {
        handled = .known(toVersion: version)
        // Bits: TCP bind and connect; abstract sockets of, and signals to, processes outside.
        let network: UInt64 = allowsNetwork ? 0 : 0b11
        let scopes: UInt64 = allowsNetwork ? 0b10 : 0b11
        descriptor = sluice_landlock_create(
            handled.rawValue, version >= 4 ? network : 0, version >= 6 ? scopes : 0, Int32(version))
        guard descriptor >= 0 else {
            throw ConfinementError(code: errno, operation: "create a Landlock ruleset")
        }
    }

    deinit { _ = close(descriptor) }

    /// Allows `access` at an open place; rights that do not apply to a file are left out.
    func allow(_ access: FileAccess, at place: borrowing OpenPlace) throws(ConfinementError) {
        var access = access.intersection(handled)
        if !place.isDirectory { access.formIntersection(.ofFiles) }
        if access.isEmpty { return }
        guard sluice_landlock_allow(descriptor, place.descriptor, access.rawValue) == 0 else {
            throw ConfinementError(code: errno, operation: "add a rule to a Landlock ruleset")
        }
    }
}

/// A place in the file system, held by a descriptor that can neither read nor write it.
struct OpenPlace: ~Copyable, Sendable {
    /// The numbers by which the kernel identifies files; another file can get them once this one is gone.
    struct Identity: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }

        /// Nil if there is nothing at the path, or this process cannot get there.
        init?(of path: PathBytes) {
            var status = stat()
            guard path.withCString({ stat($0, &status) }) == 0 else { return nil }
            self.init(status)
        }
    }

    let descriptor: Int32
    let isDirectory: Bool
    let identity: Identity

    /// Nil if there is no such place, or this process cannot get there.
    init?(_ path: PathBytes) {
        let descriptor = path.withCString { sluice_open_place($0) }
        guard descriptor >= 0 else { return nil }
        var status = stat()
        isDirectory = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        identity = Identity(status)
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }
}

extension PathBytes {
    /// Calls `body` with the path as C wants it.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        // The array ends with a zero and outlives the call; UInt8 and CChar have the same layout.
        (bytes + [0]).withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("the array is not empty") }
            return base.withMemoryRebound(to: CChar.self, capacity: buffer.count) { body($0) }
        }
    }
}

/// An operation for confining or observing a process that the kernel refused.
public struct ConfinementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system's error number.
    public let code: Int32
    /// What was tried, as a verb phrase.
    let operation: String

    /// "cannot create a Landlock ruleset: Operation not permitted".
    public var description: String { "cannot \(operation): \(String(cString: strerror(code)))" }
}
