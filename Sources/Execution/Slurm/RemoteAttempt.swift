import Confinement
import Dataflow
import Digests
import Files
import JSON
import StageKit
import Synchronization

/// The report of an attempt on another machine.
struct RemoteReport: Sendable {
    var metrics: [String: Double] = [:]
    var wallSeconds = 0.0
    var confinement: Trace.Confinement?
    /// What its command has discovered.
    var trees: DiscoveryTrees?
    var keptFolder: String?
    var notices: [String] = []
}

/// An attempt on another machine, as the run loop sees it.
final class RemoteAttempt: AttemptProcess, Sendable {
    private struct News {
        var events: [StageEvent] = []
        var ending: AttemptEnding?
        var isWaiting = true
    }

    /// The index of its stage, for the run loop.
    let index: Int
    let job: SharedJob
    let needs: SlurmSubmission.Needs
    /// The paths for its outputs, by their names in the result.
    private let targets: [String: FilePath]
    private let log: FilePath
    private let news = Mutex(News())
    private let cancel: @Sendable (RemoteAttempt) -> Void

    init(
        index: Int, job: SharedJob, needs: SlurmSubmission.Needs, targets: [String: FilePath], log: FilePath,
        cancel: @escaping @Sendable (RemoteAttempt) -> Void
    ) {
        self.index = index
        self.job = job
        self.needs = needs
        self.targets = targets
        self.log = log
        self.cancel = cancel
    }

    /// None: the run loop is notified by a letter.
    var descriptors: [Int32] { [] }

    var isWaiting: Bool { news.withLock { $0.isWaiting } }

    func take() -> (events: [StageEvent], ending: AttemptEnding?) {
        news.withLock { news in
            defer { news.events = [] }
            return (news.events, news.ending)
        }
    }

    func terminate() { cancel(self) }

    func kill() { cancel(self) }

    /// Notes that its job has begun.
    func begin() { news.withLock { $0.isWaiting = false } }

    /// Notes how it has ended.
    func end(_ ending: AttemptEnding) {
        news.withLock { news in
            if news.ending == nil { news.ending = ending }
            news.isWaiting = false
        }
    }

    /// Reads what the attempt has reported and written since `positions`; false if there is nothing new.
    func follow(_ positions: inout (events: Int, log: Int)) -> Bool {
        var isNew = false
        if let bytes = Self.more(of: job.events, from: positions.events),
            let end = bytes.lastIndex(of: UInt8(ascii: "\n"))
        {
            positions.events += end + 1
            let events = bytes[...end].split(separator: UInt8(ascii: "\n")).compactMap {
                try? JSONRecord.decode(StageEvent.self, from: Array($0))
            }
            news.withLock { $0.events += events }
            isNew = !events.isEmpty
        }
        let running = AttemptFolders.log(in: job.attempts.appending("1"))
        if let bytes = Self.more(of: running, from: positions.log), let file = try? File(log, .appending) {
            positions.log += bytes.count
            try? file.write(bytes)
        }
        return isNew
    }

    /// The maximum number of bytes that are read at once.
    private static let pieceSize = 1 << 20

    private static func more(of path: FilePath, from position: Int) -> [UInt8]? {
        guard let file = try? File(path, .reading), let size = try? file.status().size, size > position,
            let bytes = try? file.read(upTo: min(size - position, pieceSize), from: position), !bytes.isEmpty
        else { return nil }
        return bytes
    }

    /// How it ended, by its result: its outputs and its log are moved to where the run loop expects them.
    func ending() throws -> AttemptEnding {
        let result = try JSONRecord.decode(
            NodeResult.self, from: FileContents.read(job.result, limit: 64 << 20), limit: 64 << 20)
        if FileSystem.exists(job.log) {
            try FileSystem.removeTree(log)
            try LinkedTree.move(job.log, to: log)
        }
        var report = RemoteReport()
        report.keptFolder = result.keptFolder
        report.notices = result.notices
        guard result.isSuccess else {
            return AttemptEnding(
                cause: .trouble(result.message ?? "it failed on \(result.host)"), report: report)
        }
        for (name, file) in result.outputs {
            guard let target = targets[name], !file.utf8.contains(UInt8(ascii: "/")) else {
                throw NodeTrouble("its result names an output that the stage does not have")
            }
            try FileSystem.makeDirectories(target.parent)
            try LinkedTree.move(job.outputs.appending(file), to: target)
        }
        report.metrics = result.metrics
        report.wallSeconds = result.wallSeconds
        report.confinement = result.confinement.flatMap { Trace.Confinement(rawValue: $0) }
        report.trees = try trees(of: result)
        return AttemptEnding(
            cause: .status(0), cpuSeconds: result.cpuSeconds, peakMemory: result.peakMemory, report: report)
    }

    private func trees(of result: NodeResult) throws -> DiscoveryTrees? {
        guard let pathSet = result.pathSet.flatMap({ Digest(hexadecimal: $0) }),
            let snapshot = result.snapshot.flatMap({ Digest(hexadecimal: $0) })
        else { return nil }
        guard let nodes = NodesFile.nodes(in: try FileContents.read(job.nodes, limit: 1 << 30)),
            nodes[pathSet] != nil || nodes.isEmpty
        else { throw NodeTrouble("the record of what it has read is damaged") }
        return DiscoveryTrees(pathSet: pathSet, snapshot: snapshot, nodes: nodes)
    }
}
