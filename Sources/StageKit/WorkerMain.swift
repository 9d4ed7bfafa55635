public import Files
import JSON
import Synchronization

/// The worker's side of an attempt: reads a request, runs the kind and writes events.
public enum WorkerMain: Sendable {
    /// The descriptor that the driver reads from.
    public static let eventsDescriptor: Int32 = 3
    private static let largestRequest = 64 << 20

    /// Executes the request in a file.
    ///
    /// - Parameters:
    ///   - write: writes one line of JSON, including its newline, to the events descriptor.
    ///   - clock: seconds on a monotonic clock; progress is reported at most ten times a second.
    /// - Returns: the exit status: 0, or 1 after a failure, which was reported as an event.
    public static func run(
        requestAt path: FilePath, registry: KindRegistry, clock: @escaping @Sendable () -> Double,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) -> Int32 {
        let latest = Mutex(-Double.infinity)
        @Sendable func report(_ event: StageEvent) {
            if case .progress(let done, let total, _) = event, done != total {
                let now = clock()
                let isDue = latest.withLock { latest in
                    guard now - latest >= 0.1 else { return false }
                    latest = now
                    return true
                }
                guard isDue else { return }
            }
            guard let line = try? JSONRecord.encode(event) else { return }
            write(line + [UInt8(ascii: "\n")])
        }
        do {
            let bytes = try FileContents.read(path, limit: largestRequest)
            let request = try JSONRecord.decode(WorkerRequest.self, from: bytes, limit: largestRequest)
            try registry.perform(request, report: report)
            return 0
        } catch {
            report(.failure("\(error)"))
            return 1
        }
    }
}
