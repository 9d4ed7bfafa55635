internal import Files
internal import Glibc
internal import Texts

/// Identifies a process uniquely: by host, boot, number and start time, so that a reused number is recognized, and by a token,
/// since all of these can be equal in two containers.
struct ProcessIdentity: Sendable, Hashable {
    let host: String
    let boot: String
    let number: Int
    let started: String
    /// The name of its lock; nil for processes of versions without locks.
    let token: String?
    /// `host/boot/number/start/token`.
    let text: String

    /// This process's token.
    static let token: String = {
        var generator = SystemRandomNumberGenerator()
        return Hexadecimal.text(of: generator.next())
    }()

    /// True for a valid token, which can be the name of a file in a folder.
    static func isToken(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 16
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    static let current = ProcessIdentity(number: Int(getpid()))

    private init(number: Int) {
        host = Self.hostName
        boot = Self.bootID
        self.number = number
        started = Self.startTime(of: number) ?? "?"
        token = Self.token
        text = "\(host)/\(boot)/\(number)/\(started)/\(Self.token)"
    }

    /// The identity that `text` describes; nil if it describes none.
    init?(text: String) {
        let parts = text.parts(between: "/")
        guard parts.count == 4 || parts.count == 5 && Self.isToken(parts[4]), let number = Int(parts[2])
        else { return nil }
        host = parts[0]
        boot = parts[1]
        self.number = number
        started = parts[3]
        token = parts.count == 5 ? parts[4] : nil
        self.text = text
    }

    /// For users: "process 4711 on lab-3".
    var phrase: String { "process \(number) on \(host)" }

    /// Whether a process without a lock is alive; nil if that cannot be known from here, because it is on another host.
    var isAliveHere: Bool? {
        guard host == Self.hostName else { return nil }
        return boot == Self.bootID && Self.startTime(of: number) == started
    }

    private static let bootID =
        ((try? FileContents.readText("/proc/sys/kernel/random/boot_id", limit: 1024)) ?? "")
        .prefix { $0 != "\n" }.map { $0 == "/" ? "-" : String($0) }.joined()

    static let hostName: String =
        ((try? FileContents.readText("/proc/sys/kernel/hostname", limit: 1024)) ?? "localhost")
        .prefix { $0 != "\n" }.map { $0 == "/" ? "-" : String($0) }.joined()

    /// Field 22 of /proc/<pid>/stat: clock ticks from boot to the start.
    private static func startTime(of number: Int) -> String? {
        guard let text = try? FileContents.readText(FilePath("/proc/\(number)/stat"), limit: 65_536),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ")
        // A zombie is dead; its parent just has not reaped it.
        guard fields.count > 20, fields[1] != "Z" else { return nil }
        return String(fields[20])
    }
}
