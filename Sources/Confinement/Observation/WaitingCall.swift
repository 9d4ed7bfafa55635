internal import CConfinement
internal import Files
internal import Glibc

/// A system call that waits for an answer, and access to what its arguments refer to.
struct WaitingCall {
    let listener: Int32
    let call: sluice_call

    /// The call that waits at a listener; nil if its caller is gone.
    init?(at listener: Int32) {
        var call = sluice_call()
        guard sluice_next_call(listener, &call) == 0 else { return nil }
        self.listener = listener
        self.call = call
    }

    /// The thread that waits.
    var thread: Int32 { call.thread }

    /// An argument as C's `int`.
    func integer(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: argument(index)) }

    /// An argument as 64 bits.
    func argument(_ index: Int) -> UInt64 {
        switch index {
        case 0: call.arguments.0
        case 1: call.arguments.1
        case 2: call.arguments.2
        case 3: call.arguments.3
        case 4: call.arguments.4
        default: call.arguments.5
        }
    }

    /// True while the caller still waits: what was read from its memory and folders was its own, not a successor's.
    var isStillWaiting: Bool { sluice_still_waits(listener, call.id) == 1 }

    /// Lets the kernel execute the call.
    func letPass() { _ = sluice_let_pass(listener, call.id) }

    /// Makes the call return an error, or 0.
    func answer(_ error: Int32) { _ = sluice_answer(listener, call.id, error) }

    /// The text at the address of an argument; nil if it cannot be read, or is longer than a path may be.
    func text(_ index: Int) -> [UInt8]? {
        var failure = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            // The wrapper writes at most the buffer's size and returns how many bytes come before the zero.
            let got = buffer.withMemoryRebound(to: CChar.self) {
                sluice_read_text(thread, argument(index), $0.baseAddress, UInt($0.count))
            }
            failure = got < 0
            count = max(0, got)
        }
        return failure ? nil : bytes
    }

    /// Up to `count` bytes at the address of an argument; nil if none can be read.
    func bytes(_ index: Int, count: Int) -> [UInt8]? {
        guard count > 0 else { return [] }
        var failure = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // The wrapper initializes the bytes that it counts.
            let got = sluice_read_memory(thread, argument(index), buffer.baseAddress, UInt(count))
            failure = got < 0
            filled = max(0, got)
        }
        return failure ? nil : bytes
    }

    /// Words at the address of an argument; nil if they cannot be read.
    func words(_ index: Int, count: Int) -> [Int64]? {
        guard let bytes = bytes(index, count: 8 * count), bytes.count == 8 * count else { return nil }
        return (0..<count).map { word in
            Int64(
                bitPattern: bytes[8 * word..<8 * word + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    /// The path of a place, absolute but not resolved.
    func path(at place: ReportedCall.Place) -> CallPath {
        guard let text = text(place.path) else { return .unreadable }
        if text.first == slash { return .path(PathBytes(text)) }
        let descriptor = place.directory.map(integer) ?? AT_FDCWD
        if text.isEmpty { return descriptor == AT_FDCWD ? .missing : .descriptor(descriptor) }
        guard let base = folder(descriptor) else { return .anonymous }
        return .path(base.appending(text))
    }

    /// Where a descriptor of the process leads; nil if that has no path, or no longer has one.
    func folder(_ descriptor: Int32) -> PathBytes? {
        let target = PlaceResolver.destination(of: link(descriptor))
        return target?.isAbsolute == true ? target : nil
    }

    /// The link of /proc that leads to a descriptor's file.
    func link(_ descriptor: Int32) -> PathBytes {
        PathBytes(
            descriptor == AT_FDCWD ? "/proc/\(thread)/cwd" : "/proc/\(thread)/fd/\(descriptor)")
    }
}

/// The meaning of a path argument.
enum CallPath {
    case path(PathBytes)
    /// The text is empty: the call refers to the descriptor.
    case descriptor(Int32)
    /// The text is empty, and there is no descriptor.
    case missing
    /// The path is relative to something that has no path: a deleted folder, or a wrong descriptor.
    case anonymous
    /// The address is bad, or the memory cannot be read.
    case unreadable
}
