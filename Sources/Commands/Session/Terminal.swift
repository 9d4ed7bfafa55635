import Glibc
import Synchronization

/// Standard output and standard error.
struct Terminal: Sendable {
    /// One of the two.
    enum Stream: Int32, Sendable {
        case output = 1
        case error = 2
    }

    /// When to use colors.
    enum Coloring: String, Sendable {
        case automatic = "auto"
        case always, never
    }

    /// When to use colors, from the command line.
    var coloring = Coloring.automatic

    /// Whether the stream is a terminal that can be redrawn.
    func isInteractive(_ stream: Stream) -> Bool {
        isatty(stream.rawValue) == 1 && variable("CI") == nil && variable("TERM") != "dumb"
    }

    /// The colors for a stream: by default, none if `NO_COLOR` or `CI` is set, or it is not a terminal.
    func style(_ stream: Stream) -> TextStyle {
        switch coloring {
        case .automatic: TextStyle(isColored: isInteractive(stream) && variable("NO_COLOR") == nil)
        case .always: TextStyle(isColored: true)
        case .never: .plain
        }
    }

    /// The current number of columns and rows of a stream's terminal; 100 × 24 if it is not a terminal.
    func size(_ stream: Stream) -> (columns: Int, rows: Int) {
        var size = winsize()
        if ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 {
            return (Int(size.ws_col), Int(size.ws_row))
        }
        if let columns = variable("COLUMNS").flatMap({ Int($0) }), columns > 0 {
            return (min(columns, 10_000), 24)
        }
        return (100, 24)
    }

    /// The system's error if standard output could not be written; 0 if its reader has closed it, which is not an error.
    private static let outputFailure = Atomic<Int32>(0)

    /// Why standard output could not be written, in words; nil if it could.
    static var outputTrouble: String? {
        let code = outputFailure.load(ordering: .relaxed)
        return code == 0 ? nil : String(cString: strerror(code))
    }

    /// Writes all of a text; `outputTrouble` reports later if that failed.
    func write(_ text: String, to stream: Stream) { write(Array(text.utf8), to: stream) }

    /// Writes all bytes; `outputTrouble` reports later if that failed.
    func write(_ bytes: [UInt8], to stream: Stream) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(stream.rawValue, Array(rest), rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: stream.rawValue, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, 1000)
            } else if errno != EINTR {
                if stream == .output, errno != EPIPE { Self.outputFailure.store(errno, ordering: .relaxed) }
                return
            }
        }
    }

    /// The value of an environment variable; nil if it is unset or empty.
    func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
