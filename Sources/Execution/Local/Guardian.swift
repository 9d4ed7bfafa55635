import Files
import Processes

/// Ends what a driver has started if the driver dies without a farewell, even by SIGKILL.
///
/// The driver starts `BINARY guardian TOKEN` with the reading end of a pipe as standard input, and keeps the other. At the
/// pipe's end without the farewell, the guardian ends every process whose environment carries the token.
public final class Guardian: Sendable {
    /// The environment variable that marks a run's processes.
    static let tokenVariable = "SLUICE_RUN"
    private static let farewell: UInt8 = 4

    private let pipe: Pipe
    private let process: ChildProcess

    /// Starts the guardian of the run with this token.
    init(executable: String, token: String) throws {
        pipe = try Pipe()
        let log = try File("/dev/null", .appending)
        process = try ChildProcess(
            ChildProcess.Specification(
                executable: executable, arguments: ["guardian", token], environment: [:],
                output: log.descriptor, input: pipe.reading, isDetached: true))
    }

    /// Ends the guardian: all stages have ended.
    func dismiss() {
        pipe.send(Self.farewell)
        _ = process.reap()
    }

    /// The guardian's side: returns once the driver has said farewell, or what it left behind has been ended.
    public static func watch(token: String) {
        ProcessTable.ignoreInterrupts()
        while true {
            _ = Poller.readable([0], milliseconds: -1)
            let (bytes, isAtEnd) = DescriptorReading.available(0, limit: 64)
            if bytes.contains(farewell) { return }
            if isAtEnd { break }
        }
        ProcessTable.killAll(withEnvironment: "\(tokenVariable)=\(token)")
    }
}
